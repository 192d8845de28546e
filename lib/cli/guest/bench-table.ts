// The table of `virgl guest bench`. What was not measured has no figure.

import { BENCH_ROUTES, type BenchRoute, type GuestBenchReport } from '../../guest';

/** Of 2016: Unigine Valley on an Intel HD 5500, virtio-gpu in a guest with KVM. */
const ARTICLE = { host: 10.2, guest: 1.1 } as const;
const PEER = 'qemu-virgl' satisfies BenchRoute;
const NAME_WIDTH = 28;
const COLUMN_WIDTH = 19;

const NOTES = `
Medians; in brackets, percent of the host, and times of QEMU's own virgl. "host": the same programs on
this machine's software renderer, which draws every frame and shows none. "qemu-virgl": QEMU's own virtio-gpu-gl in an SDL window under
Xvfb. "ours, every frame": each frame is read back and sent to QEMU's display; "ours": as many as a display shows, 60 in a second.
"pixels that differ": one frame of kmscube, compared with the host's.`;

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
const cell = (row: GuestBenchReport['rows'][number], route: BenchRoute): string => {
  const { host, [PEER]: peer, [route]: figures } = row.framesPerSecond;
  if (figures === undefined) return '-';
  const figure = median(figures);
  const relations: string[] = [];
  if (host !== undefined && route !== 'host') relations.push(percent(figure, median(host)));
  if (peer !== undefined && route !== 'host' && route !== PEER)
    relations.push(`${(figure / median(peer)).toFixed(1)}x`);
  return relations.length === 0 ? figure.toFixed(0) : `${figure.toFixed(0)} (${relations.join(', ')})`;
};

const pixelCell = (report: GuestBenchReport, route: BenchRoute): string => {
  const check = report.pixels[route];
  return check === undefined ? '-' : `${check.different} of ${check.pixels}`;
};

/** Lines of the table, and what to know about it. */
export const benchTable = (report: GuestBenchReport): string[] => [
  line('frames/s', BENCH_ROUTES),
  ...report.rows.map((row) =>
    line(
      row.program,
      BENCH_ROUTES.map((route) => cell(row, route)),
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
  NOTES,
  ...report.problems.map((problem) => `not measured: ${problem}`),
];
