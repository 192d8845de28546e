// What a viewer can do: the numbers of SetEncodings (RFC 6143, 7.7 and 7.8; rfbproto).

import { type EncoderConfig, RECT_ENCODING_NUMBERS, type RectEncoding } from '../encode/config';
import { canWriteJpeg } from '../encode/jpeg';
import type { PixelFormat } from '../encode/pixel-format';

/** Numbers of what is not an encoding of pixels. */
export const PSEUDO = {
  copyRect: 1,
  desktopSize: -223,
  lastRect: -224,
  cursor: -239,
  qemuExtendedKeyEvent: -258,
  desktopName: -307,
  extendedDesktopSize: -308,
  fence: -312,
  continuousUpdates: -313,
  cursorWithAlpha: -314,
  extendedMouseButtons: -316,
  vmwareCursor: 0x574d5664,
  extendedClipboard: 0xc0a1e5ce | 0,
} as const;

/** The name of a pseudo-encoding. */
export type PseudoEncoding = keyof typeof PSEUDO;

const NAMES = new Map<number, string>([
  ...Object.entries(RECT_ENCODING_NUMBERS).map(([name, number]) => [number, name] as const),
  ...Object.entries(PSEUDO).map(([name, number]) => [number, name] as const),
]);

/** In their order, where a viewer has no wish of its own. */
const RECT_ENCODINGS = Object.keys(RECT_ENCODING_NUMBERS) as RectEncoding[];

/** Qualities 0 to 9 of Tight, as TigerVNC and TurboVNC understand them. */
const JPEG_LEVELS = [
  { quality: 15, subsampling: '4:2:0' },
  { quality: 29, subsampling: '4:2:0' },
  { quality: 41, subsampling: '4:2:0' },
  { quality: 42, subsampling: '4:2:2' },
  { quality: 62, subsampling: '4:2:2' },
  { quality: 77, subsampling: '4:2:2' },
  { quality: 79, subsampling: '4:4:4' },
  { quality: 86, subsampling: '4:4:4' },
  { quality: 92, subsampling: '4:4:4' },
  { quality: 100, subsampling: '4:4:4' },
] as const;

const LEVEL_0 = { compress: -256, quality: -32 } as const;
const LEVELS = 10;
/** Qualities 0 to 100. */
const FINE_QUALITY_0 = -512;
const FINE_QUALITIES = 101;
/** Numbers of subsamplings, from -768 on; what TurboVNC calls 8X and 16X is as good as 4X to us. */
const SUBSAMPLING_0 = -768;
const SUBSAMPLINGS = ['4:4:4', '4:2:0', '4:2:2', 'grey', '4:2:0', '4:2:0'] as const;
const DEFAULT_COMPRESS_LEVEL = 1;
/** Pixels of 8 bits and JPEG don't go together. */
const LEAST_JPEG_BITS = 16;

const indexIn = (numbers: readonly number[], first: number, count: number): number | undefined => {
  const found = numbers.find((number) => number >= first && number < first + count);
  return found === undefined ? undefined : found - first;
};

/** What a viewer has said that it can do. */
export class ViewerEncodings {
  readonly #numbers: readonly number[];

  constructor(numbers: readonly number[] = []) {
    this.#numbers = numbers;
  }

  has(name: PseudoEncoding): boolean {
    return this.#numbers.includes(PSEUDO[name]);
  }

  /** Those that we know, by name, in the viewer's order. */
  get names(): string[] {
    return this.#numbers.flatMap((number) => NAMES.get(number) ?? []);
  }

  /** How pictures go to this viewer. */
  configFor(format: PixelFormat): EncoderConfig {
    const encoding = this.#rectEncoding();
    return {
      format,
      encoding,
      compressLevel: indexIn(this.#numbers, LEVEL_0.compress, LEVELS) ?? DEFAULT_COMPRESS_LEVEL,
      jpeg: encoding.startsWith('tight') && format.bitsPerPixel >= LEAST_JPEG_BITS ? this.#jpeg() : undefined,
    };
  }

  /** The first that it named; without compression only if there is no other. */
  #rectEncoding(): RectEncoding {
    const named = this.#numbers.flatMap(
      (number) => RECT_ENCODINGS.find((name) => RECT_ENCODING_NUMBERS[name] === number) ?? [],
    );
    return named.find((name) => name !== 'raw') ?? 'raw';
  }

  #jpeg(): EncoderConfig['jpeg'] {
    if (!canWriteJpeg()) return undefined;
    const level = indexIn(this.#numbers, LEVEL_0.quality, LEVELS);
    const fine = indexIn(this.#numbers, FINE_QUALITY_0, FINE_QUALITIES);
    if (level === undefined && fine === undefined) return undefined;
    const { quality, subsampling } = JPEG_LEVELS[level ?? LEVELS - 1] as (typeof JPEG_LEVELS)[number];
    const wanted = indexIn(this.#numbers, SUBSAMPLING_0, SUBSAMPLINGS.length);
    return {
      quality: Math.max(1, fine ?? quality),
      subsampling: wanted === undefined ? subsampling : (SUBSAMPLINGS[wanted] ?? subsampling),
    };
  }
}
