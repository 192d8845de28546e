// The screen of Xvfb, which it keeps in a file of format XWD (X11/XWDFile.h).

/** Pixels 0xRRGGBB. */
export interface Screen {
  width: number;
  height: number;
  at(x: number, y: number): number;
}

/** Indices of fields of 32 bits in the header. */
const FIELD = { headerBytes: 0, width: 4, height: 5, bitsPerPixel: 11, rowBytes: 12, colours: 19 } as const;
const COLOUR_BYTES = 12;

/** Decodes a screen of 24 bits. */
export const readXwd = (file: Buffer): Screen => {
  const field = (name: keyof typeof FIELD): number => file.readUInt32BE(FIELD[name] * 4);
  if (field('bitsPerPixel') !== 32) throw new Error(`pixels of ${field('bitsPerPixel')} bits`);
  const start = field('headerBytes') + field('colours') * COLOUR_BYTES;
  const rowBytes = field('rowBytes');
  return {
    width: field('width'),
    height: field('height'),
    at: (x, y) => file.readUInt32LE(start + y * rowBytes + x * 4) & 0xffffff,
  };
};
