// Compares two traces: frames are aligned by what they consist of, then the steps of those that differ.

import type { TraceSource } from '../model';
import { align, alignFrames, type Pair } from './align';
import { fieldChanges } from './flatten';
import { type CheckedDiffOptions, checkDiffOptions, type DiffOptions } from './options';
import { diffPixels } from './pixels';
import type { Change, ChangedStep, LoneFrame, TraceDiff } from './result';
import { type DrawPair, firstStateDifference } from './state';
import { frameHashes, type Step, walkSteps } from './steps';

/** Frames of which the steps are compared one by one: what follows the first that differ is seldom news. */
const MOST_FRAMES = 100;
const MOST_DRAWS = 200;
const DRAWS: readonly string[] = ['DRAW_VBO', 'LAUNCH_GRID'];

type Sources = { a: TraceSource; b: TraceSource };

const stepsOf = (
  source: TraceSource,
  options: CheckedDiffOptions,
  frames: ReadonlySet<number>,
): Map<number, Step[]> => {
  const steps = new Map<number, Step[]>([...frames].map((frame) => [frame, []]));
  walkSteps(
    source,
    options,
    (step, frame) => void steps.get(frame)?.push(step),
    (frame) => frames.has(frame),
  );
  return steps;
};

const sideOf = ({ number, line }: Step, frame: number): ChangedStep => ({
  frame,
  line,
  ...(number !== undefined && { number }),
});

const changeOf = (a: Step | undefined, b: Step | undefined, frames: { a: number; b: number }): Change => {
  const { kind, name } = (a ?? b) as Step;
  const what = a === undefined ? 'added' : b === undefined ? 'removed' : 'changed';
  return {
    what,
    kind,
    name,
    ...(a && { a: sideOf(a, frames.a) }),
    ...(b && { b: sideOf(b, frames.b) }),
    fields: a && b ? fieldChanges(a.values(), b.values()) : [],
  };
};

/** What the steps of frames that belong together give. */
class StepChanges {
  readonly changes: Change[] = [];
  count = 0;
  /** Draws that are in both, in the first frame that differs, from the first difference on. */
  readonly draws: DrawPair[] = [];
  #isFirst = true;

  constructor(private readonly maxChanges: number) {}

  add(stepsA: readonly Step[], stepsB: readonly Step[], frames: { a: number; b: number }): void {
    for (const { a, b, equal } of align(stepsA, stepsB)) {
      const stepA = a === undefined ? undefined : stepsA[a];
      const stepB = b === undefined ? undefined : stepsB[b];
      if (!equal) this.#change(stepA, stepB, frames);
      if (this.#isFirst && this.count > 0) this.#draw(stepA, stepB);
    }
    if (this.count > 0) this.#isFirst = false;
  }

  #change(a: Step | undefined, b: Step | undefined, frames: { a: number; b: number }): void {
    this.count += 1;
    if (this.changes.length < this.maxChanges) this.changes.push(changeOf(a, b, frames));
  }

  #draw(a: Step | undefined, b: Step | undefined): void {
    if (a?.number === undefined || b?.number === undefined || this.draws.length >= MOST_DRAWS) return;
    if (DRAWS.includes(a.name) && a.name === b.name) this.draws.push({ a: a.number, b: b.number });
  }
}

const isWhole = (pair: Pair): pair is { a: number; b: number; equal: boolean } =>
  pair.a !== undefined && pair.b !== undefined;

const diffSteps = ({ a, b }: Sources, options: CheckedDiffOptions, pairs: readonly Pair[]): StepChanges => {
  const found = new StepChanges(options.maxChanges);
  const different = pairs.filter(isWhole).filter(({ equal }) => !equal);
  const told = different.slice(0, MOST_FRAMES);
  const stepsA = stepsOf(a, options, new Set(told.map((pair) => pair.a)));
  const stepsB = stepsOf(b, options, new Set(told.map((pair) => pair.b)));
  for (const pair of told) found.add(stepsA.get(pair.a) ?? [], stepsB.get(pair.b) ?? [], pair);
  // Each of the others has at least one.
  found.count += different.length - told.length;
  return found;
};

/**
 * Compares two traces. Never a difference are times, when fences were reached, what memory is numbered, and (unless `strict`) what
 * was logged.
 * @throws VirglError `ERR_VIRGL_ARGUMENT`
 */
export const diff = async (a: TraceSource, b: TraceSource, options: DiffOptions = {}): Promise<TraceDiff> => {
  const checked = checkDiffOptions(options);
  const [framesA, framesB] = [frameHashes(a, checked), frameHashes(b, checked)];
  const pairs = alignFrames(framesA.hashes, framesB.hashes);
  const steps = diffSteps({ a, b }, checked, pairs);
  const loneFrames = pairs.flatMap(({ a: onlyA, b: onlyB }): LoneFrame[] => {
    if (onlyA !== undefined && onlyB !== undefined) return [];
    return onlyA === undefined ? [{ side: 'b', frame: onlyB ?? 0 }] : [{ side: 'a', frame: onlyA }];
  });
  const state = firstStateDifference(a, b, steps.draws);
  const pixels = checked.hosts && (await diffPixels({ a, b }, checked.hosts, pairs, checked.maxPictures));
  const pixelsDiffer = pixels !== undefined && (pixels.different.length > 0 || pixels.problem !== undefined);
  return {
    equal: steps.count === 0 && loneFrames.length === 0 && !pixelsDiffer,
    frames: {
      a: framesA.hashes.length,
      b: framesB.hashes.length,
      equal: pairs.filter(({ equal }) => equal).length,
    },
    steps: { a: framesA.steps, b: framesB.steps },
    changes: steps.changes,
    changeCount: steps.count,
    loneFrames,
    ...(state && { state }),
    ...(pixels && { pixels }),
  };
};
