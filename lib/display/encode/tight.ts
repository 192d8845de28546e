// Tight and TightPNG (rfbproto, "Tight Encoding"): areas of one colour, palettes, JPEG, and pixels through zlib streams or as PNG.

import { encodePng } from '../../image';
import type { Rect } from '../source';
import { type EncoderConfig, RECT_ENCODING_NUMBERS } from './config';
import { type Block, blocksOf } from './content';
import { DeflateStream } from './deflate-stream';
import { encodeJpeg } from './jpeg';
import { Palette } from './palette';
import { PixelPacker } from './pixel-format';
import { type PixelView, tilesOf } from './pixel-view';
import { rectHeader, totalLength } from './rect-bytes';
import type { RectEncoder } from './rect-encoder';
import type { TightLane } from './lanes';
import type { NativeGuard } from './native-gate';
import { packIndices } from './pack-indices';

const FILL = 0x80;
const JPEG = 0x90;
const PNG = 0xa0;
const EXPLICIT_FILTER = 0x40;
const PALETTE_FILTER = 1;
/** Data shorter than that is not deflated. */
const LEAST_DEFLATED = 12;
/** Where photographs may be JPEG, drawings with more colours than that are taken for photographs. */
const MOST_COLOURS_BESIDE_JPEG = 96;
const RGBA_ALPHA = 0xff;

/** The length of what follows: 7, 7 and 8 bits, the lowest first. */
export const compactLength = (length: number): Uint8Array => {
  if (length < 0x80) return Uint8Array.of(length);
  if (length < 0x4000) return Uint8Array.of((length & 0x7f) | 0x80, length >> 7);
  return Uint8Array.of((length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14);
};

const toRgba = ({ pixels, first, stride, width, height }: PixelView): Uint8Array => {
  const rgba = new Uint8Array(width * height * 4);
  let next = 0;
  for (let y = 0; y < height; y++) {
    const row = first + y * stride;
    for (let at = row; at < row + width; at++) {
      const pixel = pixels[at] as number;
      rgba[next] = pixel >> 16;
      rgba[next + 1] = pixel >> 8;
      rgba[next + 2] = pixel;
      rgba[next + 3] = RGBA_ALPHA;
      next += 4;
    }
  }
  return rgba;
};

/** Writes Tight or TightPNG. */
export class TightEncoder implements RectEncoder {
  readonly #streams = new Map<number, DeflateStream>();
  readonly #palette = new Palette();
  readonly #lane: TightLane;
  readonly #guard: NativeGuard;
  readonly #isPng: boolean;
  readonly #number: number;
  #config: EncoderConfig;
  #packer: PixelPacker;
  #lossy: Rect[] = [];

  constructor(config: EncoderConfig, lane: TightLane, guard: NativeGuard) {
    this.#lane = lane;
    this.#guard = guard;
    this.#isPng = config.encoding === 'tightPng';
    this.#number = RECT_ENCODING_NUMBERS[config.encoding];
    this.#config = config;
    this.#packer = new PixelPacker(config.format, 'tight');
  }

  configure(config: EncoderConfig): void {
    this.#config = config;
    this.#packer = new PixelPacker(config.format, 'tight');
  }

  encode(view: PixelView): Promise<Uint8Array[]>[] {
    const most = this.#config.jpeg === undefined ? Palette.MOST : MOST_COLOURS_BESIDE_JPEG;
    return blocksOf(view, this.#palette, most).flatMap((block) => this.#block(block, most));
  }

  takeLossy(): Rect[] {
    const lossy = this.#lossy;
    this.#lossy = [];
    return lossy;
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.close();
  }

  #block({ view, content }: Block, most: number): Promise<Uint8Array[]>[] {
    if (content.kind === 'one') return [this.#fill(view, content.colour)];
    if (content.kind === 'many') return [this.#photograph(view)];
    if (this.#isPng) return [this.#png(view)];
    if (this.#palette.count(view, Palette.MOST)) return [this.#drawing(view)];
    // Each tile of it has few colours, all together have not.
    const { width, height } = view;
    const isWide = width >= height;
    const tiles = tilesOf(view, isWide ? halfOf(width) : width, isWide ? height : halfOf(height));
    return Array.from(tiles).flatMap((tile) => this.#block({ view: tile, content }, most));
  }

  async #fill(view: PixelView, colour: number): Promise<Uint8Array[]> {
    return [rectHeader(view, this.#number), Uint8Array.of(FILL), this.#packer.packColours([colour], 1)];
  }

  async #photograph(view: PixelView): Promise<Uint8Array[]> {
    const { jpeg } = this.#config;
    if (jpeg !== undefined) return this.#jpeg(view, jpeg);
    if (this.#isPng) return this.#png(view);
    const stream = this.#lane.pixels;
    const body = this.#deflate(stream, this.#packer.pack(view));
    return [rectHeader(view, this.#number), Uint8Array.of(stream << 4), ...(await body)];
  }

  #jpeg(view: PixelView, options: NonNullable<EncoderConfig['jpeg']>): Uint8Array[] {
    const { x, y, width, height } = view;
    this.#lossy.push({ x, y, width, height });
    return this.#file(
      view,
      JPEG,
      this.#guard(() => encodeJpeg(view, options)),
    );
  }

  async #png(view: PixelView): Promise<Uint8Array[]> {
    const { width, height } = view;
    return this.#file(view, PNG, encodePng({ width, height, data: toRgba(view) }));
  }

  #file(view: PixelView, control: number, bytes: Uint8Array): Uint8Array[] {
    return [rectHeader(view, this.#number), Uint8Array.of(control), compactLength(bytes.length), bytes];
  }

  /** The palette has counted it. */
  async #drawing(view: PixelView): Promise<Uint8Array[]> {
    const { colours } = this.#palette;
    const count = colours.length;
    const beginning = Uint8Array.of(PALETTE_FILTER, count - 1);
    const packed = this.#packer.packColours(colours, count);
    const indices = this.#palette.indices(view);
    const isBits = count <= 2;
    const stream = isBits ? this.#lane.bits : this.#lane.indices;
    const body = this.#deflate(stream, isBits ? packIndices(indices, view.width, 1) : indices);
    const control = Uint8Array.of((stream << 4) | EXPLICIT_FILTER);
    return [rectHeader(view, this.#number), control, beginning, packed, ...(await body)];
  }

  #stream(number: number, compressLevel: number): DeflateStream {
    const known = this.#streams.get(number);
    if (known !== undefined) return known;
    const made = new DeflateStream(compressLevel);
    this.#streams.set(number, made);
    return made;
  }

  async #deflate(stream: number, bytes: Uint8Array): Promise<Uint8Array[]> {
    if (bytes.length < LEAST_DEFLATED) return [bytes];
    const { compressLevel } = this.#config;
    const deflater = this.#stream(stream, compressLevel);
    const deflated = await deflater.deflate(bytes, compressLevel);
    return [compactLength(totalLength(deflated)), ...deflated];
  }
}

const halfOf = (length: number): number => Math.ceil(length / 2);
