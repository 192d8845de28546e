// Decoders of a viewer, written against RFC 6143 and rfbproto, not against lib/.

import turbo from '@julusian/jpeg-turbo';
import { PNG } from 'pngjs';
import type { StreamBytes } from './bytes-of';
import type { Canvas } from './canvas';
import { makeInflator, type ViewerInflator } from './inflator';
import type { PixelReader } from './test-format';

/** A rectangle that is being decoded. */
export interface RectInput {
  x: number;
  y: number;
  width: number;
  height: number;
  bytes: StreamBytes;
  canvas: Canvas;
  reader: PixelReader;
}

type Decode = (input: RectInput) => Promise<void>;

/** Reads through inflated bytes. */
class Cursor {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}

  u8(): number {
    return this.bytes[this.at++] as number;
  }

  pixel(reader: PixelReader): number {
    const colour = reader.compressed(this.bytes, this.at);
    this.at += reader.compressedBytes;
    return colour;
  }
}

const rgbaColours = (data: Uint8Array): number[] =>
  Array.from(
    { length: data.length / 4 },
    (_, index) =>
      ((data[index * 4] as number) << 16) |
      ((data[index * 4 + 1] as number) << 8) |
      (data[index * 4 + 2] as number),
  );

/** What was decoded, by kind; so that a test knows that it met them. */
export type Kinds = Map<string, number>;

/** All decoders of one connection. */
export class RectDecoders {
  readonly kinds: Kinds = new Map();
  readonly #zlib = makeInflator();
  readonly #zrle = makeInflator();
  readonly #tight: ViewerInflator[] = Array.from({ length: 4 }, makeInflator);

  readonly byNumber: Readonly<Record<number, Decode>> = {
    0: (input) => this.#raw(input),
    1: async ({ bytes, canvas, x, y, width, height }) =>
      canvas.copy(await bytes.u16(), await bytes.u16(), x, y, width, height),
    6: (input) => this.#zlibRect(input),
    7: (input) => this.#tightRect(input, false),
    16: (input) => this.#zrleRect(input),
    [-260]: (input) => this.#tightRect(input, true),
  };

