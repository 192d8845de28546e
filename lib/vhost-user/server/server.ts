// A vhost-user-gpu server: renders for QEMUs, each in a session process of its own.

import { UnixListener, UnixSocket } from '../../host';
import { Watchdog, WorkerPool, type WorkerProcess } from '../../vtest/process';
import { acceptNext } from '../../vtest/server/accept';
import { gpuWorker } from '../session/gpu-worker';
import type { GuestScreen } from '../scanout/guest-screen';
import { GuestScreens } from '../scanout/guest-screens';
import type { GpuClientInfo, GpuClientReport, VhostUserGpuEvent } from './events';
import {
  type CheckedGpuServerOptions,
  checkGpuServerOptions,
  type VhostUserGpuServerOptions,
} from './options';

/** Listens on a Unix socket and is the GPU of each QEMU that connects (`-device vhost-user-gpu-pci`). */
export class VhostUserGpuServer implements AsyncDisposable {
  /** Where it listens; undefined when it serves one connection that it was given. */
  readonly path: string | undefined;
  /** Resolves when the server has ended: closed, or all the QEMUs served that it was to serve. */
  readonly ended: Promise<void>;
  readonly #options: CheckedGpuServerOptions;
  readonly #listener: UnixListener | undefined;
  readonly #pool: WorkerPool;
  readonly #watchdog: Watchdog;
  readonly #busy = new Set<WorkerProcess>();
  readonly #screens = new Map<number, GuestScreens>();
  readonly #sessions = new Set<Promise<void>>();
  #clients = 0;
  #closing = false;

  private constructor(
    options: CheckedGpuServerOptions,
    listener: UnixListener | undefined,
    pool: WorkerPool,
  ) {
    const { commandTimeoutMs, maxMemoryBytes } = options;
    this.path = options.path;
    this.#options = options;
    this.#listener = listener;
    this.#pool = pool;
    this.#watchdog = new Watchdog({ commandTimeoutMs, maxMemoryBytes });
    this.ended = this.#run();
  }

  /**
   * Starts to listen. The socket is made with mode 0600; a stale one is replaced.
   * @throws VirglError `ERR_VIRGL_SYSTEM` (`EADDRINUSE`) where a server is listening already; what `NativeHost.open` throws when
   * virglrenderer can't start; `ERR_VIRGL_ARGUMENT`
   */
  static async listen(options: VhostUserGpuServerOptions): Promise<VhostUserGpuServer> {
    const checked = checkGpuServerOptions(options);
    const { path, host, wrapHostModule, spareProcesses } = checked;
    const { virgl, strict, scanouts, size, displayRateHz, dmabuf } = checked;
    const listener = path === undefined ? undefined : UnixListener.listen(path);
    const session = { virgl, strict, scanouts, size, displayRateHz, dmabuf };
    const pool = new WorkerPool(gpuWorker({ host, wrapHostModule, session }), spareProcesses);
    try {
      if (spareProcesses > 0) await pool.ready();
      if (path !== undefined) checked.onEvent({ event: 'listening', path });
      return new VhostUserGpuServer(checked, listener, pool);
    } catch (error) {
      listener?.close();
      await pool.close();
      throw error;
    }
  }

  /** QEMUs that are being served. */
  get clients(): number {
    return this.#sessions.size;
  }

  /** The displays of a guest that is being served, by the number of its client. */
  screens(client: number): readonly GuestScreen[] {
    return this.#screens.get(client)?.screens ?? [];
  }

  /** Ends all sessions, and the server. Safe to call twice. */
  close(): Promise<void> {
    this.#closing = true;
    this.#listener?.close();
    for (const worker of this.#busy) worker.kill('shutdown');
    return this.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #tell(event: VhostUserGpuEvent): void {
    this.#options.onEvent(event);
  }

  async #run(): Promise<void> {
    const { fd, clientsToServe = Infinity } = this.#options;
    if (fd !== undefined) this.#admit(UnixSocket.adopt(fd));
    while (this.#listener !== undefined && !this.#closing && this.#clients < clientsToServe) {
      const socket = await acceptNext(this.#listener);
      if (socket !== undefined) this.#admit(socket);
    }
    this.#listener?.close();
    await Promise.all(this.#sessions);
    await this.#pool.close();
    this.#tell({ event: 'closed', ...(this.path !== undefined && { path: this.path }) });
  }

  #admit(socket: UnixSocket): void {
    const { maxClients = Infinity } = this.#options;
    const info = { client: (this.#clients += 1), pid: socket.peer.pid };
    if (this.#sessions.size >= maxClients) {
      this.#tell({ event: 'refused', ...info, reason: `${maxClients} QEMUs are connected already` });
      socket.close();
      return;
    }
    this.#tell({ event: 'connected', ...info });
    const since = performance.now();
    const session = this.#serve(socket, info).then((report) => {
      this.#sessions.delete(session);
      this.#tell({ event: 'disconnected', ...info, ...report, durationMs: performance.now() - since });
    });
    this.#sessions.add(session);
  }

  /** Serves one QEMU to its end; closes its socket. Never rejects. */
  async #serve(socket: UnixSocket, info: GpuClientInfo): Promise<Omit<GpuClientReport, 'durationMs'>> {
    let worker: WorkerProcess | undefined;
    const screens = new GuestScreens(`guest ${info.client}`, this.#options.scanouts, (display, size) =>
      this.#tell({ event: 'display', ...info, display, ...size }),
    );
    this.#screens.set(info.client, screens);
    try {
      worker = this.#pool.take();
      this.#busy.add(worker);
      await worker.ready;
      using fd = socket.duplicateFd();
      using frames = screens.theirs.duplicateFd();
      worker.serve([fd, frames], info.client, {
        warning: (message) => this.#tell({ event: 'warning', ...info, message }),
        library: (message) => this.#tell({ event: 'library', ...info, message }),
      });
      // Its process has the connections now, so that its end is their end.
      socket.close();
      screens.theirs.close();
      this.#watchdog.watch(worker);
      const { end, commands = 0, lastCommand, reason, signal } = await worker.gone;
      return { commands: end?.commands ?? commands, lastCommand, reason, signal };
    } catch (error) {
      worker?.kill('shutdown');
      return { commands: 0, reason: (error as Error).message };
    } finally {
      socket.close();
      screens.close();
      this.#screens.delete(info.client);
      if (worker !== undefined) this.#busy.delete(worker);
    }
  }
}
