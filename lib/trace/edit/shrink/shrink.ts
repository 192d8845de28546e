// Makes a trace that shows a fault as small as it can be while it still shows it. From coarse to fine: what comes after the fault, frames,
// draws, objects with all that uses them, single commands and calls, lines of shaders, sizes of resources.

import { invalidArgument, VirglError } from '../../../protocol/error';
import { checkKeys } from '../../../protocol/check-keys';
import type { TraceMeta, TraceSource } from '../../model';
import { type Atom, atomsOf, digestOfAtoms, recordsOf } from '../atoms';
import { makersOf, withDependents } from '../dependents';
import { reduce } from './reduce';
import { shaderLinesOf, smallerResources } from './simpler';
import { rememberedVerdicts, type Verdicts } from './verdicts';

/** How large a trace is. */
export interface TraceSize {
  frames: number;
  /** Commands in streams. */
  commands: number;
  /** Records, each stream being one. */
  records: number;
}

/** How far a shrink is. */
export interface ShrinkProgress {
  /** What is being left out: `tail`, `frames`, `draws`, `objects`, `commands`, `shaders`, `resources`. */
  phase: string;
  size: TraceSize;
  /** Candidates that were checked, and that were known from before. */
  checked: number;
  known: number;
  elapsedMs: number;
}

/** Options of {@link shrink}. */
export interface ShrinkOptions {
  /** Whether a candidate still shows the fault. Should always say the same of the same candidate. */
  check: (candidate: TraceSource) => boolean | Promise<boolean>;
  /** What is known from before; in memory if not given. See {@link verdictFile}. */
  verdicts?: Verdicts;
  /** Ends after this time with the best so far. */
  timeLimitMs?: number;
  /** Ends with the best so far. */
  signal?: AbortSignal;
  onProgress?: (progress: ShrinkProgress) => void;
}

/** What {@link shrink} came to. */
export interface ShrinkResult {
  trace: TraceSource;
  before: TraceSize;
  after: TraceSize;
  checked: number;
  known: number;
  /** False if time ran out or it was aborted. */
  finished: boolean;
}

const OPTION_NAMES: readonly (keyof ShrinkOptions)[] = [
  'check',
  'verdicts',
  'timeLimitMs',
  'signal',
  'onProgress',
];

/** Commands that leave traces in pixels or buffers, and nothing in the state that later commands need. */
const DRAWS: ReadonlySet<string> = new Set([
  'DRAW_VBO',
  'CLEAR',
  'CLEAR_TEXTURE',
  'CLEAR_SURFACE',
  'LAUNCH_GRID',
  'BLIT',
  'RESOURCE_COPY_REGION',
  'MEMORY_BARRIER',
  'TEXTURE_BARRIER',
]);

// Ends a shrink from within.
class OutOfTime extends Error {}

const sizeOf = (atoms: readonly Atom[]): TraceSize => ({
  frames: atoms.filter(({ name }) => name === 'frame').length,
  commands: atoms.reduce((sum, { commands }) => sum + commands, 0),
  records: recordsOf(atoms).length,
});

// The smallest so far, and how to try something smaller.
class Shrinker {
  current: readonly Atom[];
  checked = 0;
  known = 0;
  #phase = 'tail';
  #left: Set<Atom>;
  #makers: ReadonlyMap<Atom, readonly Atom[]>;
  readonly #meta: TraceMeta;
  readonly #options: ShrinkOptions;
  readonly #verdicts: Verdicts;
  readonly #began = Date.now();

  constructor(atoms: readonly Atom[], meta: TraceMeta, options: ShrinkOptions) {
    this.current = atoms;
    this.#left = new Set(atoms);
    this.#makers = makersOf(atoms);
    this.#meta = meta;
    this.#options = options;
    this.#verdicts = options.verdicts ?? rememberedVerdicts();
  }

  source(atoms: readonly Atom[] = this.current): TraceSource {
    const records = recordsOf(atoms);
    return { meta: this.#meta, records: () => records };
  }

  async fails(atoms: readonly Atom[]): Promise<boolean> {
    const digest = digestOfAtoms(atoms);
    const known = this.#verdicts.get(digest);
    if (known !== undefined) {
      this.known += 1;
      return known;
    }
    const { signal, timeLimitMs = Infinity } = this.#options;
    if (signal?.aborted === true || Date.now() - this.#began > timeLimitMs) throw new OutOfTime();
    const verdict = await this.#options.check(this.source(atoms));
    this.checked += 1;
    this.#verdicts.set(digest, verdict);
    return verdict;
  }

  async run(): Promise<void> {
    await this.#cutTail();
    await this.#frames();
    await this.#leaveOut('draws', ({ name }) => DRAWS.has(name));
    await this.#leaveOut('objects', ({ makes }) => makes.length > 0);
    await this.#leaveOut('commands', () => true);
    await this.#singles();
    const shorter = await this.#shaders();
    const smaller = await this.#resources();
    // Less may be needed now.
    if (shorter || smaller) await this.#singles();
  }

  #accept(atoms: readonly Atom[]): void {
    this.current = atoms;
    this.#left = new Set(atoms);
    this.#makers = makersOf(atoms);
    this.#report();
  }

  #report(): void {
    const { onProgress } = this.#options;
    const { checked, known } = this;
    onProgress?.({
      phase: this.#phase,
      size: sizeOf(this.current),
      checked,
      known,
      elapsedMs: Date.now() - this.#began,
    });
  }

