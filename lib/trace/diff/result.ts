// What a comparison of two traces found.

import type { Image } from '../../image';
import type { FieldChange } from './flatten';
import type { StepKind } from './steps';

/** A side of a change. */
export interface ChangedStep {
  /** The command or call. */
  number?: number;
  frame: number;
  line: string;
}

/** A step that is not the same in both. */
export interface Change {
  /** `added` is only in the second trace, `removed` only in the first. */
  what: 'changed' | 'added' | 'removed';
  kind: StepKind;
  name: string;
  a?: ChangedStep;
  b?: ChangedStep;
  /** Of a step that changed. */
  fields: FieldChange[];
}

/** A frame that only one of the two has. */
export interface LoneFrame {
  side: 'a' | 'b';
  frame: number;
}

/** Bound state that is not the same at a draw. */
export interface StateDifference {
  /** The numbers of the draw. */
  a: number;
  b: number;
  /** By the name of the slot. */
  slots: FieldChange[];
}

/** Two pictures of a frame. */
export interface PixelDifference {
  a: number;
  b: number;
  width: number;
  height: number;
  /** Why pixels could not be compared. */
  problem?: string;
  differing: number;
  total: number;
  /** Largest difference of a channel, 0 to 255. */
  largest: number;
  /** Counted from the row at y = 0. */
  first?: { x: number; y: number; a: string; b: string };
  /** Of the first frames that differ. */
  pictures?: { a: Image; b: Image; difference: Image };
}

/** What {@link diff} found. */
export interface TraceDiff {
  /** Nothing differs. */
  equal: boolean;
  frames: { a: number; b: number; equal: number };
  /** Steps of both traces that were compared. */
  steps: { a: number; b: number };
  /** The first `maxChanges`. */
  changes: Change[];
  changeCount: number;
  loneFrames: LoneFrame[];
  /** At the first draw whose state differs, in the first frame that differs. */
  state?: StateDifference;
  /** Frames that were replayed and compared, and those that differ. */
  pixels?: { compared: number; different: PixelDifference[]; problem?: string };
}
