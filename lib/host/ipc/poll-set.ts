// Waiting on the calling thread for several descriptors at once; see native/poll_set.h.

import { addon, callNative, type NativePollSet } from '../addon';
import { checkFdNumbers, checkInteger, checkOptions, checkWaitMs } from './check';
import { inSlices } from './waiting';

/** What a {@link PollSet} waits for: numbers of descriptors, which whoever they belong to keeps open. */
export interface PollSetFds {
  /** Eventfds. What they hold is taken by the wait that finds it. */
  bells?: readonly number[];
  /** Those to be read from. */
  readers?: readonly number[];
  /** Those that have to take more. */
  writers?: readonly number[];
}

const NAMES = ['bells', 'readers', 'writers'] as const;
const NOBODY: readonly number[] = [];

/** Descriptors that a thread waits for again and again: a list that is checked and copied once. */
export class PollSet {
  /** 1 for each that was ready when the last wait ended: bells, then readers, then writers. */
  readonly ready: Uint8Array;
  readonly #native: NativePollSet;

  /** @throws VirglError `ERR_VIRGL_ARGUMENT` */
  constructor(fds: PollSetFds) {
    checkOptions('PollSet', fds, NAMES);
    const { bells = NOBODY, readers = NOBODY, writers = NOBODY } = fds;
    checkFdNumbers('PollSet', 'bells', bells);
    checkFdNumbers('PollSet', 'readers', readers);
    checkFdNumbers('PollSet', 'writers', writers);
    this.ready = new Uint8Array(bells.length + readers.length + writers.length);
    this.#native = callNative(() => new (addon().PollSet)(bells, readers, writers));
  }

  /**
   * Blocks the thread until one is ready.
   * @param waitMs -1 (the default) for ever, 0 not at all
   * @param lookMicroseconds how long to look awake before that; to be woken takes longer than many things that are waited for
   * @returns whether one was ready in time
   * @throws VirglError `ERR_VIRGL_SYSTEM` (`EBADF`) for a descriptor that was closed
   */
  wait(waitMs = -1, lookMicroseconds = 0): boolean {
    checkWaitMs('PollSet.wait', waitMs);
    checkInteger('PollSet.wait', 'lookMicroseconds', lookMicroseconds, 0, 1_000_000);
    let look = lookMicroseconds;
    const found = inSlices(waitMs, (sliceMs) => {
      const isReady = callNative(() => this.#native.wait(sliceMs, look, this.ready));
      look = 0;
      return isReady || undefined;
    });
    return found === true;
  }
}
