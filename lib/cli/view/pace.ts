// Frames at even distances, or later where they take longer.

import { setTimeout as sleep } from 'node:timers/promises';

const MS_PER_S = 1000;

/** A clock that waits for the next frame. */
export class Pace {
  readonly #intervalMs: number;
  #nextAt = performance.now();
  #lastAt = performance.now();

  constructor(framesPerSecond: number) {
    this.#intervalMs = MS_PER_S / framesPerSecond;
  }

  /** Waits until it is time. @returns seconds since the last time */
  async next(): Promise<number> {
    this.#nextAt = Math.max(this.#nextAt + this.#intervalMs, performance.now());
    const waitMs = this.#nextAt - performance.now();
    await sleep(Math.max(0, waitMs));
    const now = performance.now();
    const seconds = (now - this.#lastAt) / MS_PER_S;
    this.#lastAt = now;
    return seconds;
  }
}
