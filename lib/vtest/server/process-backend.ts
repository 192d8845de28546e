// A process for each client, so that what one does to its virglrenderer is nobody else's trouble.

import type { UnixSocket } from '../../host';
import { vtestWorker } from '../process/vtest-worker';
import { Watchdog } from '../process/watchdog';
import { WorkerPool } from '../process/worker-pool';
import type { WorkerProcess } from '../process/worker-process';
import type { SessionNotes, VtestBackend } from './backend';
import type { VtestClientReport } from './events';
import type { CheckedServerOptions } from './options';

const NOTHING = { commands: 0, submits: 0, receivedBytes: 0 };

/** Serves each client in a process of its own. */
export class ProcessBackend implements VtestBackend {
  readonly #pool: WorkerPool;
  readonly #watchdog: Watchdog;
  readonly #busy = new Set<WorkerProcess>();
  #closed = false;

  private constructor({
    host,
    limits,
    idleTimeoutMs,
    commandTimeoutMs,
    spareProcesses,
    wrapHostModule,
  }: CheckedServerOptions) {
    const worker = vtestWorker({ host, wrapHostModule, session: { limits, idleTimeoutMs } });
    this.#pool = new WorkerPool(worker, spareProcesses);
    this.#watchdog = new Watchdog({ commandTimeoutMs, maxMemoryBytes: limits.maxMemoryBytes });
  }

  /** @throws VirglError when no session process can start */
  static async open(options: CheckedServerOptions): Promise<ProcessBackend> {
    const backend = new ProcessBackend(options);
    try {
      if (options.spareProcesses > 0) await backend.#pool.ready();
    } catch (error) {
      await backend.close();
      throw error;
    }
    return backend;
  }

  async serve(socket: UnixSocket, notes: SessionNotes): Promise<Omit<VtestClientReport, 'durationMs'>> {
    try {
      const worker = this.#pool.take();
      this.#busy.add(worker);
      return await this.#serveBy(worker, socket, notes).finally(() => this.#busy.delete(worker));
    } catch (error) {
      return { ...NOTHING, reason: (error as Error).message };
    } finally {
      socket.close();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const busy = [...this.#busy];
    for (const worker of busy) worker.kill('shutdown');
    await Promise.all([...busy.map(({ gone }) => gone), this.#pool.close()]);
  }

  async #serveBy(
    worker: WorkerProcess,
    socket: UnixSocket,
    notes: SessionNotes,
  ): Promise<Omit<VtestClientReport, 'durationMs'>> {
    try {
      await worker.ready;
      using fd = socket.duplicateFd();
      worker.serve([fd], notes.client, notes);
    } catch (error) {
      worker.kill('shutdown');
      const { reason } = await worker.gone;
      if (this.#closed) return { ...NOTHING, reason };
      throw error;
    }
    // Its process has the connection now, so that its end is the connection's end.
    socket.close();
    this.#watchdog.watch(worker);
    const { end, ...how } = await worker.gone;
    return { ...NOTHING, ...end, ...how };
  }
}
