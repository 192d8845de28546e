// TraceWriter: another thread writes, whatever the calling thread does; nothing is lost; disks say what is wrong.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { VirglError } from '../../lib/protocol/error';
import { encodeTrace, type TraceMeta, TraceReader, type TraceRecord, TraceWriter } from '../../lib/trace';

const META: TraceMeta = { writer: '0.1.0', recordedAt: '2026-01-02T03:04:05Z' };
const CHILD = path.join(__dirname, '..', 'support', 'trace-child.ts');
const TSX = path.join(__dirname, '..', '..', 'node_modules', '.bin', 'tsx');

let folder: string;
let file: string;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-trace-'));
});
beforeEach(() => {
  file = path.join(folder, `${expect.getState().currentTestName?.replaceAll(/\W+/g, '-')}.vgtrace`);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const sleep = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

const readAll = (): { records: TraceRecord[]; summary: TraceReader['summary']; meta: TraceMeta } => {
  using reader = TraceReader.open(file);
  return { records: [...reader.records()], summary: reader.summary, meta: reader.meta };
};

const hashOf = (bytes: Uint8Array | Uint32Array): string =>
  createHash('sha256')
    .update(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    .digest('hex');

const brief = (record: TraceRecord): unknown => {
  if (record.kind === 'write') return { ...record, bytes: hashOf(record.bytes) };
  const { args } = record as unknown as { args: { commands: Uint32Array } };
  return { ...record, args: { ...args, commands: hashOf(args.commands) } };
};

const markers = (count: number): TraceRecord[] =>
  Array.from({ length: count }, (_, number) => ({
    kind: 'marker',
    text: `${number} ${'y'.repeat(number % 300)}`,
  }));

it('writes what is appended, and ends the file', async () => {
  const records = markers(20_000);
  const writer = TraceWriter.create(file, META);
  for (const record of records) writer.append(record);
  await writer.close();
  const read = readAll();
  expect(read.records).toEqual(records);
  expect(read.summary).toMatchObject({ complete: true, records: 20_000, byKind: { marker: 20_000 } });
});

it('has in the file what was appended, while the calling thread only waits', async () => {
  const writer = TraceWriter.create(file, META);
  // The thread starts.
  sleep(500);
  writer.append({ kind: 'marker', text: 'early' });
  sleep(300);
  const { records, summary } = readAll();
  expect(records).toEqual([{ kind: 'marker', text: 'early' }]);
  expect(summary.complete).toBe(false);
  expect(summary.problem?.byteOffset).toBe(fs.statSync(file).size);
  // By now it sleeps until it is woken.
  sleep(600);
  writer.append({ kind: 'marker', text: 'late' });
  sleep(300);
  expect(readAll().records).toHaveLength(2);
  await writer.close();
});

it('takes records that are longer than its buffer, and more of them than it holds', async () => {
  const bytes = Uint8Array.from({ length: 2_000_001 }, (_, index) => (index * index) >> 7);
  const records: TraceRecord[] = [];
  for (let part = 0; part < 8; part += 1) {
    const start = part * 1000;
    records.push({
      kind: 'write',
      memoryId: 1,
      offsetBytes: part,
      bytes: bytes.subarray(start, bytes.length - part),
    });
    records.push({
      kind: 'call',
      name: 'submitCmd',
      args: { contextId: 1, commands: new Uint32Array(30_000).fill(part) },
    });
  }
  const writer = TraceWriter.create(file, META, { bufferBytes: 64 * 1024 });
  for (const record of records) writer.append(record);
  await writer.close();
  // Bytes by their hash: jest compares them one by one, in minutes.
  expect(readAll().records.map(brief)).toEqual(records.map(brief));
});

it('makes the same summary as a trace in memory', async () => {
  const records = markers(3000);
  const writer = TraceWriter.create(file, META);
  for (const record of records) writer.append(record);
  await writer.close();
  const { summary } = readAll();
  const other = TraceReader.fromBytes(encodeTrace(META, records)).summary;
  // Small chunks where time passed.
  expect({ ...summary, sizeBytes: 0, chunks: 0 }).toEqual({ ...other, sizeBytes: 0, chunks: 0 });
});

it('keeps what became known later, also without an index', async () => {
  const writer = TraceWriter.create(file, META);
  writer.amend({ client: 'glmark2' });
  writer.append({ kind: 'marker', text: 'between' });
  writer.amend({ library: 'virglrenderer 1.0' });
  await writer.close();
  const expected = { ...META, client: 'glmark2', library: 'virglrenderer 1.0' };
  expect(readAll().meta).toEqual(expected);
  fs.truncateSync(file, fs.statSync(file).size - 1);
  const { meta, records } = readAll();
  expect(meta).toEqual(expected);
  expect(records).toHaveLength(1);
});

const earlyRecordsAfter = (end: string): number => {
  spawnSync(TSX, [CHILD, file, '5000', end], { stdio: 'inherit' });
  const texts = readAll().records.map((record) => (record as { text: string }).text);
  return texts.filter((text) => text.startsWith('before')).length;
};

// The thread needs some time of a processor, which a machine with much else to do may not give it: then it is tried again.
it.each(['kill', 'kill-in-system-call'])('loses nothing older than 100 ms: %s', (end) => {
  let most = 0;
  for (let attempt = 0; attempt < 8 && most < 5000; attempt += 1)
    most = Math.max(most, earlyRecordsAfter(end));
  expect(most).toBe(5000);
});

it.each(['SIGSEGV', 'SIGABRT'])('loses nothing where its process crashes: %s', (fatal) => {
  const { signal } = spawnSync(process.execPath, ['--import', 'tsx', CHILD, file, '5000', fatal]);
  expect(signal).toBe(fatal);
  const texts = readAll().records.map((record) => (record as { text: string }).text);
  expect(texts).toHaveLength(5010);
  expect(texts.at(-1)).toBe('late 9');
});

it.each(['exit', 'return'])('ends the file when its process ends: %s', (end) => {
  spawnSync(TSX, [CHILD, file, '5000', end], { stdio: 'inherit' });
  const { records, summary } = readAll();
  expect(records).toHaveLength(5000);
  expect(summary.complete).toBe(true);
});

it('says what the disk says', async () => {
  file = '/dev/full';
  expect(() => TraceWriter.create(file, META)).toThrow(/ENOSPC/);
  expect(() => TraceWriter.create('/nowhere/at/all', META)).toThrow(
    expect.objectContaining({ code: 'ERR_VIRGL_SYSTEM', errno: 2 }),
  );
});

it('refuses to go on when the disk is full', async () => {
  // A limit on the size of files does what a full disk does, without a disk.
  const script = `
    const { TraceWriter } = require(${JSON.stringify(path.join(__dirname, '..', '..', 'dist', 'trace'))});
    process.on('SIGXFSZ', () => {});
    const writer = TraceWriter.create(${JSON.stringify(file)}, ${JSON.stringify(META)}, { bufferBytes: 65536 });
    const bytes = require('node:crypto').randomBytes(100000);
    const said = [];
    try {
      for (let n = 0; n < 100; n += 1) { bytes[0] = n; writer.append({ kind: 'write', memoryId: 1, offsetBytes: 0, bytes }); }
    } catch (error) { said.push(error.code, error.errno); }
    writer.close().catch((error) => said.push(error.code, error.errno)).then(() => console.log(JSON.stringify(said)));
  `;
  const { stdout, stderr } = spawnSync('prlimit', ['--fsize=1000000', process.execPath, '-e', script], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(['ERR_VIRGL_SYSTEM', 27, 'ERR_VIRGL_SYSTEM', 27]);
  // What was written before is there.
  const { records, summary } = readAll();
  expect(records.length).toBeGreaterThan(3);
  expect(summary.complete).toBe(false);
});

it('is closed once, and says so', async () => {
  const writer = TraceWriter.create(file, META);
  expect(writer.close()).toBe(writer.close());
  await writer.close();
  expect(() => writer.append({ kind: 'marker', text: '' })).toThrow(VirglError);
  expect(() => writer.append({ kind: 'marker', text: '' })).toThrow(/already closed/);
});

it('names what it can not write', async () => {
  const writer = TraceWriter.create(file, META);
  const bad = { kind: 'memory', memoryId: -1, sizeBytes: 4 } as const;
  expect(() => writer.append(bad)).toThrow(
    'TraceWriter.append: expected an integer from 0 to 4294967295 for memoryId',
  );
  writer.append({ kind: 'marker', text: 'goes on' });
  await writer.close();
  expect(readAll().records).toHaveLength(1);
  expect(() => TraceWriter.create(file, META, { buffer: 1 } as never)).toThrow(/did you mean bufferBytes/);
});
