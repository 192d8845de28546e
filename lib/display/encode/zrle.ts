// ZRLE (RFC 6143, 7.7.6): tiles of 64x64 pixels, each as a palette, as runs or as it is, through one zlib stream.

import { type EncoderConfig, RECT_ENCODING_NUMBERS } from './config';
import { DeflateStream } from './deflate-stream';
import { packIndices } from './pack-indices';
import { Palette } from './palette';
import { PixelPacker } from './pixel-format';
import { type PixelView, tilesOf } from './pixel-view';
import { rectHeader, totalLength, u32 } from './rect-bytes';
import type { RectEncoder } from './rect-encoder';

const TILE = 64;
/** A rectangle is split after so many rows. A multiple of the tile, so that no more tiles come of it. */
const MOST_ROWS = 256;
const MOST_PACKED = 16;
const MOST_PALETTE = 127;
const RAW = 0;
const SOLID = 1;
const PLAIN_RUNS = 128;
const RGB = 0xffffff;

const bitsFor = (colours: number): number => (colours <= 2 ? 1 : colours <= 4 ? 2 : 4);

/** Bytes that say how long a run is: one for each 255 of its length - 1, and one. */
const runLengthBytes = (length: number): number => Math.floor((length - 1) / 255) + 1;

/** Pixel and length of each run of a tile. */
const runsOf = ({
  pixels,
  first,
  stride,
  width,
  height,
}: PixelView): { colours: number[]; lengths: number[] } => {
  const colours: number[] = [];
  const lengths: number[] = [];
  let last = -1;
  for (let y = 0; y < height; y++) {
    const row = first + y * stride;
    for (let at = row; at < row + width; at++) {
      const colour = (pixels[at] as number) & RGB;
      if (colour === last) lengths[lengths.length - 1] = (lengths.at(-1) as number) + 1;
      else {
        colours.push(colour);
        lengths.push(1);
      }
      last = colour;
    }
  }
  return { colours, lengths };
};

/** Writes ZRLE. */
export class ZrleEncoder implements RectEncoder {
  readonly #stream: DeflateStream;
  readonly #palette = new Palette();
  #packer: PixelPacker;
  #level: number;

  constructor({ format, compressLevel }: EncoderConfig) {
    this.#stream = new DeflateStream(compressLevel);
    this.#packer = new PixelPacker(format, 'compressed');
    this.#level = compressLevel;
  }

  configure({ format, compressLevel }: EncoderConfig): void {
    this.#packer = new PixelPacker(format, 'compressed');
    this.#level = compressLevel;
  }

  encode(view: PixelView): Promise<Uint8Array[]>[] {
    return Array.from(tilesOf(view, view.width, MOST_ROWS), (part) => this.#encode(part));
  }

  close(): void {
    this.#stream.close();
  }

  async #encode(view: PixelView): Promise<Uint8Array[]> {
    const tiles = Array.from(tilesOf(view, TILE, TILE), (tile) => this.#tile(tile));
    const deflated = await this.#stream.deflate(Buffer.concat(tiles.flat()), this.#level);
    return [rectHeader(view, RECT_ENCODING_NUMBERS.zrle), u32(totalLength(deflated)), ...deflated];
  }

  #tile(tile: PixelView): Uint8Array[] {
    const pixelBytes = this.#packer.bytesPerPixel;
    const isPalette = this.#palette.count(tile, MOST_PALETTE);
    const { colours } = this.#palette;
    if (isPalette && colours.length === 1)
      return [Uint8Array.of(SOLID), this.#packer.packColours(colours, 1)];
    const rawBytes = tile.width * tile.height * pixelBytes;
    if (!isPalette) return this.#rawOrRuns(tile, rawBytes);
    const runs = runsOf(tile);
    const paletteBytes = colours.length * pixelBytes;
    const runBytes =
      paletteBytes + runs.lengths.reduce((sum, n) => sum + (n === 1 ? 1 : 1 + runLengthBytes(n)), 0);
    const packedBytes =
      colours.length > MOST_PACKED
        ? Infinity
        : paletteBytes + Math.ceil((tile.width * bitsFor(colours.length)) / 8) * tile.height;
    if (Math.min(runBytes, packedBytes) >= rawBytes) return [Uint8Array.of(RAW), this.#packer.pack(tile)];
    return runBytes < packedBytes ? this.#paletteRuns(runs) : this.#packed(tile);
  }

  #rawOrRuns(tile: PixelView, rawBytes: number): Uint8Array[] {
    const runs = runsOf(tile);
    const runBytes = runs.lengths.reduce((sum, n) => sum + this.#packer.bytesPerPixel + runLengthBytes(n), 0);
    if (runBytes >= rawBytes) return [Uint8Array.of(RAW), this.#packer.pack(tile)];
    const bytes = new Uint8Array(1 + runBytes);
    bytes[0] = PLAIN_RUNS;
    let at = 1;
    runs.colours.forEach((colour, index) => {
      at = this.#packer.put(colour, bytes, at);
      at = putRunLength(runs.lengths[index] as number, bytes, at);
    });
    return [bytes];
  }

  #paletteRuns({ colours, lengths }: { colours: number[]; lengths: number[] }): Uint8Array[] {
    const palette = this.#palette.colours;
    const bytes = new Uint8Array(lengths.reduce((sum, n) => sum + (n === 1 ? 1 : 1 + runLengthBytes(n)), 0));
    let at = 0;
    colours.forEach((colour, index) => {
      const length = lengths[index] as number;
      const isRun = length > 1;
      bytes[at++] = this.#palette.indexOf(colour) | (isRun ? 0x80 : 0);
      if (isRun) at = putRunLength(length, bytes, at);
    });
    return [
      Uint8Array.of(PLAIN_RUNS + palette.length),
      this.#packer.packColours(palette, palette.length),
      bytes,
    ];
  }

  #packed(tile: PixelView): Uint8Array[] {
    const palette = this.#palette.colours;
    const bits = bitsFor(palette.length);
    return [
      Uint8Array.of(palette.length),
      this.#packer.packColours(palette, palette.length),
      packIndices(this.#palette.indices(tile), tile.width, bits),
    ];
  }
}

const putRunLength = (length: number, into: Uint8Array, at: number): number => {
  let rest = length - 1;
  for (; rest >= 255; rest -= 255) into[at++] = 255;
  into[at++] = rest;
  return at;
};
