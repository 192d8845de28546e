// Zlib (rfbproto, "Zlib Encoding"): pixels through one zlib stream.

import { type EncoderConfig, RECT_ENCODING_NUMBERS } from './config';
import { DeflateStream } from './deflate-stream';
import { PixelPacker } from './pixel-format';
import { type PixelView, tilesOf } from './pixel-view';
import { rectHeader, totalLength, u32 } from './rect-bytes';
import type { RectEncoder } from './rect-encoder';

/** Larger rectangles are split, so that the first is on its way while the next is deflated. */
const MOST_ROWS = 256;

/** Writes Zlib. */
export class ZlibEncoder implements RectEncoder {
  readonly #stream: DeflateStream;
  #packer: PixelPacker;
  #level: number;

  constructor({ format, compressLevel }: EncoderConfig) {
    this.#stream = new DeflateStream(compressLevel);
    this.#packer = new PixelPacker(format, 'pixel');
    this.#level = compressLevel;
  }

  configure({ format, compressLevel }: EncoderConfig): void {
    this.#packer = new PixelPacker(format, 'pixel');
    this.#level = compressLevel;
  }

  encode(view: PixelView): Promise<Uint8Array[]>[] {
    return Array.from(tilesOf(view, view.width, MOST_ROWS), (tile) => this.#encode(tile));
  }

  close(): void {
    this.#stream.close();
  }

  async #encode(view: PixelView): Promise<Uint8Array[]> {
    const deflated = await this.#stream.deflate(this.#packer.pack(view), this.#level);
    return [rectHeader(view, RECT_ENCODING_NUMBERS.zlib), u32(totalLength(deflated)), ...deflated];
  }
}
