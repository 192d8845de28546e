// `npm run bench:vtest`: glmark2's default scenes through `virgl vtest` and through virgl_test_server, one and two clients at a
// time, and what the servers hold meanwhile.

import fs from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { VtestServer } from '../../test/clients/support/server';
import { median } from '../median';
import { ROOT } from '../paths';
import { findScenes } from '../../test/clients/support/glmark2-scenes';
import { framesPerSecond } from './glmark2';
import { type Holding, measureMemory } from './memory';

interface RunOptions {
  program: string;
  rounds: number;
  seconds: number;
  only?: string[];
  skipMemory?: boolean;
  json: string;
}

/** Frames per second, a number per round. */
interface Row {
  scene: string;
  clients: number;
  reference: number[];
  ours: number[];
}

interface Servers {
  reference: VtestServer;
  ours: VtestServer;
}

const SMALLEST_RATIO = 0.9;
const SMALLEST_MEAN = 1;
/** Scenes of which two run at once. */
const TOGETHER = /^(build:use-vbo=true|texture:texture-filter=linear|shading:shading=phong|terrain)$/;
const MIB = 1024 * 1024;

const ratioOf = ({ ours, reference }: Row): number => median(ours) / median(reference);

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Both in turn, the first one first in every other round. */
const measureScene = async (
  { reference, ours }: Servers,
  { program, rounds, seconds }: RunOptions,
  scene: string,
  clients: number,
): Promise<Row> => {
  const row: Row = { scene, clients, reference: [], ours: [] };
  const measure = async (server: VtestServer, into: number[]) => {
    const all = Array.from({ length: clients }, () => framesPerSecond(server, program, scene, seconds));
    into.push(sumOf(await Promise.all(all)));
  };
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) await measure(reference, row.reference);
    await measure(ours, row.ours);
    if (round % 2 === 1) await measure(reference, row.reference);
  }
  return row;
};

const formatRow = (row: Row): string =>
  [
    ratioOf(row).toFixed(2).padStart(5),
    median(row.ours).toFixed(1).padStart(9),
    median(row.reference).toFixed(1).padStart(19),
    `   ${row.scene}`,
  ].join('');

const measureRows = async (
  options: RunOptions,
  scenes: readonly string[],
  clients: number,
): Promise<Row[]> => {
  await using reference = await VtestServer.start({ server: 'reference' });
  await using ours = await VtestServer.start({ server: 'ours' });
  console.log(`\nratio     ours  virgl_test_server   frames/s, ${clients} at a time`);
  const rows: Row[] = [];
  for (const scene of scenes) {
    const row = await measureScene({ reference, ours }, options, scene, clients);
    rows.push(row);
    console.log(formatRow(row));
  }
  const ratios = rows.map(ratioOf);
  const mean = geometricMean(ratios);
  const least = Math.min(...ratios);
  console.log(`geometric mean ${mean.toFixed(3)}, least ${least.toFixed(2)}`);
  if (mean < SMALLEST_MEAN || least < SMALLEST_RATIO) process.exitCode = 1;
  return rows;
};

const formatHolding = (whose: string, { what, pssBytes, rssBytes, processes }: Holding): string =>
  `${whose.padEnd(18)} ${what.padEnd(26)} ${(pssBytes / MIB).toFixed(1).padStart(8)} MiB PSS ${(rssBytes / MIB).toFixed(1).padStart(8)} MiB RSS  ${processes} processes`;

const run = async (options: RunOptions): Promise<void> => {
  const found = await findScenes(options.program);
  const { only = [''] } = options;
  const scenes = found.filter((scene) => only.some((text) => scene.includes(text)));
  const alone = await measureRows(options, scenes, 1);
  const together = scenes.filter((scene) => TOGETHER.test(scene));
  const pairs = together.length > 0 ? await measureRows(options, together, 2) : [];
  const memory: Record<string, Holding[]> = {};
  if (!options.skipMemory) {
    console.log('');
    for (const server of ['reference', 'ours'] as const) {
      memory[server] = await measureMemory(server, options.program);
      for (const holding of memory[server]) console.log(formatHolding(server, holding));
    }
  }
  fs.mkdirSync(path.dirname(path.resolve(options.json)), { recursive: true });
  fs.writeFileSync(options.json, `${JSON.stringify({ options, alone, pairs, memory }, null, 2)}\n`);
};

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Expected a number above 0.');
  return value;
};

new Command('bench:vtest')
  .description(
    "glmark2's default scenes through virgl vtest and through virgl_test_server, in turn. Exits with 1 if a goal is missed.",
  )
  .option('--program <name>', 'glmark2-es2, or glmark2 for desktop GL', 'glmark2-es2')
  .option('--rounds <n>', 'times that both run in turn', positive, 3)
  .option('--seconds <n>', 'how long each scene runs', positive, 2)
  .option('--only <text...>', 'only scenes with one of these in their names')
  .option('--skip-memory', 'do not measure memory')
  .option('--json <file>', 'where the numbers go', path.join(ROOT, 'bench', 'results', 'vtest.json'))
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
