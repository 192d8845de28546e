// Our side of the benchmarks that need no renderer.

import type { Contestant } from './contest';

/** What is done, and what comes out of it. */
export interface LocalWork {
  /** Does it so many times. */
  run(iterations: number): void;
  /** The result of the last time, as the peer words it. */
  digest(): string;
}

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Work on this thread. */
export class LocalContestant implements Contestant {
  constructor(private readonly work: LocalWork) {}

  async run(iterations: number): Promise<number> {
    const start = performance.now();
    this.work.run(iterations);
    return (performance.now() - start) * NANOSECONDS_PER_MILLISECOND;
  }

  async picture(): Promise<undefined> {
    return undefined;
  }

  async digest(): Promise<string> {
    return this.work.digest();
  }

  async close(): Promise<void> {}
}
