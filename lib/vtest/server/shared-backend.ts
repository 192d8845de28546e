// All clients in this process, on one renderer.

import { NativeHost, type RenderHost, type UnixSocket } from '../../host';
import { sessionHome } from '../session/home';
import { reasonOf, serveShared } from '../session/serve';
import { SharedResources } from '../session/shared-resources';
import type { SessionHome } from '../session/state';
import type { SessionNotes, VtestBackend } from './backend';
import type { VtestClientReport } from './events';
import type { CheckedServerOptions } from './options';

/** Serves clients on one renderer: all at once, or one after the other. */
export class SharedBackend implements VtestBackend {
  readonly #home: SessionHome;
  readonly #idleTimeoutMs: number | undefined;
  readonly #oneByOne: boolean;
  readonly #sockets = new Set<UnixSocket>();
  #before: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(host: RenderHost, { limits, idleTimeoutMs, mode }: CheckedServerOptions) {
    this.#home = { ...sessionHome(host, limits, () => undefined), shared: new SharedResources(host) };
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#oneByOne = mode === 'sequential';
  }

  /** @throws VirglError as `NativeHost.open` */
  static async open(options: CheckedServerOptions): Promise<SharedBackend> {
    const host = await NativeHost.open(options.host);
    return new SharedBackend(options.wrapHost?.(host) ?? host, options);
  }

  async serve(socket: UnixSocket, notes: SessionNotes): Promise<Omit<VtestClientReport, 'durationMs'>> {
    this.#sockets.add(socket);
    const home = { ...this.#home, warn: notes.warning };
    const session = (this.#oneByOne ? this.#before : Promise.resolve()).then(() =>
      serveShared(home, socket, { idleTimeoutMs: this.#idleTimeoutMs }),
    );
    this.#before = session;
    const end = await session;
    socket.close();
    this.#sockets.delete(socket);
    return {
      name: end.clientName,
      ...end.stats,
      lastCommand: end.lastCommand,
      reason: this.#closed ? 'the connection was ended with the server' : reasonOf(end),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const socket of this.#sockets) socket.close();
    await this.#home.host.close();
  }
}
