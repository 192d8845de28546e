// Encodes frames for one viewer, on whatever thread it is.

import type { Piece } from '../frame';
import type { EncodedRects, EncoderConfig, RectEncoding } from './config';
import type { TightLane } from './lanes';
import { type NativeGuard, unguarded } from './native-gate';
import { viewOf } from './pixel-view';
import { RawEncoder } from './raw';
import type { RectEncoder } from './rect-encoder';
import { TightEncoder } from './tight';
import { ZlibEncoder } from './zlib-encoder';
import { ZrleEncoder } from './zrle';

type Make = (config: EncoderConfig, lane: TightLane, guard: NativeGuard) => RectEncoder;

const ENCODERS: Readonly<Record<RectEncoding, Make>> = {
  raw: (config) => new RawEncoder(config),
  zlib: (config) => new ZlibEncoder(config),
  zrle: (config) => new ZrleEncoder(config),
  tight: (config, lane, guard) => new TightEncoder(config, lane, guard),
  tightPng: (config, lane, guard) => new TightEncoder(config, lane, guard),
};

/** A viewer's encoders: each is made when the viewer first asks for it, and kept, because its zlib streams go on. */
export class FrameEncoder {
  readonly #lane: TightLane;
  readonly #guard: NativeGuard;
  readonly #encoders = new Map<RectEncoding, RectEncoder>();

  /**
   * @param lane what of Tight's streams it may use
   * @param guard around calls of foreign native code
   */
  constructor(lane: TightLane, guard: NativeGuard = unguarded) {
    this.#lane = lane;
    this.#guard = guard;
  }

  /** The pieces as rectangles of a framebuffer update. The pixels must not change before it resolves. */
  async encode(
    memory: SharedArrayBuffer,
    pieces: readonly Piece[],
    config: EncoderConfig,
  ): Promise<EncodedRects> {
    const encoder = this.#encoderFor(config);
    const encoding = pieces.flatMap((piece) => encoder.encode(viewOf(memory, piece)));
    const lossy = encoder.takeLossy?.() ?? [];
    const rects = await Promise.all(encoding);
    return { count: rects.length, parts: rects.flat(), lossy };
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
    const made = ENCODERS[config.encoding](config, this.#lane, this.#guard);
    this.#encoders.set(config.encoding, made);
    return made;
  }
}
