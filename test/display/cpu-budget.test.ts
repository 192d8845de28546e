// Frames are left out where others need the processors, and not where nobody does or somebody types.

import { CpuBudget, type CpuSample } from '../../lib/display/cpu-budget';
import { Pace } from '../../lib/display/rfb/pace';
import { Display } from 'virgl/display';
import { TestPattern } from './support/test-pattern';

const PROCESSORS = 2;

/** What frames of 5 ms at 60 a second do to a budget, while others use so many processors. */
const intervalAfter = (share: number, othersAtWork: number, periodMs = 500, viewers = 1): number => {
  const now: CpuSample = { atMs: 0, ownMs: 0, busyMs: 0 };
  const budget = new CpuBudget(share, PROCESSORS, () => ({ ...now }));
  const frames = 30;
  for (let frame = 0; frame < frames; frame += 1) {
    now.atMs += periodMs / frames;
    now.ownMs += 5;
    now.busyMs += 5 + (othersAtWork * periodMs) / frames;
    // The last one is not a hair too early.
    if (frame === frames - 1) now.atMs = periodMs;
    budget.frameSent(now.atMs, viewers);
  }
  return budget.intervalMs;
};

test.each([
  ['nobody else works', 0.05, 0.1, 0],
  ['others do: 5 ms are a twentieth of two processors for 50 ms', 0.05, 1.4, 50],
  ['twice the share', 0.1, 1.4, 25],
  ['never less than ten frames a second', 0.01, 1.4, 100],
  ['no limit', 1, 1.4, 0],
])('%s', (_name, share, othersAtWork, wanted) => {
  expect(intervalAfter(share, othersAtWork)).toBeCloseTo(wanted, 5);
});

test('viewers share it', () => {
  expect(intervalAfter(0.1, 1.4, 500, 2)).toBe(50);
});

test('after a pause nothing is learned', () => {
  expect(intervalAfter(0.05, 1.4, 5000)).toBe(50);
  const now: CpuSample = { atMs: 0, ownMs: 0, busyMs: 0 };
  const budget = new CpuBudget(0.05, PROCESSORS, () => ({ ...now }));
  Object.assign(now, { atMs: 60_000, ownMs: 30_000, busyMs: 100_000 });
  budget.frameSent(now.atMs, 1);
  expect(budget.intervalMs).toBe(0);
});

test('a pace waits for the budget, unless somebody has typed', () => {
  const pace = new Pace(100, () => 50);
  pace.took(1000);
  expect(pace.waitMs(1010)).toBe(40);
  pace.touched(1010);
  expect(pace.waitMs(1010)).toBe(0);
  expect(pace.waitMs(1510)).toBe(0);
  pace.took(1510);
  expect(pace.waitMs(1511)).toBe(49);
});

test.each([0, -1, 1.5, NaN, '5'])('a share of %p is refused', (cpuShare) => {
  expect(() => new Display(new TestPattern(1, 1), { cpuShare: cpuShare as number })).toThrow(
    /expected a number from 0.01 to 1 for cpuShare/,
  );
});