  #begin(phase: string): void {
    this.#phase = phase;
    this.#report();
  }

  async #try(atoms: readonly Atom[]): Promise<boolean> {
    if (!(await this.fails(atoms))) return false;
    this.#accept(atoms);
    return true;
  }

  async #tryWithout(dropped: Iterable<Atom>, { alone = false } = {}): Promise<boolean> {
    const gone = alone ? new Set(dropped) : withDependents(this.current, this.#makers, dropped);
    return this.#try(this.current.filter((atom) => !gone.has(atom)));
  }

  // A fault that shows at its command needs nothing behind it.
  async #cutTail(): Promise<void> {
    this.#begin('tail');
    const whole = this.current;
    let fine = 0;
    let failing = whole.length;
    while (failing - fine > 1) {
      const middle = (fine + failing) >> 1;
      if (await this.#try(whole.slice(0, middle))) failing = middle;
      else fine = middle;
    }
  }

  // Frames whole; then what is left of each without what it makes for others.
  async #frames(): Promise<void> {
    this.#begin('frames');
    const frames = new Map<number, Atom[]>();
    for (const atom of this.current) frames.set(atom.frame, [...(frames.get(atom.frame) ?? []), atom]);
    const groups = [...frames.values()];
    const isLeft = (group: readonly Atom[]): boolean => group.some((atom) => this.#left.has(atom));
    await reduce(groups, (run) => this.#tryWithout(run.flat()), isLeft);
    const makesNothing = ({ makes }: Atom): boolean => makes.length === 0;
    await reduce(groups, (run) => this.#tryWithout(run.flat().filter(makesNothing)), isLeft);
  }

  async #leaveOut(phase: string, which: (atom: Atom) => boolean): Promise<void> {
    this.#begin(phase);
    const isLeft = (atom: Atom): boolean => this.#left.has(atom);
    await reduce(this.current.filter(which), (run) => this.#tryWithout(run), isLeft);
  }

  // One by one, also what others name: the check has the last word.
  async #singles(): Promise<void> {
    this.#begin('commands');
    const isLeft = (atom: Atom): boolean => this.#left.has(atom);
    await reduce(this.current, (run) => this.#tryWithout(run, { alone: true }), isLeft, { again: true });
  }

  #replaced(old: Atom, by: Atom): readonly Atom[] {
    return this.current.map((atom) => (atom === old ? by : atom));
  }

  async #shaders(): Promise<boolean> {
    this.#begin('shaders');
    let worked = false;
    for (const original of this.current) {
      let atom = original;
      const shader = shaderLinesOf(atom);
      if (shader === undefined) continue;
      let left = shader.lines.map((line, number) => ({ line, number }));
      const leaveOut = async (run: readonly { number: number }[]): Promise<boolean> => {
        const numbers = new Set(run.map(({ number }) => number));
        const kept = left.filter(({ number }) => !numbers.has(number));
        const shorter = shader.with(kept.map(({ line }) => line));
        if (shorter === undefined || !(await this.#try(this.#replaced(atom, shorter)))) return false;
        atom = shorter;
        left = kept;
        worked = true;
        return true;
      };
      await reduce(left, leaveOut, (unit) => left.includes(unit), { again: true });
    }
    return worked;
  }

  async #resources(): Promise<boolean> {
    this.#begin('resources');
    let worked = false;
    for (const original of this.current) {
      let atom: Atom | undefined = original;
      while (atom !== undefined) {
        const from: Atom = atom;
        atom = undefined;
        for (const form of smallerResources(from)) {
          if (!(await this.#try(this.#replaced(from, form)))) continue;
          atom = form;
          worked = true;
          break;
        }
      }
    }
    return worked;
  }
}

const checkOptions = (options: ShrinkOptions): void => {
  checkKeys('shrink', undefined, options, OPTION_NAMES);
  const { check, timeLimitMs } = options;
  if (typeof check !== 'function') throw invalidArgument('shrink', 'check', 'a function', check);
  if (timeLimitMs !== undefined && !(timeLimitMs >= 0))
    throw invalidArgument('shrink', 'timeLimitMs', 'a number from 0', timeLimitMs);
};

/** Stands for the content of a trace, as {@link shrink} sees it: for naming what verdicts are about. */
export const shrinkDigest = (source: TraceSource): string => digestOfAtoms(atomsOf(source));

/**
 * Leaves out of a trace what it needs not to show its fault: delta debugging over its frames, draws, objects, commands, calls, shader lines
 * and resource sizes. Tries the same candidates in the same order each time. What was answered when it was recorded (read-backs,
 * errors, times) is not in the result.
 * @throws VirglError ERR_VIRGL_ARGUMENT for a trace that does not show the fault to begin with
 */
export const shrink = async (source: TraceSource, options: ShrinkOptions): Promise<ShrinkResult> => {
  checkOptions(options);
  const atoms = atomsOf(source);
  const meta = { ...source.meta, extra: { ...source.meta.extra, shrunkFrom: sizeOf(atoms) } };
  const shrinker = new Shrinker(atoms, meta, options);
  let finished = true;
  try {
    if (!(await shrinker.fails(atoms))) {
      const message =
        'shrink: expected a trace that shows the fault but the check finds the whole trace good';
      throw new VirglError('ERR_VIRGL_ARGUMENT', message, { operation: 'shrink', field: 'check' });
    }
    await shrinker.run();
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error;
    finished = false;
  }
  return {
    trace: shrinker.source(),
    before: sizeOf(atoms),
    after: sizeOf(shrinker.current),
    checked: shrinker.checked,
    known: shrinker.known,
    finished,
  };
};
