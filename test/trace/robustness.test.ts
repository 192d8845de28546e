// Files that were cut, damaged, or come from the future: what was whole is read, and the place of the fault is named.

import crypto from 'node:crypto';
import { crc32, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { VirglError } from '../../lib/protocol/error';
import { encodeTrace, type TraceMeta, TraceReader, type TraceRecord } from '../../lib/trace';
import { packChunk } from '../../lib/trace/format/chunk';
import { encodeBeginning } from '../../lib/trace/format/file-header';
import { ChunkType } from '../../lib/trace/format/layout';
import { recordArbitrary } from '../support/trace-arbitrary';

const META: TraceMeta = { writer: '0.1.0', recordedAt: '2026-01-02T03:04:05Z' };

/** Always the same, of every kind, over a few chunks. */
const RECORDS: readonly TraceRecord[] = [
  ...fc.sample(recordArbitrary, { numRuns: 150, seed: 5 }),
  ...Array.from({ length: 5 }, (_, memoryId): TraceRecord => {
    const bytes = crypto
      .createHash('shake256', { outputLength: 90_000 })
      .update(`${memoryId % 4}`)
      .digest();
    return { kind: 'write', memoryId, offsetBytes: 0, bytes: new Uint8Array(bytes) };
  }),
  ...fc.sample(recordArbitrary, { numRuns: 60, seed: 6 }),
];
const FILE = encodeTrace(META, RECORDS);
const jsonOf = (record: TraceRecord): string =>
  JSON.stringify(record, (_key, value) => {
    if (ArrayBuffer.isView(value)) return [value.byteLength, crc32(value as Uint8Array)];
    return typeof value === 'bigint' ? `${value}n` : Object.is(value, Number.NaN) ? 'NaN' : value;
  });
// As the whole file reads, which format.test.ts compares with what was written: the order of keys may differ.
const EXPECTED = [...TraceReader.fromBytes(FILE).records()].map(jsonOf);

/** Numbers that are always the same. */
const seeded = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

interface Outcome {
  read: number;
  error?: VirglError;
  reader?: TraceReader;
}

/** Reads all that can be read, and compares it with what was written. */
const readAll = (file: Uint8Array): Outcome => {
  let read = 0;
  let reader: TraceReader | undefined;
  try {
    reader = TraceReader.fromBytes(file);
    for (const record of reader.records()) {
      if (jsonOf(record) !== EXPECTED[read]) throw new Error(`record ${read} is another`);
      read += 1;
    }
  } catch (error) {
    if (!(error instanceof VirglError)) throw error;
    return { read, error, reader };
  }
  return { read, reader };
};

it('reads what is whole of a file that was cut at any of 500 places', () => {
  const random = seeded(1);
  let most = 0;
  const cuts = Array.from({ length: 500 }, () => random(FILE.length)).sort((a, b) => a - b);
  for (const cut of cuts) {
    const { read, error, reader } = readAll(FILE.subarray(0, cut));
    if (reader === undefined) {
      expect(error?.byteOffset).toBeLessThanOrEqual(cut);
    } else {
      expect(error).toBeUndefined();
      expect(reader.summary.complete).toBe(false);
      expect(reader.summary.records).toBe(read);
      expect(typeof reader.summary.problem?.byteOffset).toBe('number');
    }
    // More of the file never has fewer records.
    expect(read).toBeGreaterThanOrEqual(most);
    most = read;
  }
  expect(most).toBeGreaterThan(RECORDS.length / 2);
});

it('survives 2000 flipped bytes, and names the place', () => {
  const random = seeded(2);
  const before = process.memoryUsage().rss;
  let refused = 0;
  for (let flip = 0; flip < 2000; flip += 1) {
    const file = new Uint8Array(FILE);
    const at = random(file.length);
    file[at] = (file[at] as number) ^ (1 + random(255));
    const { read, error, reader } = readAll(file);
    const problem = error ?? reader?.summary.problem;
    if (problem === undefined) {
      // The four bytes of the trailer, or of nothing, that say nothing.
      expect(read).toBe(RECORDS.length);
      continue;
    }
    refused += 1;
    expect(typeof problem.byteOffset).toBe('number');
    // The place named is that of what the flipped byte is a part of.
    if (problem.code === 'ERR_VIRGL_DECODE') expect(problem.byteOffset).toBeLessThanOrEqual(file.length);
    if (error === undefined) expect(read).toBe(reader?.summary.records);
  }
  expect(refused).toBeGreaterThan(1900);
  expect(process.memoryUsage().rss - before).toBeLessThan(500e6);
});

it('survives bytes that are wrong though their checksum is right', () => {
  const random = seeded(3);
  const nothing = { records: 0, calls: 0, contents: 0, frames: 0 };
  const [small] = [encodeTrace(META, fc.sample(recordArbitrary, { numRuns: 80, seed: 7 }))];
  const beginning = Buffer.concat(encodeBeginning(META));
  // The first chunk of records, raw.
  const header = small.subarray(beginning.length, beginning.length + 48);
  const words = new Uint32Array(new Uint8Array(header).buffer);
  const stored = small.subarray(beginning.length + 48, beginning.length + 48 + (words[2] ?? 0));
  expect(crc32(stored)).toBe(words[4]);
  const raw = inflateRawSync(stored);
  for (let flip = 0; flip < 300; flip += 1) {
    const bad = new Uint8Array(raw);
    for (let count = 0; count <= flip % 3; count += 1) bad[random(bad.length)] = random(256);
    const file = Buffer.concat([beginning, ...packChunk(ChunkType.records, bad, nothing, false)]);
    try {
      for (const record of TraceReader.fromBytes(file).records()) expect(typeof record.kind).toBe('string');
    } catch (error) {
      expect(error).toBeInstanceOf(VirglError);
      expect(typeof (error as VirglError).byteOffset).toBe('number');
    }
  }
});

it('makes the index again where it is missing', () => {
  const { summary } = TraceReader.fromBytes(FILE);
  const { complete, problem, ...made } = TraceReader.fromBytes(FILE.subarray(0, FILE.length - 1)).summary;
  expect(complete).toBe(false);
  expect(problem?.message).toMatch(/the index is damaged, or the trailer/);
  const { complete: ended, ...written } = summary;
  expect(ended).toBe(true);
  expect({ ...made, sizeBytes: 0 }).toEqual({ ...written, sizeBytes: 0 });
});

it('keeps each content once', () => {
  const bytes = new Uint8Array(
    crypto.createHash('shake256', { outputLength: 2_500_000 }).update('x').digest(),
  );
  const write: TraceRecord = { kind: 'write', memoryId: 1, offsetBytes: 0, bytes };
  const once = encodeTrace(META, [write]);
  const often = encodeTrace(
    META,
    Array.from({ length: 50 }, () => write),
  );
  expect(often.length - once.length).toBeLessThan(2000);
  const { summary } = TraceReader.fromBytes(often);
  expect(summary).toMatchObject({ contents: 3, contentBytes: 2_500_000, writtenBytes: 50 * 2_500_000 });
});

it('finds frames', () => {
  const records: TraceRecord[] = [];
  for (let frame = 0; frame < 10; frame += 1)
    records.push(
      { kind: 'call', name: 'poll', args: undefined },
      { kind: 'marker', text: `${frame}` },
      { kind: 'frame' },
    );
  const reader = TraceReader.fromBytes(encodeTrace(META, records));
  expect(reader.summary.frames[3]).toEqual({ record: 11, calls: 4 });
  expect([...reader.records(reader.rangeOfFrames(3, 4))]).toEqual(records.slice(9, 15));
  expect(() => reader.rangeOfFrames(3, 10)).toThrow('expected a frame from 3 to 9 for last');
});

it.each([
  ['a newer version', 8, 2, 'ERR_VIRGL_UNSUPPORTED', /version 2 .* a newer one is needed/],
  ['unknown flags', 12, 1, 'ERR_VIRGL_DECODE', /unknown flags 0x1/],
  ['another file', 0, 1, 'ERR_VIRGL_DECODE', /not a trace/],
])('refuses %s', (_name, at, value, code, message) => {
  const file = new Uint8Array(FILE);
  file[at] = value;
  expect(() => TraceReader.fromBytes(file)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

it('refuses to read on when it is closed', () => {
  const reader = TraceReader.fromBytes(FILE);
  reader.close();
  expect(() => [...reader.records()]).toThrow(/already closed/);
});