  #count(kind: string): void {
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
  }

  #pixels({ canvas, reader, x, y, width, height }: RectInput, bytes: Uint8Array): void {
    const colours = Array.from({ length: width * height }, (_, index) =>
      reader.pixel(bytes, index * reader.bytesPerPixel),
    );
    canvas.put(x, y, width, height, colours);
  }

  async #raw(input: RectInput): Promise<void> {
    const { width, height, bytes, reader } = input;
    this.#count('raw');
    this.#pixels(input, await bytes.take(width * height * reader.bytesPerPixel));
  }

  async #zlibRect(input: RectInput): Promise<void> {
    const { width, height, bytes, reader } = input;
    this.#count('zlib');
    this.#zlib.setInput(await bytes.take(await bytes.u32()));
    this.#pixels(input, this.#zlib.inflate(width * height * reader.bytesPerPixel));
    this.#zlib.setInput(null);
  }

  async #zrleRect({ x, y, width, height, bytes, canvas, reader }: RectInput): Promise<void> {
    this.#zrle.setInput(await bytes.take(await bytes.u32()));
    const next = (count: number): Cursor => new Cursor(Uint8Array.from(this.#zrle.inflate(count)));
    for (let top = y; top < y + height; top += 64) {
      for (let left = x; left < x + width; left += 64) {
        const tileWidth = Math.min(64, x + width - left);
        const tileHeight = Math.min(64, y + height - top);
        canvas.put(left, top, tileWidth, tileHeight, this.#zrleTile(next, tileWidth, tileHeight, reader));
      }
    }
    this.#zrle.setInput(null);
  }

  #zrleTile(
    next: (count: number) => Cursor,
    width: number,
    height: number,
    reader: PixelReader,
  ): ArrayLike<number> {
    const kind = next(1).u8();
    const colours = (count: number): number[] => {
      const cursor = next(count * reader.compressedBytes);
      return Array.from({ length: count }, () => cursor.pixel(reader));
    };
    const runLength = (): number => {
      let length = 1;
      for (;;) {
        const byte = next(1).u8();
        length += byte;
        if (byte !== 255) return length;
      }
    };
    const total = width * height;
    if (kind === 0) {
      this.#count('zrle raw');
      return colours(total);
    }
    if (kind === 1) {
      this.#count('zrle solid');
      return new Array<number>(total).fill(colours(1)[0] as number);
    }
    if (kind <= 16) {
      this.#count('zrle packed');
      const palette = colours(kind);
      const bits = kind === 2 ? 1 : kind <= 4 ? 2 : 4;
      return Array.from({ length: height }, () => {
        const row = next(Math.ceil((width * bits) / 8)).bytes;
        return Array.from({ length: width }, (_, column) => {
          const bit = column * bits;
          const index = ((row[bit >> 3] as number) >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
          return palette[index] as number;
        });
      }).flat();
    }
    const out: number[] = [];
    if (kind === 128) {
      this.#count('zrle runs');
      while (out.length < total) {
        const [colour = 0] = colours(1);
        out.push(...new Array<number>(runLength()).fill(colour));
      }
    } else {
      if (kind < 130) throw new Error(`ZRLE has no tile ${kind}`);
      this.#count('zrle palette runs');
      const palette = colours(kind - 128);
      while (out.length < total) {
        const index = next(1).u8();
        const length = index & 0x80 ? runLength() : 1;
        out.push(...new Array<number>(length).fill(palette[index & 0x7f] as number));
      }
    }
    if (out.length !== total) throw new Error('a run goes beyond its tile');
    return out;
  }

  async #tightLength(bytes: StreamBytes): Promise<number> {
    let length = 0;
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = await bytes.u8();
      length |= (shift === 14 ? byte : byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) break;
    }
    return length;
  }

  async #tightRect(input: RectInput, isPng: boolean): Promise<void> {
    const { x, y, width, height, bytes, canvas, reader } = input;
    if (width > 2048) throw new Error(`a rectangle of Tight is ${width} wide`);
    const control = await bytes.u8();
    for (let stream = 0; stream < 4; stream++) if ((control >> stream) & 1) this.#tight[stream]?.reset();
    const kind = control >> 4;
    if (kind === 8) {
      this.#count('tight fill');
      return canvas.fill(x, y, width, height, reader.tight(await bytes.take(reader.tightBytes), 0));
    }
    if (kind === 9) {
      this.#count('tight jpeg');
      const file = await bytes.take(await this.#tightLength(bytes));
      const image = turbo.decompressSync(Buffer.from(file), { format: turbo.FORMAT_RGBA });
      return canvas.put(x, y, width, height, rgbaColours(image.data));
    }
    if (kind === 10 && isPng) {
      this.#count('tight png');
      const file = await bytes.take(await this.#tightLength(bytes));
      return canvas.put(x, y, width, height, rgbaColours(PNG.sync.read(Buffer.from(file)).data));
    }
    if (kind > 7 || isPng) throw new Error(`Tight has no kind ${kind} here`);
    await this.#tightBasic(input, kind);
  }

  async #tightBasic(input: RectInput, kind: number): Promise<void> {
    const { x, y, width, height, bytes, canvas, reader } = input;
    const filter = kind & 4 ? await bytes.u8() : 0;
    const stream = this.#tight[kind & 3] as ViewerInflator;
    const size = reader.tightBytes;
    const palette: number[] = [];
    if (filter === 1) {
      const count = (await bytes.u8()) + 1;
      const colours = await bytes.take(count * size);
      for (let index = 0; index < count; index++) palette.push(reader.tight(colours, index * size));
    } else if (filter !== 0) throw new Error(`Tight has no filter ${filter} here`);
    const isBits = palette.length === 2;
    const rowBytes = isBits ? Math.ceil(width / 8) : width * (palette.length > 0 ? 1 : size);
    const data = await this.#tightData(bytes, stream, rowBytes * height);
    this.#count(palette.length === 0 ? 'tight pixels' : isBits ? 'tight bits' : 'tight indices');
    const colourAt = (column: number, row: number): number => {
      if (palette.length === 0) return reader.tight(data, row * rowBytes + column * size);
      if (!isBits) return palette[data[row * rowBytes + column] as number] as number;
      const byte = data[row * rowBytes + (column >> 3)] as number;
      return palette[(byte >> (7 - (column & 7))) & 1] as number;
    };
    const colours = Array.from({ length: width * height }, (_, index) =>
      colourAt(index % width, Math.floor(index / width)),
    );
    canvas.put(x, y, width, height, colours);
  }

  async #tightData(bytes: StreamBytes, stream: ViewerInflator, length: number): Promise<Uint8Array> {
    if (length < 12) return bytes.take(length);
    stream.setInput(await bytes.take(await this.#tightLength(bytes)));
    const data = Uint8Array.from(stream.inflate(length));
    stream.setInput(null);
    return data;
  }
}
