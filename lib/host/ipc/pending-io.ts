// Promises that wait for a descriptor without blocking the thread. JavaScript itself reads and writes; the addon only tells when.

import { callNative, type NativeWatched } from '../addon';
import { turnIfDue } from './waiting';

/**
 * Does it, or returns undefined when the descriptor is not ready.
 * @param waitMs how long it may block the thread until it is
 */
export type Attempt<Result> = (waitMs: number) => Result | undefined;

interface Pending {
  /** False if it has to go on waiting. */
  settle(waitMs: number): boolean;
  reject(error: unknown): void;
}

/** What waits for one direction, in its order. */
class PendingQueue {
  readonly #entries: Pending[] = [];

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  add<Result>(attempt: Attempt<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const settle = (waitMs: number): boolean => {
        try {
          const result = attempt(waitMs);
          if (result === undefined) return false;
          resolve(result);
        } catch (error) {
          reject(error);
        }
        return true;
      };
      this.#entries.push({ settle, reject });
    });
  }

  /** Settles those that can be, from the first on; false if some have to go on waiting. */
  settle(waitMs: number): boolean {
    while (this.#entries.length > 0) {
      if (!this.#entries[0].settle(waitMs)) return false;
      this.#entries.shift();
    }
    return true;
  }

  rejectAll(error: unknown): void {
    for (const { reject } of this.#entries.splice(0)) reject(error);
  }
}

/** What native watch() waits for. */
const READ = 1;
const WRITE = 2;

/** All that waits for one descriptor. */
export class PendingIo {
  readonly #native: NativeWatched;
  readonly #reads = new PendingQueue();
  readonly #writes = new PendingQueue();

  constructor(native: NativeWatched) {
    this.#native = native;
  }

  get isReading(): boolean {
    return !this.#reads.isEmpty;
  }

  get isWriting(): boolean {
    return !this.#writes.isEmpty;
  }

  /** Reads now, or when everything that waits to read has read and the descriptor is readable. */
  read<Result>(attempt: Attempt<Result>): Promise<Result> {
    return this.#run(this.#reads, attempt);
  }

  /** The same for writing. */
  write<Result>(attempt: Attempt<Result>): Promise<Result> {
    return this.#run(this.#writes, attempt);
  }

  /** Writes what waits to be written, blocking the thread; false if there was no time for all of it. */
  flush(waitMs: number): boolean {
    return this.#writes.settle(waitMs);
  }

  rejectAll(error: unknown): void {
    this.#reads.rejectAll(error);
    this.#writes.rejectAll(error);
  }

  async #run<Result>(queue: PendingQueue, attempt: Attempt<Result>): Promise<Result> {
    if (queue.isEmpty) {
      const result = attempt(0);
      if (result !== undefined) {
        await turnIfDue();
        return result;
      }
    }
    const settled = queue.add(attempt);
    this.#watch();
    return settled;
  }

  #watch(): void {
    const events = (this.isReading ? READ : 0) | (this.isWriting ? WRITE : 0);
    if (events === 0) return;
    try {
      callNative(() => this.#native.watch(events, this.#ready));
    } catch (error) {
      this.rejectAll(error);
    }
  }

  readonly #ready = (): void => {
    this.#reads.settle(0);
    this.#writes.settle(0);
    this.#watch();
  };
}
