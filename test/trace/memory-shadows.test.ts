// What a client wrote into shared memory is found by comparing: all of it, once, and nothing that somebody else wrote.

import { SharedMemory } from '../../lib/host';
import type { TraceRecord } from '../../lib/trace';
import { MemoryShadows } from '../../lib/trace/record/memory-shadows';
import { RecordCounts } from '../../lib/trace/record/record-counts';

const PAGE = 4096;
const PAGES = 8;

let memory: SharedMemory;
let records: TraceRecord[];
let shadows: MemoryShadows;

beforeEach(() => {
  memory = SharedMemory.create(PAGES * PAGE);
  records = [];
  const put = (record: TraceRecord): void =>
    void records.push(record.kind === 'write' ? { ...record, bytes: record.bytes.slice() } : record);
  shadows = new MemoryShadows(put, new RecordCounts());
});
afterEach(() => memory.close());

/** Where what was written lies: `[offset, length]`. */
const writes = (): [number, number][] =>
  records.flatMap((record) => (record.kind === 'write' ? [[record.offsetBytes, record.bytes.length]] : []));

/** The memory as a player would have it. */
const played = (): Uint8Array => {
  const bytes = new Uint8Array(memory.sizeBytes);
  for (const record of records) if (record.kind === 'write') bytes.set(record.bytes, record.offsetBytes);
  return bytes;
};

test('memory is told before it is named, once, and its end when nobody has it any more', () => {
  const range = memory.range(16, 32);
  expect(shadows.nameOf(range)).toEqual({ memoryId: 1, offsetBytes: 16, lengthBytes: 32 });
  shadows.lend([range, range]);
  shadows.giveBack([range]);
  expect(records).toEqual([{ kind: 'memory', memoryId: 1, sizeBytes: memory.sizeBytes }]);
  shadows.giveBack([range]);
  expect(records.at(-1)).toEqual({ kind: 'memoryEnd', memoryId: 1 });
  expect(shadows.nameOf(range).memoryId).toBe(2);
});

test('memory that the trace has already is not told again, and what was written since is', () => {
  shadows.adopt(memory, 7);
  memory.bytes[3] = 1;
  shadows.compare([memory.range()]);
  expect(records).toEqual([expect.objectContaining({ kind: 'write', memoryId: 7, offsetBytes: 0 })]);
});

test('pages that changed are written, neighbours together, and only within what is asked for', () => {
  memory.bytes[PAGE + 5] = 1;
  memory.bytes[2 * PAGE] = 2;
  memory.bytes[5 * PAGE] = 3;
  memory.bytes[7 * PAGE] = 4;
  shadows.compare([memory.range(100, 6 * PAGE)]);
  expect(writes()).toEqual([
    [PAGE, 2 * PAGE],
    [5 * PAGE, PAGE],
  ]);
  shadows.compare([memory.range()]);
  expect(writes().at(-1)).toEqual([7 * PAGE, PAGE]);
  expect(Buffer.compare(played(), memory.bytes)).toBe(0);
});

test('what is the same is not written again, and a byte that goes back is', () => {
  shadows.compare([memory.range()]);
  expect(writes()).toEqual([]);
  memory.bytes[0] = 9;
  shadows.compare([memory.range(0, 64)]);
  shadows.compare([memory.range(0, 64)]);
  expect(writes()).toEqual([[0, 64]]);
  memory.bytes[0] = 0;
  shadows.compare([memory.range(0, 64)]);
  expect(writes().length).toBe(2);
});

test('much at once is cut into pieces', () => {
  using large = SharedMemory.create(3 * 1024 * 1024);
  large.bytes.fill(7);
  shadows.compare([large.range()]);
  expect(writes().every(([, length]) => length <= 1024 * 1024)).toBe(true);
  expect(writes().reduce((sum, [, length]) => sum + length, 0)).toBe(large.sizeBytes);
});

test('what a call writes is not of the client, neither on its way nor when it has arrived', () => {
  const range = memory.range(PAGE, PAGE);
  const arrived = shadows.arrive([range]);
  memory.bytes.fill(5, PAGE, 2 * PAGE);
  memory.bytes[0] = 1;
  memory.bytes[3 * PAGE] = 2;
  shadows.compare([memory.range()]);
  expect(writes()).toEqual([
    [0, PAGE],
    [3 * PAGE, PAGE],
  ]);
  arrived();
  shadows.compare([memory.range()]);
  expect(writes().length).toBe(2);
  memory.bytes[PAGE] = 6;
  shadows.compare([memory.range()]);
  expect(writes().at(-1)).toEqual([PAGE, PAGE]);
});
