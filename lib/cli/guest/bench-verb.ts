// `virgl guest bench`: programs on the host and in guests, in turn.

import type { Command } from 'commander';
import { BENCH_ROUTES, benchGuests, type BenchRoute, type GuestBenchReport } from '../../guest';
import { reportFailure } from '../failure';
import { addMachineOptions, type MachineFlags, machineOptions, parseCount } from './machine-options';

interface Options extends MachineFlags {
  rounds?: number;
  program?: string[];
  json?: true;
  quiet?: true;
}

/** Of 2016: Unigine Valley on an Intel HD 5500, virtio-gpu in a guest with KVM. */
const ARTICLE = { host: 10.2, guest: 1.1 } as const;
const NAME_WIDTH = 26;
const COLUMN_WIDTH = 19;

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return (low + high) / 2;
};

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(0)}%`;

const line = (name: string, cells: readonly string[]): string =>
  [name.padEnd(NAME_WIDTH), ...cells.map((cell) => cell.padStart(COLUMN_WIDTH))].join('');

/** Only what was measured; a dash for the rest. */
const cell = (figures: readonly number[] | undefined, host: readonly number[] | undefined): string => {
  if (figures === undefined) return '-';
  const figure = median(figures).toFixed(0);
  return host === undefined || host === figures
    ? figure
    : `${figure} (${percent(median(figures), median(host))})`;
};

const pixelCell = (report: GuestBenchReport, route: BenchRoute): string => {
  const check = report.pixels[route];
  return check === undefined ? '-' : `${check.different} of ${check.pixels}`;
};

const table = (report: GuestBenchReport): string[] => [
  line('frames/s (of the host)', BENCH_ROUTES),
  ...report.rows.map(({ program, framesPerSecond }) =>
    line(
      program,
      BENCH_ROUTES.map((route) => cell(framesPerSecond[route], framesPerSecond.host)),
    ),
  ),
  line(
    'pixels that differ',
    BENCH_ROUTES.map((route) => (route === 'host' ? '' : pixelCell(report, route))),
  ),
  line(
    'failed commands',
    BENCH_ROUTES.map((route) => (route === 'host' ? '' : String(report.failures[route] ?? '-'))),
  ),
  line('the article of 2016', [
    String(ARTICLE.host),
    `${ARTICLE.guest} (${percent(ARTICLE.guest, ARTICLE.host)})`,
  ]),
];

const NOTES = `
Medians. "host": the same programs on this machine's software renderer, which draws every frame and shows none. "qemu-virgl": QEMU's own
virtio-gpu-gl in an SDL window under Xvfb. "ours, every frame": each frame is read back and sent to QEMU's display; "ours": as many as a
display shows, 60 in a second. "pixels that differ": one frame of kmscube, compared with the host's.`;

const bench = async (options: Options): Promise<void> => {
  const { rounds, program, json, quiet } = options;
  const report = await benchGuests({
    guest: machineOptions(options),
    rounds,
    programs: program,
    onProgress: (progress) => {
      if (quiet !== true) console.error(`virgl guest bench: ${progress}`);
    },
  });
  if (json === true) console.log(JSON.stringify(report, undefined, 2));
  else
    console.log(
      [...table(report), NOTES, ...report.problems.map((problem) => `not measured: ${problem}`)].join('\n'),
    );
  if (report.problems.length > 0) process.exitCode = 1;
};

/** Adds the verb. */
export const addGuestBench = (guest: Command): void => {
  const verb = guest
    .command('bench')
    .description("compare this machine, a guest on QEMU's own virgl, and a guest on ours");
  addMachineOptions(verb, ['memory', 'processors', 'accelerator', 'bootTimeout'])
    .option('--rounds <n>', 'how often everything is measured; default 3', parseCount)
    .option('--program <name...>', 'only programs whose names begin so: kmscube, glmark2')
    .option('--json', 'the figures for programs')
    .option('--quiet', 'say nothing meanwhile')
    .addHelpText('after', '\nExample:\n  virgl guest bench --rounds 1 --program kmscube')
    .action((options: Options) => bench(options).catch(reportFailure));
};
