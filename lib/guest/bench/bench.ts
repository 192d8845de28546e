// Measures programs on the host and in guests, in turn. What could not be measured has no figure, and a reason.

import type { Image } from '../../image';
import type { GuestOptions } from '../machine/options';
import { BENCH_PROGRAMS, type BenchProgram } from './programs';
import { BENCH_ROUTES, type BenchRoute, openRoute, type OpenRoute } from './routes';

/** What {@link benchGuests} is told. */
export interface GuestBenchOptions {
  /** The guests; GPU and size of the screen are the benchmark's. */
  guest?: Omit<GuestOptions, 'gpuSocketPath' | 'shell'>;
  /** How often each program is run on each route; default 3. */
  rounds?: number;
  /** Default: all. */
  routes?: readonly BenchRoute[];
  /** Only programs whose names begin with one of these. */
  programs?: readonly string[];
  onProgress?: (line: string) => void;
}

/** Figures of one program: frames per second of each round, by route. */
export interface GuestBenchRow {
  program: string;
  isPresented: boolean;
  framesPerSecond: Partial<Record<BenchRoute, number[]>>;
}

/** A picture compared with the host's. */
export interface PixelCheck {
  pixels: number;
  /** Pixels of which a channel differs by more than rounding. */
  different: number;
}

/** What was measured. */
export interface GuestBenchReport {
  rows: GuestBenchRow[];
  /** Pictures of kmscube in a guest, compared with the host's. */
  pixels: Partial<Record<BenchRoute, PixelCheck>>;
  /** Submits and other commands that failed. */
  failures: Partial<Record<BenchRoute, number>>;
  /** Why something has no figure. */
  problems: string[];
}

interface Bench {
  open: Map<BenchRoute, OpenRoute>;
  report: GuestBenchReport;
  progress: (line: string) => void;
}

const ROUNDS = 3;
/** A frame in which the cube stands askew. */
const CHECKED_FRAME = 150;
/** Rounding of colours. */
const TOLERANCE = 2;
const PIXEL_BYTES = 4;

const noteProblem = ({ report, progress }: Bench, what: string, error: unknown): void => {
  const problem = `${what}: ${error instanceof Error ? error.message : String(error)}`;
  report.problems.push(problem);
  progress(problem);
};

const openRoutes = async (
  bench: Bench,
  { routes = BENCH_ROUTES, guest = {} }: GuestBenchOptions,
): Promise<void> => {
  for (const route of routes) {
    bench.progress(`starting: ${route}`);
    try {
      bench.open.set(route, await openRoute(route, guest));
    } catch (error) {
      noteProblem(bench, route, error);
    }
  }
};

const measure = async (bench: Bench, program: BenchProgram, rounds: number): Promise<void> => {
  const row: GuestBenchRow = { program: program.name, isPresented: program.isPresented, framesPerSecond: {} };
  bench.report.rows.push(row);
  for (let round = 1; round <= rounds; round += 1) {
    for (const [route, { run }] of bench.open) {
      try {
        const figure = program.figure(await run(program));
        if (figure === undefined) throw new Error('it told no figure');
        (row.framesPerSecond[route] ??= []).push(figure);
        bench.progress(`${program.name}, ${route}, round ${round}: ${figure.toFixed(0)} frames/s`);
      } catch (error) {
        noteProblem(bench, `${program.name}, ${route}, round ${round}`, error);
      }
    }
  }
};

const comparePixels = (a: Image, b: Image): PixelCheck => {
  const pixels = a.width * a.height;
  if (b.width !== a.width || b.height !== a.height) return { pixels, different: pixels };
  let different = 0;
  for (let at = 0; at < a.data.length; at += PIXEL_BYTES) {
    const differs = [0, 1, 2].some(
      (channel) => Math.abs((a.data[at + channel] ?? 0) - (b.data[at + channel] ?? 0)) > TOLERANCE,
    );
    if (differs) different += 1;
  }
  return { pixels, different };
};

const checkPixels = async (bench: Bench): Promise<void> => {
  const host = bench.open.get('host');
  if (host === undefined) return;
  let expected: Image;
  try {
    expected = await host.kmscubeFrame(CHECKED_FRAME);
  } catch (error) {
    noteProblem(bench, 'pixels on the host', error);
    return;
  }
  for (const [route, { kmscubeFrame }] of bench.open) {
    if (route === 'host') continue;
    try {
      bench.report.pixels[route] = comparePixels(expected, await kmscubeFrame(CHECKED_FRAME));
    } catch (error) {
      noteProblem(bench, `pixels, ${route}`, error);
    }
  }
};

const countFailures = async (bench: Bench): Promise<void> => {
  for (const [route, { failures }] of bench.open) {
    const count = await failures();
    if (count !== undefined) bench.report.failures[route] = count;
  }
};

const chosen = (names: readonly string[] | undefined): readonly BenchProgram[] =>
  BENCH_PROGRAMS.filter(({ name }) => names === undefined || names.some((start) => name.startsWith(start)));

/** Measures everything that can be measured here; never rejects for what can't. */
export const benchGuests = async (options: GuestBenchOptions = {}): Promise<GuestBenchReport> => {
  const { rounds = ROUNDS, onProgress: progress = () => undefined } = options;
  const report: GuestBenchReport = { rows: [], pixels: {}, failures: {}, problems: [] };
  const bench: Bench = { open: new Map(), report, progress };
  try {
    await openRoutes(bench, options);
    for (const program of chosen(options.programs)) await measure(bench, program, rounds);
    await checkPixels(bench);
    await countFailures(bench);
    return report;
  } finally {
    for (const route of bench.open.values()) await route[Symbol.asyncDispose]();
  }
};
