// Who is told of what the guest shows: QEMU's display, and viewers outside of the session process.

import type { Cursor, Rect } from '../../virtio-gpu';

/** Width and height in pixels. */
export interface Size {
  width: number;
  height: number;
}

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
export const unionOf = (a: Rect | undefined, b: Rect): Rect => {
  if (a === undefined) return b;
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
};

/** The part of a rectangle that lies within a size; undefined for none. */
export const clipped = ({ x, y, width, height }: Rect, size: Size): Rect | undefined => {
  const right = Math.min(x + width, size.width);
  const bottom = Math.min(y + height, size.height);
  if (x < 0 || y < 0 || right <= x || bottom <= y) return undefined;
  return { x, y, width: right - x, height: bottom - y };
};

/** A whole display. */
export const wholeOf = ({ width, height }: Size): Rect => ({ x: 0, y: 0, width, height });
