// Encodes frames for one viewer, on whatever thread it is.

import type { Piece } from '../frame';
import type { EncodedRects, EncoderConfig, RectEncoding } from './config';
import { viewOf } from './pixel-view';
import { RawEncoder } from './raw';
import type { RectEncoder } from './rect-encoder';
import { TightEncoder } from './tight';
import { ZlibEncoder } from './zlib-encoder';
import { ZrleEncoder } from './zrle';

const ENCODERS: Readonly<Record<RectEncoding, new (config: EncoderConfig) => RectEncoder>> = {
  raw: RawEncoder,
  zlib: ZlibEncoder,
  zrle: ZrleEncoder,
  tight: TightEncoder,
  tightPng: TightEncoder,
};

/** A viewer's encoders: each is made when the viewer first asks for it, and kept, because its zlib streams go on. */
export class FrameEncoder {
  readonly #encoders = new Map<RectEncoding, RectEncoder>();

  /** The pieces as rectangles of a framebuffer update. The pixels must not change before it resolves. */
  async encode(
    memory: SharedArrayBuffer,
    pieces: readonly Piece[],
    config: EncoderConfig,
  ): Promise<EncodedRects> {
    const encoder = this.#encoderFor(config);
    const rects = await Promise.all(pieces.flatMap((piece) => encoder.encode(viewOf(memory, piece))));
    return { count: rects.length, parts: rects.flat() };
  }

  close(): void {
    for (const encoder of this.#encoders.values()) encoder.close();
    this.#encoders.clear();
  }

  #encoderFor(config: EncoderConfig): RectEncoder {
    const known = this.#encoders.get(config.encoding);
    if (known !== undefined) {
      known.configure(config);
      return known;
    }
    const made = new ENCODERS[config.encoding](config);
    this.#encoders.set(config.encoding, made);
    return made;
  }
}
