// Encodes frames for one viewer, on whatever thread it is.

import type { Piece } from '../frame';
import type { EncodedRects, EncoderConfig, RectEncoding } from './config';
import type { TightLane } from './lanes';
import { viewOf } from './pixel-view';
import { RawEncoder } from './raw';
import type { RectEncoder } from './rect-encoder';
import { TightEncoder } from './tight';
import { ZlibEncoder } from './zlib-encoder';
import { ZrleEncoder } from './zrle';

type Make = (config: EncoderConfig, lane: TightLane) => RectEncoder;

const ENCODERS: Readonly<Record<RectEncoding, Make>> = {
  raw: (config) => new RawEncoder(config),
  zlib: (config) => new ZlibEncoder(config),
  zrle: (config) => new ZrleEncoder(config),
  tight: (config, lane) => new TightEncoder(config, lane),
  tightPng: (config, lane) => new TightEncoder(config, lane),
};

/** A viewer's encoders: each is made when the viewer first asks for it, and kept, because its zlib streams go on. */
export class FrameEncoder {
  readonly #lane: TightLane;
  readonly #encoders = new Map<RectEncoding, RectEncoder>();

  /** @param lane what of Tight's streams it may use */
  constructor(lane: TightLane) {
    this.#lane = lane;
  }

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
    const made = ENCODERS[config.encoding](config, this.#lane);
    this.#encoders.set(config.encoding, made);
    return made;
  }
}
