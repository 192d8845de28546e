// Threads that encode, and the viewers that they encode for. A viewer stays with its threads, which have its zlib streams.

import os from 'node:os';
import { invalidArgument, VirglError } from '../../protocol/error';
import type { EncoderConfig, RectEncoding } from './config';
import { EncoderThread } from './encoder-thread-handle';
import { FrameEncoder } from './frame-encoder';
import { laneOf, MOST_LANES, splitPieces } from './lanes';
import type { ViewerEncoder } from './viewer-encoder';

const MOST_THREADS = 64;
const MOST_BY_DEFAULT = 4;
/** Small updates are all encoded in the first lane. */
const FIRST_LANE_LOAD = 3;
const OTHER_LANE_LOAD = 1;

/** Encodings whose rectangles can be made at the same time: the others have one zlib stream. */
const IS_SPLIT: Readonly<Record<RectEncoding, boolean>> = {
  raw: false,
  zlib: false,
  zrle: false,
  tight: true,
  tightPng: true,
};

const onThisThread = (): ViewerEncoder => {
  const encoder = new FrameEncoder(laneOf(0, 1));
  return {
    encode: ({ memory }, pieces, config) => encoder.encode(memory, pieces, config),
    close: () => encoder.close(),
  };
};

/** Encodes parts of an update at the same time. */
const together = (lanes: readonly ViewerEncoder[]): ViewerEncoder => ({
  encode: async (frame, pieces, config: EncoderConfig) => {
    const parts = splitPieces(pieces, IS_SPLIT[config.encoding] ? lanes.length : 1);
    const encoded = await Promise.all(
      parts.map((part, index) => (lanes[index] as ViewerEncoder).encode(frame, part, config)),
    );
    return {
      count: encoded.reduce((sum, { count }) => sum + count, 0),
      parts: encoded.flatMap((part) => part.parts),
      lossy: encoded.flatMap((part) => part.lossy),
    };
  },
  close: () => lanes.forEach((lane) => lane.close()),
});

/** Encodes for all viewers of a display. */
export class EncoderPool {
  readonly #most: number;
  #threads: EncoderThread[] = [];
  #isClosed = false;

  /**
   * @param threads how many there may be; they are started with the first viewer. 0 encodes where the caller is
   * @throws VirglError `ERR_VIRGL_ARGUMENT`
   */
  constructor(threads?: number) {
    this.#most = threads ?? Math.min(MOST_BY_DEFAULT, os.availableParallelism());
    if (!Number.isInteger(this.#most) || this.#most < 0 || this.#most > MOST_THREADS)
      throw invalidArgument('Display', 'encoderThreads', `an integer from 0 to ${MOST_THREADS}`, threads);
  }

  /**
   * For a new viewer.
   * @throws VirglError `ERR_VIRGL_CLOSED`
   */
  open(): ViewerEncoder {
    if (this.#isClosed) throw new VirglError('ERR_VIRGL_CLOSED', 'encode: the display is closed');
    if (this.#most === 0) return onThisThread();
    this.#threads = this.#threads.filter(({ isRunning }) => isRunning);
    while (this.#threads.length < this.#most) this.#threads.push(new EncoderThread());
    const threads = [...this.#threads].sort((a, b) => a.load - b.load).slice(0, MOST_LANES);
    return together(
      threads.map((thread, index) =>
        thread.open(laneOf(index, threads.length), index === 0 ? FIRST_LANE_LOAD : OTHER_LANE_LOAD),
      ),
    );
  }

  close(): void {
    this.#isClosed = true;
    for (const thread of this.#threads) thread.close();
    this.#threads = [];
  }
}
