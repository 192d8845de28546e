// Where frames end, told from what streams draw, clear and read back.

import type { CallEffects, ReadBack } from '../../lib/trace/observe/host-observer';
import { FrameDetector, type FrameRule } from '../../lib/trace/record/frame-detector';

/** A stream that clears and draws to these resources. */
const stream = (cleared: readonly number[], drawn: readonly number[]): CallEffects => ({
  reads: [],
  readBacks: [],
  lent: [],
  returned: [],
  undo: () => undefined,
  stream: {
    transfers: [],
    cleared: new Set(cleared),
    drawn: new Set([...cleared, ...drawn]),
    moody: new Set(),
  },
});

const readBack = (id: number, isWhole = true): ReadBack =>
  ({ isWhole, resource: { id } }) as unknown as ReadBack;

/** A detector behind a first stream that clears and draws to resource 1. */
const drawn = (rule: FrameRule): FrameDetector => {
  const frames = new FrameDetector(rule);
  frames.submitted(7, stream([1], [1]));
  return frames;
};

test('what is cleared again begins another frame; what is cleared for the first time does not', () => {
  const frames = drawn('auto');
  expect(frames.isBegunBy(stream([2], []))).toBe(false);
  expect(frames.isBegunBy(stream([], [1]))).toBe(false);
  expect(frames.isBegunBy(stream([2, 1], []))).toBe(true);
  frames.end();
  expect(frames.isBegunBy(stream([1], []))).toBe(false);
});

test('a read-back of all that was drawn to ends a frame; one of a part, or of something else, does not', () => {
  const frames = drawn('auto');
  expect(frames.isEndedBy(readBack(1))).toBe(true);
  expect(frames.isEndedBy(readBack(1, false))).toBe(false);
  expect(frames.isEndedBy(readBack(2))).toBe(false);
  frames.end();
  expect(frames.isEndedBy(readBack(1))).toBe(false);
});

test.each([
  ['auto', true, true, true],
  ['clear', true, false, true],
  ['readback', false, true, true],
  ['none', false, false, false],
] as const)('the rule %s', (rule, byClear, byReadBack, hasDrawn) => {
  const frames = drawn(rule);
  expect(frames.isBegunBy(stream([1], []))).toBe(byClear);
  expect(frames.isEndedBy(readBack(1))).toBe(byReadBack);
  expect(frames.hasDrawn).toBe(hasDrawn);
});

test('the target is what was drawn to last, as long as it is there', () => {
  const frames = drawn('auto');
  frames.submitted(8, stream([], [3, 2]));
  expect(frames.target).toEqual({ contextId: 8, resourceId: 2 });
  frames.end();
  expect(frames.target).toEqual({ contextId: 8, resourceId: 2 });
  expect(frames.hasDrawn).toBe(false);
  frames.forget(2);
  expect(frames.target).toBeUndefined();
});

test('an id that comes again stands for something else', () => {
  const frames = drawn('auto');
  frames.forget(1);
  expect(frames.isEndedBy(readBack(1))).toBe(false);
  expect(frames.isBegunBy(stream([1], []))).toBe(false);
});
