// `npm run bench:trace`: what recording costs glmark2's default scenes, how fast traces are read, and what a trace of a gigabyte takes.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { median } from '../median';
import { ROOT } from '../paths';
import { findScenes } from '../../test/clients/support/glmark2-scenes';
import { type Spent, spentBy } from './command';
import { measureReading, type ReadingRow, readerRate, zlibRate } from './reading';
import { costOf, measureRecording, type RecordingRow } from './recording';
import { writeLarge, writeManyRecords } from './traces';

interface RunOptions {
  program: string;
  rounds: number;
  seconds: number;
  only?: string;
  /** commander's names for --no-…. */
  recording: boolean;
  reading: boolean;
  large: boolean;
  json: string;
}

const MOST_COST = 1.25;
const LEAST_READ_BYTES = 200e6;
const LARGE_BYTES = 1e9;
const MOST_INFO_S = 1;
const MOST_REPLAY_BYTES = 500e6;
const READ_ROUNDS = 5;
const MB = 1e6;

const missed: string[] = [];
const goal = (isMet: boolean, text: string): string => {
  if (!isMet) missed.push(text);
  return isMet ? 'ok' : 'missed';
};

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

const showRow = (row: RecordingRow): void => {
  const { scene, without, recording, traceBytes } = row;
  const cells = [
    costOf(row).toFixed(2).padStart(5),
    median(without).toFixed(2).padStart(10),
    median(recording).toFixed(2).padStart(10),
    (traceBytes / MB).toFixed(1).padStart(9),
  ];
  console.log(`${cells.join('')}   ${scene}`);
};

const runRecording = async (options: RunOptions, folder: string): Promise<RecordingRow[]> => {
  const { program, only } = options;
  const found = await findScenes(program);
  const scenes = only === undefined ? found : found.filter((scene) => scene.includes(only));
  console.log(` cost   without recording MB traced   ms a frame, ${program}`);
  const rows = await measureRecording(scenes, { ...options, folder, onRow: showRow });
  const mean = geometricMean(rows.map(costOf));
  const told = goal(mean <= MOST_COST, 'cost of recording');
  console.log(`geometric mean of ${rows.length} scenes ${mean.toFixed(3)}, goal <= ${MOST_COST}: ${told}\n`);
  return rows;
};

const showReading = (row: ReadingRow): void => {
  const rate = readerRate(row);
  const told = goal(rate >= LEAST_READ_BYTES, `reading of ${row.what}`);
  const cells = [
    row.what.padEnd(14),
    `${(row.rawBytes / MB).toFixed(0)} MB in ${(row.fileBytes / MB).toFixed(0)} MB: `.padStart(22),
    `reader ${(rate / MB).toFixed(0)} MB/s, zlib and copy ${(zlibRate(row) / MB).toFixed(0)} MB/s, `,
    `goal >= ${LEAST_READ_BYTES / MB}: ${told}`,
  ];
  console.log(cells.join(''));
};

const runReading = async (folder: string): Promise<ReadingRow[]> => {
  const file = path.join(folder, 'many-records.vgtrace');
  await writeManyRecords(file);
  const rows = [measureReading('many records', file, READ_ROUNDS)];
  rows.forEach(showReading);
  fs.rmSync(file);
  return rows;
};

const runLarge = async (folder: string): Promise<Record<'info' | 'replay', Spent> & { read: ReadingRow }> => {
  const file = path.join(folder, 'large.vgtrace');
  await writeLarge(file, LARGE_BYTES);
  const read = measureReading('a film', file, 1);
  showReading(read);
  const info = await spentBy(['trace', 'info', file]);
  const replay = await spentBy(['trace', 'replay', file, '--verify']);
  const told = {
    info: goal(info.seconds < MOST_INFO_S, 'info of a large trace'),
    replay: goal(replay.peakBytes < MOST_REPLAY_BYTES, 'memory of replay'),
  };
  const show = ({ seconds, peakBytes }: Spent): string =>
    `${seconds.toFixed(2)} s, at most ${(peakBytes / MB).toFixed(0)} MB resident`;
  console.log(`info           ${show(info)}, goal < ${MOST_INFO_S} s: ${told.info}`);
  console.log(`replay         ${show(replay)}, goal < ${MOST_REPLAY_BYTES / MB} MB: ${told.replay}`);
  console.log(replay.output.trim().replaceAll(/^/gm, '               '));
  return { read, info, replay };
};

const run = async (options: RunOptions): Promise<void> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-bench-trace-'));
  try {
    const recording = options.recording ? await runRecording(options, folder) : [];
    const reading = options.reading ? await runReading(folder) : [];
    const large = options.large ? await runLarge(folder) : undefined;
    fs.mkdirSync(path.dirname(path.resolve(options.json)), { recursive: true });
    fs.writeFileSync(options.json, `${JSON.stringify({ options, recording, reading, large }, null, 2)}\n`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  if (missed.length === 0) return;
  console.error(`goals missed: ${missed.join(', ')}`);
  process.exitCode = 1;
};

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Expected a number above 0.');
  return value;
};

new Command('bench:trace')
  .description(
    "What recording costs glmark2's default scenes, how fast traces are read, and what a trace of 1 GB takes. Exits with 1 if a goal is missed.",
  )
  .option('--program <name>', 'glmark2-es2, or glmark2 for desktop GL', 'glmark2-es2')
  .option('--rounds <n>', 'times that a scene runs without and with recording', positive, 3)
  .option('--seconds <n>', 'how long each scene runs', positive, 2)
  .option('--only <text>', 'only scenes with this in their names')
  .option('--no-recording', 'do not measure what recording costs')
  .option('--no-reading', 'do not measure how fast many small records are read')
  .option('--no-large', 'make no trace of 1 GB')
  .option('--json <file>', 'where the numbers go', path.join(ROOT, 'bench', 'results', 'trace.json'))
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
