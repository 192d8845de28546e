// `npm run bench:virtio-gpu`: commands per second through a real ring, against a backend in C that is written only for this.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { median } from '../median';
import { ROOT } from '../paths';
import { type Backend, startC, startOurs } from './backends';
import { place, type Placement } from './placement';
import { flushWork, prepare, ReadyRing, submitWork, type Work } from './ring-driver';

interface RunOptions {
  rounds: number;
  json: string;
  strict?: boolean;
}

interface Row {
  name: string;
  /** Commands of one batch. */
  commands: number;
  cMs: number[];
  oursMs: number[];
}

const SMALLEST_RATIO = 0.9;
const WARM_UP = 30;
const BATCHES_A_ROUND = 20;
const MS_PER_S = 1000;

/** What is measured: all at once, as a driver that has much to do, and one by one, as one that waits. */
const CASES: readonly { name: string; work: () => Work; steps: number; placement?: Placement }[] = [
  { name: 'flush 64x64, 64 at once', work: flushWork, steps: 64 },
  { name: 'flush 64x64, one by one, same processor', work: flushWork, steps: 1, placement: 'same' },
  { name: 'flush 64x64, one by one, another processor', work: flushWork, steps: 1, placement: 'other' },
  { name: 'submit 5 KiB, 64 at once', work: submitWork, steps: 64 },
  { name: 'submit 5 KiB, one by one, same processor', work: submitWork, steps: 1, placement: 'same' },
  { name: 'submit 5 KiB, one by one, another processor', work: submitWork, steps: 1, placement: 'other' },
];
const NAME_COLUMNS = 44;

/** Median milliseconds of a batch. */
const round = ({ driver }: Backend, ring: ReadyRing, batches: number): number => {
  const times = Array.from({ length: batches }, () => ring.run());
  ring.check();
  // Outside of the measured time, as QEMU does it on another thread than the guest's.
  driver.display.receive();
  return median(times);
};

const measure = (
  c: Backend,
  ours: Backend,
  { name, work, steps, placement }: (typeof CASES)[number],
  rounds: number,
): Row => {
  place(placement, [...c.pids, ...ours.pids]);
  const sides = [c, ours].map((backend) => ({ backend, ring: new ReadyRing(backend.driver, work(), steps) }));
  const batches = steps === 1 ? BATCHES_A_ROUND * 10 : BATCHES_A_ROUND;
  const times: number[][] = [[], []];
  for (let count = -WARM_UP; count < rounds; count += 1) {
    sides.forEach(({ backend, ring }, side) => {
      const took = round(backend, ring, batches);
      if (count >= 0) times[side].push(took);
    });
  }
  return { name, commands: steps * work().length, cMs: times[0], oursMs: times[1] };
};

const ratioOf = ({ cMs, oursMs }: Row): number => median(cMs) / median(oursMs);

const perSecond = (row: Row, ms: readonly number[]): string =>
  Math.round((row.commands * MS_PER_S) / median(ms)).toLocaleString('en');

const formatRow = (row: Row): string =>
  [
    row.name.padEnd(NAME_COLUMNS),
    perSecond(row, row.cMs).padStart(12),
    perSecond(row, row.oursMs).padStart(12),
    ratioOf(row).toFixed(2).padStart(7),
  ].join('');

const run = async ({ rounds, json, strict = false }: RunOptions): Promise<void> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-bench-'));
  const c = await startC(path.join(folder, 'c.sock'));
  const ours = await startOurs(path.join(folder, 'ours.sock'));
  const rows: Row[] = [];
  try {
    for (const { driver } of [c, ours]) await prepare(driver);
    console.log(
      `${'commands/s'.padEnd(NAME_COLUMNS)}${'C'.padStart(12)}${'ours'.padStart(12)}${'ratio'.padStart(7)}`,
    );
    for (const each of CASES) {
      const row = measure(c, ours, each, rounds);
      rows.push(row);
      console.log(formatRow(row));
    }
  } finally {
    await Promise.all([c.close(), ours.close()]);
    fs.rmSync(folder, { recursive: true, force: true });
  }
  fs.mkdirSync(path.dirname(path.resolve(json)), { recursive: true });
  fs.writeFileSync(json, `${JSON.stringify({ rounds, rows }, null, 2)}\n`);
  if (strict && rows.some((row) => ratioOf(row) < SMALLEST_RATIO)) process.exitCode = 1;
};

const positive = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Expected a whole number above 0.');
  return Number(text);
};

new Command('bench:virtio-gpu')
  .description(
    'virtio-gpu commands per second through a ring: virgl vhost-user-gpu and a backend in C, in turn.',
  )
  .option('--rounds <n>', 'times that both run in turn', positive, 21)
  .option('--json <file>', 'where the numbers go', path.join(ROOT, 'bench', 'results', 'virtio-gpu.json'))
  .option('--strict', `exit with 1 if a ratio is below ${SMALLEST_RATIO}`)
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
