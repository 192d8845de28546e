// Records come into the sink in the order in which they were announced, whatever is known when, and a sink that fails ends the
// recording only.

import type { TraceRecord, TraceSink } from '../../lib/trace';
import { RecordQueue } from '../../lib/trace/record/record-queue';

const marker = (text: string): TraceRecord => ({ kind: 'marker', text });

class Sink implements TraceSink {
  readonly texts: string[] = [];
  readonly bytes: number[] = [];
  closed = 0;
  /** Fails when so many were appended. */
  room = Infinity;

  append(record: TraceRecord): void {
    if (this.texts.length + this.bytes.length >= this.room) throw new Error('the disk is full');
    if (record.kind === 'marker') this.texts.push(record.text);
    if (record.kind === 'write') this.bytes.push(record.bytes[0] ?? -1);
  }

  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }
}

let sink: Sink;
let queue: RecordQueue;
beforeEach(() => {
  sink = new Sink();
  queue = new RecordQueue(sink);
});

/** Records that are known when it is called. */
const later = (): { known: Promise<readonly TraceRecord[]>; tell: (...texts: string[]) => void } => {
  let tell: (...texts: string[]) => void = () => undefined;
  const known = new Promise<readonly TraceRecord[]>((resolve) => {
    tell = (...texts) => resolve(texts.map(marker));
  });
  return { known, tell };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what is known goes on at once', () => {
  queue.put(marker('a'));
  expect(sink.texts).toEqual(['a']);
});

test('what is known later keeps its place, also when another one is known sooner', async () => {
  const [first, second] = [later(), later()];
  queue.put(marker('a'));
  queue.defer(first.known);
  queue.put(marker('d'));
  queue.defer(second.known);
  queue.put(marker('f'));
  second.tell('e');
  await turn();
  expect(sink.texts).toEqual(['a']);
  first.tell('b', 'c');
  await turn();
  expect(sink.texts).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  queue.put(marker('g'));
  expect(sink.texts.at(-1)).toBe('g');
});

test('bytes that wait are a copy', async () => {
  const first = later();
  const bytes = Uint8Array.of(1);
  queue.defer(first.known);
  queue.put({ kind: 'write', memoryId: 1, offsetBytes: 0, bytes });
  bytes[0] = 2;
  first.tell();
  await turn();
  expect(sink.bytes).toEqual([1]);
});

test('a sink that fails is told of when the queue is closed, and nothing more is given to it', async () => {
  sink.room = 1;
  for (const text of ['a', 'b', 'c']) queue.put(marker(text));
  sink.room = Infinity;
  queue.put(marker('d'));
  expect(sink.texts).toEqual(['a']);
  await expect(queue.close()).rejects.toThrow('the disk is full');
  expect(sink.closed).toBe(1);
});
