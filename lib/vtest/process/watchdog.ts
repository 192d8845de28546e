// Bounds on session processes: how long one command may take, and how much memory they may use.

import type { WorkerProcess } from './worker-process';

/** Bounds on one session process. */
export interface WorkerBounds {
  /** Longest that one command may take. */
  commandTimeoutMs: number;
  /** Resident memory, beyond what a session process has before its client comes. */
  maxMemoryBytes: number;
}

interface Watched {
  startBytes: number;
  count: number;
  sinceMs: number;
}

const LOOK_EVERY_MS = 200;

/** Looks at session processes while they serve, and ends those that go too far. */
export class Watchdog {
  readonly #bounds: WorkerBounds;
  readonly #watched = new Map<WorkerProcess, Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(bounds: WorkerBounds) {
    this.#bounds = bounds;
  }

  /** Until it is gone. */
  watch(worker: WorkerProcess): void {
    this.#watched.set(worker, { startBytes: worker.residentBytes(), count: 0, sinceMs: performance.now() });
    this.#timer ??= setInterval(this.#look, LOOK_EVERY_MS);
    void worker.gone.then(() => {
      this.#watched.delete(worker);
      if (this.#watched.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  readonly #look = (): void => {
    const now = performance.now();
    for (const [worker, watched] of this.#watched) {
      const { command, count } = worker.progress;
      if (command === 0 || count !== watched.count) {
        watched.count = count;
        watched.sinceMs = now;
      } else if (now - watched.sinceMs > this.#bounds.commandTimeoutMs) {
        worker.kill('hang');
      }
      if (worker.residentBytes() - watched.startBytes > this.#bounds.maxMemoryBytes) worker.kill('memory');
    }
  };
}
