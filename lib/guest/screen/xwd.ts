// Screens that Xvfb keeps in a file (-fbdir). Facts: X11/XWDFile.h; all words of the header are big-endian.

import type { Image } from '../../image';

/** Byte offsets of the words of the header that matter. */
const HEADER = {
  headerSize: 0,
  width: 16,
  height: 20,
  bitsPerPixel: 44,
  bytesPerLine: 48,
  colors: 76,
} as const;
const COLOR_BYTES = 12;

/**
 * The picture in a file of Xvfb: 32 bits a pixel, blue first.
 * @throws Error if it is of another kind
 */
export const decodeXwd = (file: Uint8Array): Image => {
  const words = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const read = (field: keyof typeof HEADER): number => words.getUint32(HEADER[field]);
  if (read('bitsPerPixel') !== 32)
    throw new Error(`expected 32 bits a pixel but received ${read('bitsPerPixel')}`);
  const [width, height, stride] = [read('width'), read('height'), read('bytesPerLine')];
  const start = read('headerSize') + read('colors') * COLOR_BYTES;
  const data = new Uint8Array(width * height * 4);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const from = start + row * stride + column * 4;
      const to = (row * width + column) * 4;
      data.set([file[from + 2] ?? 0, file[from + 1] ?? 0, file[from] ?? 0, 255], to);
    }
  }
  return { width, height, data };
};
