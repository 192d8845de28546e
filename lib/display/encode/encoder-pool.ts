// Threads that encode, and the viewers that they encode for. A viewer stays with its thread, which has its zlib streams.

import os from 'node:os';
import { invalidArgument, VirglError } from '../../protocol/error';
import type { Frame, Piece } from '../frame';
import type { EncodedRects, EncoderConfig } from './config';
import { EncoderThread } from './encoder-thread-handle';
import { FrameEncoder } from './frame-encoder';

const MOST_THREADS = 64;
const MOST_BY_DEFAULT = 4;

/** Encodes for one viewer. */
export interface ViewerEncoder {
  /**
   * The pieces of a frame as rectangles. The caller holds the frame until this settles.
   * @throws VirglError `ERR_VIRGL_CRASHED` when the thread has ended, `ERR_VIRGL_CLOSED`
   */
  encode(frame: Frame, pieces: readonly Piece[], config: EncoderConfig): Promise<EncodedRects>;
  close(): void;
}

const onThisThread = (): ViewerEncoder => {
  const encoder = new FrameEncoder();
  return {
    encode: ({ memory }, pieces, config) => encoder.encode(memory, pieces, config),
    close: () => encoder.close(),
  };
};

/** Encodes for all viewers of a display. */
export class EncoderPool {
  readonly #most: number;
  #threads: EncoderThread[] = [];
  #isClosed = false;

  /**
   * @param threads how many may be started, each when there is a viewer for it; 0 encodes where the caller is
   * @throws VirglError `ERR_VIRGL_ARGUMENT`
   */
  constructor(threads?: number) {
    const { availableParallelism } = os;
    this.#most = threads ?? Math.max(1, Math.min(MOST_BY_DEFAULT, availableParallelism() - 1));
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
    const idle = this.#threads.find(({ viewers }) => viewers === 0);
    return (idle ?? this.#another() ?? this.#leastBusy()).open();
  }

  close(): void {
    this.#isClosed = true;
    for (const thread of this.#threads) thread.close();
    this.#threads = [];
  }

  #another(): EncoderThread | undefined {
    if (this.#threads.length >= this.#most) return undefined;
    const thread = new EncoderThread();
    this.#threads.push(thread);
    return thread;
  }

  #leastBusy(): EncoderThread {
    return this.#threads.reduce((least, thread) => (thread.viewers < least.viewers ? thread : least));
  }
}
