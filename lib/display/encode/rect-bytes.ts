// Beginnings of rectangles, and lengths.

import type { Rect } from '../source';

/** The 12 bytes before each rectangle of a framebuffer update. */
export const rectHeader = ({ x, y, width, height }: Rect, encoding: number): Uint8Array => {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, x);
  view.setUint16(2, y);
  view.setUint16(4, width);
  view.setUint16(6, height);
  view.setInt32(8, encoding);
  return bytes;
};

/** How many bytes some arrays have together. */
export const totalLength = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum, part) => sum + part.length, 0);

/** A length of 32 bits. */
export const u32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
};
