// Pixel formats as a viewer understands them: written against RFC 6143, not against lib/.

/** PIXEL_FORMAT. */
export interface TestFormat {
  bits: 8 | 16 | 32;
  depth: number;
  isBig: boolean;
  max: readonly [number, number, number];
  shift: readonly [number, number, number];
  /** True colour, unless there is a colour map. */
  isMapped?: boolean;
}

const F888 = [255, 255, 255] as const;

/** Formats that viewers ask for. */
export const FORMATS: Readonly<Record<string, TestFormat>> = {
  bgrx: { bits: 32, depth: 24, isBig: false, max: F888, shift: [16, 8, 0] },
  rgbx: { bits: 32, depth: 24, isBig: false, max: F888, shift: [0, 8, 16] },
  xrgbBig: { bits: 32, depth: 24, isBig: true, max: F888, shift: [16, 8, 0] },
  xbgrHigh: { bits: 32, depth: 24, isBig: false, max: F888, shift: [24, 16, 8] },
  xbgrHighBig: { bits: 32, depth: 24, isBig: true, max: F888, shift: [24, 16, 8] },
  deep: { bits: 32, depth: 30, isBig: false, max: [1023, 1023, 1023], shift: [20, 10, 0] },
  rgb565: { bits: 16, depth: 16, isBig: false, max: [31, 63, 31], shift: [11, 5, 0] },
  rgb565Big: { bits: 16, depth: 16, isBig: true, max: [31, 63, 31], shift: [11, 5, 0] },
  rgb555: { bits: 16, depth: 15, isBig: false, max: [31, 31, 31], shift: [10, 5, 0] },
  rgb332: { bits: 8, depth: 8, isBig: false, max: [7, 7, 3], shift: [5, 2, 0] },
  bgr233: { bits: 8, depth: 8, isBig: false, max: [7, 7, 3], shift: [0, 3, 6] },
  rgb222: { bits: 8, depth: 6, isBig: false, max: [3, 3, 3], shift: [4, 2, 0] },
  mapped: { bits: 8, depth: 8, isBig: false, max: [0, 0, 0], shift: [0, 0, 0], isMapped: true },
};

/** PIXEL_FORMAT's 16 bytes. */
export const formatBytes = ({ bits, depth, isBig, max, shift, isMapped = false }: TestFormat): Buffer => {
  const bytes = Buffer.alloc(16);
  bytes.set([bits, depth, isBig ? 1 : 0, isMapped ? 0 : 1]);
  max.forEach((value, index) => bytes.writeUInt16BE(value, 4 + index * 2));
  bytes.set(shift, 10);
  return bytes;
};

/** Reads pixels of a format from bytes. */
export class PixelReader {
  readonly bytesPerPixel: number;
  /** Bytes of CPIXEL and TPIXEL. */
  readonly compressedBytes: number;
  readonly tightBytes: number;
  readonly #format: TestFormat;
  readonly #map: readonly number[];

  constructor(format: TestFormat, map: readonly number[] = []) {
    this.#format = format;
    this.#map = map;
    this.bytesPerPixel = format.bits / 8;
    const is888 = format.max.every((max) => max === 255);
    const isShort = format.bits === 32 && format.depth <= 24 && is888;
    this.compressedBytes = isShort ? 3 : this.bytesPerPixel;
    this.tightBytes = format.bits === 32 && format.depth === 24 && is888 ? 3 : this.bytesPerPixel;
  }

  /** 0xRRGGBB of a pixel as it is. */
  pixel(bytes: Uint8Array, at: number): number {
    return this.#colour(this.#number(bytes, at, this.bytesPerPixel));
  }

  /** Of a CPIXEL. */
  compressed(bytes: Uint8Array, at: number): number {
    if (this.compressedBytes === this.bytesPerPixel) return this.pixel(bytes, at);
    const isHigh = Math.min(...this.#format.shift) >= 8;
    return this.#colour(this.#number(bytes, at, 3) * (isHigh ? 256 : 1));
  }

  /** Of a TPIXEL. */
  tight(bytes: Uint8Array, at: number): number {
    if (this.tightBytes === this.bytesPerPixel) return this.pixel(bytes, at);
    return ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
  }

  /** What a colour of the display looks like in this format. */
  seen(colour: number): number {
    const { max, isMapped = false } = this.#format;
    const maxima = isMapped ? [7, 7, 3] : max;
    const part = (index: number): number => {
      const value = (colour >> (16 - index * 8)) & 0xff;
      const most = maxima[index] as number;
      return Math.round((Math.round((value * most) / 255) * 255) / most);
    };
    return (part(0) << 16) | (part(1) << 8) | part(2);
  }

  #number(bytes: Uint8Array, at: number, count: number): number {
    let number = 0;
    for (let index = 0; index < count; index++)
      number = number * 256 + (bytes[at + (this.#format.isBig ? index : count - 1 - index)] as number);
    return number;
  }

  #colour(number: number): number {
    const { max, shift, isMapped = false } = this.#format;
    if (isMapped) return this.#map[number] as number;
    const part = (index: number): number => {
      const most = max[index] as number;
      return Math.round(((Math.floor(number / 2 ** (shift[index] as number)) & most) * 255) / most);
    };
    return (part(0) << 16) | (part(1) << 8) | part(2);
  }
}
