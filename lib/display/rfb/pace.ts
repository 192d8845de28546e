// When the next frame may be made: never more a second than agreed, and what a frame came late the next ones make up. Where the
// processors are needed by others, frames are further apart, unless somebody types or points.

/** For so long after that: what it does is seen at once. */
const TOUCHED_MS = 500;

/** Spreads frames over time. */
export class Pace {
  readonly #intervalMs: number;
  readonly #thriftMs: () => number;
  #next = 0;
  #last = -Infinity;
  #touchedUntil = -Infinity;

  /** @param thriftMs from one frame to the next, at least, while nobody types */
  constructor(framesPerSecond: number, thriftMs: () => number = () => 0) {
    this.#intervalMs = 1000 / framesPerSecond;
    this.#thriftMs = thriftMs;
  }

  /** How long to wait; 0 if a frame may be made now. */
  waitMs(now: number): number {
    return Math.max(0, this.#next - now, this.#last + this.restMs(now) - now);
  }

  /** How far frames are apart because others need the processors. */
  restMs(now: number): number {
    return now < this.#touchedUntil ? 0 : this.#thriftMs();
  }

  /** A frame is made now. */
  took(now: number): void {
    this.#next = Math.max(this.#next + this.#intervalMs, now);
    this.#last = now;
  }

  /** Somebody has typed or pointed. */
  touched(now: number): void {
    this.#touchedUntil = now + TOUCHED_MS;
  }
}
