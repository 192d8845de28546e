// A rectangle of BGRX pixels in memory.

import type { Piece } from '../frame';
import type { Rect } from '../source';

/** Pixels, each 0xXXRRGGBB, whose X means nothing. */
export interface PixelView {
  /** Where the rectangle is on the display. */
  x: number;
  y: number;
  width: number;
  height: number;
  pixels: Uint32Array;
  /** Index of the first pixel, and from row to row. */
  first: number;
  stride: number;
}

/** The pixels of a piece of a frame. */
export const viewOf = (memory: ArrayBufferLike, { rect, offsetBytes, strideBytes }: Piece): PixelView => ({
  ...rect,
  pixels: new Uint32Array(memory),
  first: offsetBytes / 4,
  stride: strideBytes / 4,
});

/** A part of a view; in coordinates of the display. */
export const cut = (view: PixelView, { x, y, width, height }: Rect): PixelView => ({
  ...view,
  x,
  y,
  width,
  height,
  first: view.first + (y - view.y) * view.stride + (x - view.x),
});

/** Parts of at most these sizes, row by row. */
export function* tilesOf(view: PixelView, tileWidth: number, tileHeight: number): Generator<PixelView> {
  for (let y = view.y; y < view.y + view.height; y += tileHeight) {
    const height = Math.min(tileHeight, view.y + view.height - y);
    for (let x = view.x; x < view.x + view.width; x += tileWidth)
      yield cut(view, { x, y, width: Math.min(tileWidth, view.x + view.width - x), height });
  }
}
