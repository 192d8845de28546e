// Session processes started ahead of their clients, because to start one takes longer than a client should wait.

import { type WorkerOptions, WorkerProcess } from './worker-process';

/** Session processes that wait for clients. */
export class WorkerPool {
  readonly #options: WorkerOptions;
  readonly #size: number;
  #spares: WorkerProcess[] = [];
  #closed = false;

  /** @param size processes to have ready */
  constructor(options: WorkerOptions, size: number) {
    this.#options = options;
    this.#size = size;
    this.#fill();
  }

  /** When the oldest spare can serve. @throws VirglError when it can't start */
  async ready(): Promise<void> {
    await (this.#spares[0] ?? this.#start()).ready;
  }

  /** A process that can serve, now or when it is ready; another is started in its place. @throws VirglError */
  take(): WorkerProcess {
    // Of one that has just died nobody may have heard yet.
    const worker = this.#spares.find((spare) => spare.residentBytes() > 0) ?? this.#start();
    this.#spares = this.#spares.filter((spare) => spare !== worker);
    try {
      this.#fill();
    } catch {
      // No process or descriptor is left for a spare; that is no trouble of this client.
    }
    return worker;
  }

  /** Ends the spares. */
  async close(): Promise<void> {
    this.#closed = true;
    const spares = this.#spares;
    this.#spares = [];
    for (const worker of spares) worker.kill('shutdown');
    await Promise.all(spares.map(({ gone }) => gone));
  }

  #start(): WorkerProcess {
    return new WorkerProcess(this.#options);
  }

  #fill(): void {
    if (this.#closed) return;
    while (this.#spares.length < this.#size) {
      const worker = this.#start();
      this.#spares.push(worker);
      // A spare that dies is not replaced before somebody asks: if none can start, that would never end.
      void worker.gone.then(() => (this.#spares = this.#spares.filter((spare) => spare !== worker)));
    }
  }
}
