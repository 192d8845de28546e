// How long each phase of a program took.

/** Adds up the time of named phases. */
export class PhaseClock {
  readonly #phases = new Map<string, { totalMs: number; count: number }>();

  /** Times one run of a phase. */
  async time<Result>(phase: string, work: () => Promise<Result>): Promise<Result> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      const entry = this.#phases.get(phase) ?? { totalMs: 0, count: 0 };
      this.#phases.set(phase, { totalMs: entry.totalMs + performance.now() - start, count: entry.count + 1 });
    }
  }

  /** Milliseconds spent in a phase. */
  total(phase: string): number {
    return this.#phases.get(phase)?.totalMs ?? 0;
  }

  /** One line per phase. */
  report(): string {
    const line = ([phase, { totalMs, count }]: [string, { totalMs: number; count: number }]): string =>
      `${phase.padEnd(10)} ${totalMs.toFixed(1).padStart(8)} ms${count > 1 ? `, ${(totalMs / count).toFixed(2)} ms each` : ''}`;
    return [...this.#phases].map(line).join('\n');
  }
}
