// A vtest server: a drop-in for virgl_test_server.

import fs from 'node:fs';
import { UnixListener, type UnixSocket } from '../../host';
import { acceptNext } from './accept';
import type { VtestBackend } from './backend';
import type { VtestServerEvent } from './events';
import {
  type CheckedServerOptions,
  checkServerOptions,
  DEFAULT_SOCKET_PATH,
  type VtestServerOptions,
} from './options';
import { ProcessBackend } from './process-backend';
import { SharedBackend } from './shared-backend';

/** At the path that everybody knows an empty file is what is left of a mount point for a client; virgl_test_server removes anything. */
const removeMountPoint = (path: string): void => {
  if (path !== DEFAULT_SOCKET_PATH) return;
  const there = fs.lstatSync(path, { throwIfNoEntry: false });
  if (there?.isFile() === true && there.size === 0) fs.rmSync(path, { force: true });
};

/** Listens on a Unix socket and renders for Mesa's virpipe, Venus and other vtest clients. */
export class VtestServer implements AsyncDisposable {
  /** Where it listens. */
  readonly path: string;
  /** Resolves when the server has ended: closed, or all the clients served that it was to serve. */
  readonly ended: Promise<void>;
  readonly #options: CheckedServerOptions;
  readonly #listener: UnixListener;
  readonly #backend: VtestBackend;
  readonly #sessions = new Set<Promise<void>>();
  #clients = 0;
  #closing = false;

  private constructor(options: CheckedServerOptions, listener: UnixListener, backend: VtestBackend) {
    this.path = options.path;
    this.#options = options;
    this.#listener = listener;
    this.#backend = backend;
    this.ended = this.#run();
  }

  /**
   * Starts to listen. The socket is made with mode 0600; a stale one is replaced.
   * @throws VirglError `ERR_VIRGL_SYSTEM` (`EADDRINUSE`) where a server is listening already; what `NativeHost.open` throws when
   * virglrenderer can't start; `ERR_VIRGL_ARGUMENT`
   */
  static async listen(options: VtestServerOptions = {}): Promise<VtestServer> {
    const checked = checkServerOptions(options);
    removeMountPoint(checked.path);
    const listener = UnixListener.listen(checked.path);
    try {
      const backend = await (checked.mode === 'processes' ? ProcessBackend : SharedBackend).open(checked);
      checked.onEvent({ event: 'listening', path: checked.path });
      return new VtestServer(checked, listener, backend);
    } catch (error) {
      listener.close();
      throw error;
    }
  }

  /** Clients that are being served. */
  get clients(): number {
    return this.#sessions.size;
  }

  /** When the clients that are connected now have left. */
  async drain(): Promise<void> {
    await Promise.all(this.#sessions);
  }

  /** Disconnects all clients and ends. Safe to call twice. */
  close(): Promise<void> {
    this.#closing = true;
    this.#listener.close();
    return this.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #tell(event: VtestServerEvent): void {
    this.#options.onEvent(event);
  }

  async #run(): Promise<void> {
    const { clientsToServe = Infinity } = this.#options;
    while (!this.#closing && this.#clients < clientsToServe) {
      const socket = await acceptNext(this.#listener);
      if (socket !== undefined) this.#admit(socket);
    }
    this.#listener.close();
    if (this.#closing) await this.#backend.close();
    await Promise.all(this.#sessions);
    if (!this.#closing) await this.#backend.close();
    this.#tell({ event: 'closed', path: this.path });
  }

  #admit(socket: UnixSocket): void {
    const { maxClients = Infinity } = this.#options;
    const info = { client: (this.#clients += 1), pid: socket.peer.pid };
    if (this.#sessions.size >= maxClients) {
      this.#tell({ event: 'refused', ...info, reason: `${maxClients} clients are connected already` });
      socket.close();
      return;
    }
    this.#tell({ event: 'connected', ...info });
    const since = performance.now();
    const notes = {
      client: info.client,
      warning: (message: string) => this.#tell({ event: 'warning', ...info, message }),
      library: (message: string) => this.#tell({ event: 'library', ...info, message }),
    };
    const session = this.#backend.serve(socket, notes).then((report) => {
      this.#sessions.delete(session);
      this.#tell({ event: 'disconnected', ...info, ...report, durationMs: performance.now() - since });
    });
    this.#sessions.add(session);
  }
}
