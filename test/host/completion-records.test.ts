// What the render thread reports, as records laid out by native/completions.h.

import { type CompletionSink, readCompletions } from '../../lib/host/completion-records';

const SUCCEEDED = 0;
const REPLIED = 1;
const FENCE = 2;
const CONTEXT_FENCE = 3;
const LOG = 4;

const record = (...words: number[]): number[] => [words.length + 1, ...words];

const log = (level: number, text: string | Uint8Array): number[] => {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4).fill(0xee);
  padded.set(bytes);
  return record(LOG, level, bytes.length, ...new Uint32Array(padded.buffer));
};

/** What a sink is told of records that lie somewhere in shared memory. */
const told = (...records: number[][]): unknown[][] => {
  const calls: unknown[][] = [];
  const sink: CompletionSink = {
    succeeded: (count) => calls.push(['succeeded', count]),
    replied: (status, result) => calls.push(['replied', status, [...result]]),
    fence: (id) => calls.push(['fence', id]),
    contextFence: (...args) => calls.push(['contextFence', ...args]),
    log: (...args) => calls.push(['log', ...args]),
  };
  const words = records.flat();
  const memory = new Uint32Array(new SharedArrayBuffer((words.length + 10) * 4)).fill(0xffffffff);
  memory.set(words, 5);
  readCompletions(memory.subarray(5), words.length, sink);
  return calls;
};

test.each([
  { what: 'one success', words: record(SUCCEEDED, 1), said: ['succeeded', 1] },
  { what: 'many successes', words: record(SUCCEEDED, 70000), said: ['succeeded', 70000] },
  { what: 'a refusal', words: record(REPLIED, 22), said: ['replied', 22, []] },
  { what: 'results', words: record(REPLIED, 0, 1, 0xffffffff), said: ['replied', 0, [1, 0xffffffff]] },
  { what: 'a fence', words: record(FENCE, 0xffffffff), said: ['fence', 0xffffffff] },
  {
    what: 'a fence of a context',
    words: record(CONTEXT_FENCE, 7, 63, 0xfffffffe, 0x80000001),
    said: ['contextFence', 7, 63, 0x80000001_fffffffen],
  },
  { what: 'an empty log', words: log(0, ''), said: ['log', 0, ''] },
  { what: 'a log of whole words', words: log(1, 'abcd'), said: ['log', 1, 'abcd'] },
  { what: 'a padded log', words: log(3, 'abcde'), said: ['log', 3, 'abcde'] },
  { what: 'a log that is not ASCII', words: log(2, 'é😀\n'), said: ['log', 2, 'é😀\n'] },
  {
    what: 'a log that is no UTF-8',
    words: log(1, Uint8Array.of(0x61, 0xff, 0x62)),
    said: ['log', 1, 'a\ufffdb'],
  },
])('$what', ({ words, said }) => {
  expect(told(words)).toEqual([said]);
});

test('nothing', () => {
  expect(told()).toEqual([]);
});

test('several records are told in order', () => {
  const calls = told(
    record(SUCCEEDED, 2),
    log(1, 'why'),
    record(REPLIED, 5, 1, 2, 3),
    record(FENCE, 4),
    record(CONTEXT_FENCE, 1, 0, 9, 0),
    record(SUCCEEDED, 1),
  );
  expect(calls).toEqual([
    ['succeeded', 2],
    ['log', 1, 'why'],
    ['replied', 5, [1, 2, 3]],
    ['fence', 4],
    ['contextFence', 1, 0, 9n],
    ['succeeded', 1],
  ]);
});

test('the parts of a long log are told one by one and belong to the same call', () => {
  const parts = ['x'.repeat(32 * 1024), 'y'.repeat(32 * 1024), 'z'];
  const calls = told(...parts.map((part) => log(1, part)), record(REPLIED, 22));
  expect(calls.map(([name]) => name)).toEqual(['log', 'log', 'log', 'replied']);
  expect(calls.slice(0, 3).map(([, , text]) => text)).toEqual(parts);
});

test('a log that the sink keeps does not change with the memory', () => {
  const words = Uint32Array.from([...log(1, 'kept'), ...log(1, 'more')]);
  const texts: string[] = [];
  readCompletions(words, words.length, { log: (_level: number, text: string) => texts.push(text) } as never);
  words.fill(0);
  expect(texts).toEqual(['kept', 'more']);
});
