// A part of a picture as it was at one moment, shared by all viewers that want it and by the threads that encode it.

import type { Rect } from './source';

/** Where the pixels of a rectangle are: BGRX rows. */
export interface Piece {
  rect: Rect;
  offsetBytes: number;
  strideBytes: number;
}

const BYTES_PER_PIXEL = 4;
/** Buffers are made in steps of this size, so that they can be used again. */
const STEP_BYTES = 1024 * 1024;
const MOST_SPARE = 4;

/** Memory for frames, used again and again. */
export class FramePool {
  readonly #spare: SharedArrayBuffer[] = [];

  /** A frame with room for these rectangles; its pixels are whatever was there before. */
  take(rects: readonly Rect[]): Frame {
    let lengthBytes = 0;
    const pieces = rects.map((rect): Piece => {
      const strideBytes = rect.width * BYTES_PER_PIXEL;
      const piece = { rect, offsetBytes: lengthBytes, strideBytes };
      lengthBytes += strideBytes * rect.height;
      return piece;
    });
    return new Frame(this.#buffer(lengthBytes), pieces, (memory) => this.#giveBack(memory));
  }

  #buffer(lengthBytes: number): SharedArrayBuffer {
    const fit = this.#spare
      .filter((memory) => memory.byteLength >= lengthBytes)
      .sort((a, b) => a.byteLength - b.byteLength)[0];
    if (fit === undefined)
      return new SharedArrayBuffer(Math.max(1, Math.ceil(lengthBytes / STEP_BYTES)) * STEP_BYTES);
    this.#spare.splice(this.#spare.indexOf(fit), 1);
    return fit;
  }

  #giveBack(memory: SharedArrayBuffer): void {
    this.#spare.push(memory);
    if (this.#spare.length <= MOST_SPARE) return;
    // The smallest serves the fewest frames.
    this.#spare.sort((a, b) => b.byteLength - a.byteLength).pop();
  }
}

/** Pixels of one moment. Whoever holds it calls {@link release} once; then its memory is used for another. */
export class Frame {
  readonly memory: SharedArrayBuffer;
  readonly pieces: readonly Piece[];
  readonly #giveBack: (memory: SharedArrayBuffer) => void;
  #holders = 1;

  constructor(
    memory: SharedArrayBuffer,
    pieces: readonly Piece[],
    giveBack: (memory: SharedArrayBuffer) => void,
  ) {
    this.memory = memory;
    this.pieces = pieces;
    this.#giveBack = giveBack;
  }

  /** The pixels of a piece. */
  bytes({ offsetBytes, strideBytes, rect }: Piece): Uint8Array {
    return new Uint8Array(this.memory, offsetBytes, strideBytes * rect.height);
  }

  /** Another holder. */
  hold(): this {
    this.#holders += 1;
    return this;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#giveBack(this.memory);
  }
}
