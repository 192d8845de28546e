// What is to be true of every trace, whoever drew: its streams decode and encode to the same bytes, it is read and written to the same
// file, it plays to the same read-backs, and the program made of it gives a host the same bytes.

import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import path from 'node:path';
import { decode, encode } from '../../../lib/protocol';
import { encodeTrace, TraceReader, type TraceRecord } from '../../../lib/trace';
import { expectSameCalls } from '../../trace/support/generated-program';

const VIRGL = path.join(__dirname, '..', '..', '..', 'dist', 'cli', 'main.js');
const LIMIT_MS = 120_000;

/** Runs `virgl trace`. */
export const virglTrace = (
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [VIRGL, 'trace', ...args], { encoding: 'utf8', env, timeout: LIMIT_MS });

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array | Uint32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

const streamOf = (record: TraceRecord): Uint32Array | undefined => {
  if (record.kind !== 'call' || (record.name !== 'submitCmd' && record.name !== 'submitCmd2'))
    return undefined;
  const { commands } = record.args as { commands: unknown };
  return commands instanceof Uint32Array ? commands : undefined;
};

const expectSameStreams = (records: readonly TraceRecord[]): void => {
  let same = 0;
  const streams = records.map(streamOf).filter((words) => words !== undefined);
  for (const words of streams)
    if (bytesOf(encode(decode(words, { onError: 'raw' }))).equals(bytesOf(words))) same += 1;
  expect(same).toBe(streams.length);
  expect(same).toBeGreaterThan(0);
};

const expectSameFile = ({ meta }: TraceReader, records: readonly TraceRecord[]): void => {
  const first = encodeTrace(meta, records);
  using reader = TraceReader.fromBytes(first);
  expect(bytesOf(encodeTrace(meta, reader.records())).equals(bytesOf(first))).toBe(true);
};

/**
 * Expects all of that of a trace file, and that replay compared something; gives what `replay` printed.
 * @param leastShare of the commands that the program says by typed classes
 */
export const expectProven = async (file: string, leastShare = 0.6): Promise<string> => {
  using reader = TraceReader.open(file);
  expect(reader.summary).toMatchObject({ complete: true });
  const records = [...reader.records()];
  expectSameStreams(records);
  expectSameFile(reader, records);
  const { stdout, stderr, status } = virglTrace(['replay', file, '--verify']);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout).toMatch(/([1-9]\d*) of \1 read-backs and pictures are as recorded/);
  const { counts } = await expectSameCalls(records);
  expect(counts.raw).toBe(0);
  expect(counts.byClass / counts.commands).toBeGreaterThanOrEqual(leastShare);
  await expectSameCalls(records, { classes: false });
  return stdout;
};
