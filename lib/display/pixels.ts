// Pixels of four bytes, from any order of channels to the BGRX that sources give.

import type { Rect, Size } from './source';

/** Where red, green and blue are among the bytes of a pixel. */
export type ChannelOrder = readonly [red: number, green: number, blue: number];

/** Red first, as in files. */
export const RGBA: ChannelOrder = [0, 1, 2];

const BYTES_PER_PIXEL = 4;
const OPAQUE = 0xff;

/** Copies pixels of a row. */
export const writeBgrx = (
  from: Uint8Array,
  fromAt: number,
  [red, green, blue]: ChannelOrder,
  into: Uint8Array,
  intoAt: number,
  pixels: number,
): void => {
  for (let at = 0; at < pixels * BYTES_PER_PIXEL; at += BYTES_PER_PIXEL) {
    into[intoAt + at] = from[fromAt + at + blue];
    into[intoAt + at + 1] = from[fromAt + at + green];
    into[intoAt + at + 2] = from[fromAt + at + red];
    into[intoAt + at + 3] = OPAQUE;
  }
};

/** The part of a rectangle that is inside a picture; its upper left corner is. */
export const insideOf = (size: Size, { x, y, width, height }: Rect): Rect => ({
  x,
  y,
  width: Math.max(0, Math.min(width, size.width - x)),
  height: Math.max(0, Math.min(height, size.height - y)),
});
