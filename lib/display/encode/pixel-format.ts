// How a viewer wants its pixels (RFC 6143, 7.4), and pixels brought into that form.

import type { PixelView } from './pixel-view';

/** PIXEL_FORMAT of RFC 6143. */
export interface PixelFormat {
  bitsPerPixel: 8 | 16 | 32;
  depth: number;
  isBigEndian: boolean;
  redMax: number;
  greenMax: number;
  blueMax: number;
  redShift: number;
  greenShift: number;
  blueShift: number;
}

/** What pixels of a display are in, and what a viewer gets that asks for nothing else. */
export const BGRX: PixelFormat = {
  bitsPerPixel: 32,
  depth: 24,
  isBigEndian: false,
  redMax: 255,
  greenMax: 255,
  blueMax: 255,
  redShift: 16,
  greenShift: 8,
  blueShift: 0,
};

/** For viewers with a colour map, which is filled to suit. */
export const BGR233: PixelFormat = {
  bitsPerPixel: 8,
  depth: 8,
  isBigEndian: false,
  redMax: 7,
  greenMax: 7,
  blueMax: 3,
  redShift: 0,
  greenShift: 3,
  blueShift: 6,
};

/**
 * How a pixel is written: `pixel` as the viewer asked; `compressed` without the byte that is not used (CPIXEL of ZRLE); `tight` as
 * red, green, blue where all have 8 bits (TPIXEL of Tight).
 */
export type PixelLayout = 'pixel' | 'compressed' | 'tight';

const isTrueColour888 = ({ bitsPerPixel, depth, redMax, greenMax, blueMax }: PixelFormat): boolean =>
  bitsPerPixel === 32 && depth === 24 && redMax === 255 && greenMax === 255 && blueMax === 255;

/** How far a pixel is shifted for each byte that is written, in order. */
const shiftsOf = (format: PixelFormat, layout: PixelLayout): number[] => {
  const { bitsPerPixel, isBigEndian, redShift, greenShift, blueShift } = format;
  if (layout === 'tight' && isTrueColour888(format)) return [redShift, greenShift, blueShift];
  const shifts = Array.from({ length: bitsPerPixel / 8 }, (_, index) => index * 8);
  if (layout === 'compressed' && bitsPerPixel === 32 && format.depth <= 24) {
    const { redMax, greenMax, blueMax } = format;
    const used = redMax * 2 ** redShift + greenMax * 2 ** greenShift + blueMax * 2 ** blueShift;
    if (used < 2 ** 24) shifts.pop();
    else if (used % 256 === 0) shifts.shift();
  }
  return isBigEndian ? shifts.reverse() : shifts;
};

/** What each value of a colour of 8 bits adds to a pixel. */
const tableOf = (max: number, shift: number): Uint32Array =>
  Uint32Array.from({ length: 256 }, (_, value) => Math.round((value * max) / 255) * 2 ** shift);

/** Writes BGRX pixels as a viewer wants them. */
export class PixelPacker {
  readonly bytesPerPixel: number;
  readonly #red: Uint32Array;
  readonly #green: Uint32Array;
  readonly #blue: Uint32Array;
  readonly #shifts: readonly number[];
  /** Nothing to do but copy. */
  readonly #isCopy: boolean;
  /** Red, green, blue, whatever their places in a pixel are. */
  readonly #isRgb: boolean;

  constructor(format: PixelFormat, layout: PixelLayout) {
    this.#red = tableOf(format.redMax, format.redShift);
    this.#green = tableOf(format.greenMax, format.greenShift);
    this.#blue = tableOf(format.blueMax, format.blueShift);
    this.#shifts = shiftsOf(format, layout);
    this.bytesPerPixel = this.#shifts.length;
    const isBgrx = (Object.keys(BGRX) as (keyof PixelFormat)[]).every((key) => format[key] === BGRX[key]);
    this.#isCopy = isBgrx && layout === 'pixel';
    this.#isRgb = layout === 'tight' && isTrueColour888(format);
  }

  /** One pixel, as the viewer's number. */
  value(pixel: number): number {
    const red = this.#red[(pixel >> 16) & 0xff] ?? 0;
    const green = this.#green[(pixel >> 8) & 0xff] ?? 0;
    return (red | green | (this.#blue[pixel & 0xff] ?? 0)) >>> 0;
  }

  /** Writes one pixel; returns where the next goes. */
  put(pixel: number, into: Uint8Array, offset: number): number {
    const value = this.value(pixel);
    for (const shift of this.#shifts) into[offset++] = value >>> shift;
    return offset;
  }

  /** Colours of a palette. */
  packColours(colours: Iterable<number>, count: number): Uint8Array {
    const bytes = new Uint8Array(count * this.bytesPerPixel);
    let offset = 0;
    for (const colour of colours) offset = this.put(colour, bytes, offset);
    return bytes;
  }

  /** All pixels of a view, row by row. */
  pack(view: PixelView): Uint8Array {
    const bytes = new Uint8Array(view.width * view.height * this.bytesPerPixel);
    this.packInto(view, bytes, 0);
    return bytes;
  }

  /** As {@link pack}; returns where the next byte goes. */
  packInto(view: PixelView, into: Uint8Array, offset: number): number {
    if (this.#isCopy) return packCopy(view, into, offset);
    if (this.#isRgb) return packRgb(view, into, offset);
    return this.#packAny(view, into, offset);
  }

  #packAny({ pixels, first, stride, width, height }: PixelView, into: Uint8Array, offset: number): number {
    const count = this.bytesPerPixel;
    const [a = 0, b = 0, c = 0, d = 0] = this.#shifts;
    for (let y = 0; y < height; y++) {
      const row = first + y * stride;
      for (let at = row; at < row + width; at++) {
        const value = this.value(pixels[at] as number);
        into[offset] = value >>> a;
        if (count > 1) into[offset + 1] = value >>> b;
        if (count > 2) into[offset + 2] = value >>> c;
        if (count > 3) into[offset + 3] = value >>> d;
        offset += count;
      }
    }
    return offset;
  }
}

const packCopy = (view: PixelView, into: Uint8Array, offset: number): number => {
  const { pixels, first, stride, width, height } = view;
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset);
  for (let y = 0; y < height; y++) {
    const row = (first + y * stride) * 4;
    into.set(bytes.subarray(row, row + width * 4), offset);
    offset += width * 4;
  }
  return offset;
};

const packRgb = (view: PixelView, into: Uint8Array, offset: number): number => {
  const { pixels, first, stride, width, height } = view;
  for (let y = 0; y < height; y++) {
    const row = first + y * stride;
    for (let at = row; at < row + width; at++) {
      const pixel = pixels[at] as number;
      into[offset] = pixel >> 16;
      into[offset + 1] = pixel >> 8;
      into[offset + 2] = pixel;
      offset += 3;
    }
  }
  return offset;
};
