// When the next frame may be made: never more a second than agreed, and what a frame came late the next ones make up.

/** Spreads frames over time. */
export class Pace {
  readonly #intervalMs: number;
  #next = 0;

  constructor(framesPerSecond: number) {
    this.#intervalMs = 1000 / framesPerSecond;
  }

  /** How long to wait; 0 if a frame may be made now. */
  waitMs(now: number): number {
    return Math.max(0, this.#next - now);
  }

  /** A frame is made now. */
  took(now: number): void {
    this.#next = Math.max(this.#next + this.#intervalMs, now);
  }
}
