// Who is told of what the guest shows: QEMU's display, and viewers outside of the session process.

import { bounds, intersection, isEmptyRect, type Rect, type Size, wholeOf } from '../../image';
import type { Cursor } from '../../virtio-gpu';

export { type Size, wholeOf } from '../../image';

/** Told of what the guest shows. What it reads, it reads later, as often as it can use it. */
export interface ScanoutSink {
  /** A display shows something of this size, or (undefined) nothing. Told also when the size is the same. */
  shown(index: number, size: Size | undefined): void;
  /** A part of what it shows has changed. */
  damaged(index: number, damage: Rect): void;
  cursorChanged(index: number, cursor: Cursor): void;
  cursorMoved(index: number, position: { x: number; y: number }): void;
}

/** Reads a rectangle of what a display shows: BGRX rows from top to bottom. */
export type ReadScanout = (index: number, rect: Rect, into: Uint8Array, strideBytes: number) => Promise<void>;

/** The smallest rectangle around two; undefined is none. */
export const unionOf = (a: Rect | undefined, b: Rect): Rect => (a === undefined ? b : bounds(a, b));

/** The part of a rectangle that lies within a size; undefined for none. */
export const clipped = (rect: Rect, size: Size): Rect | undefined => {
  const part = intersection(rect, wholeOf(size));
  return isEmptyRect(part) ? undefined : part;
};
