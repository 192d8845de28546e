// Unix sockets that listen at a path; see native/unix_listener.h.

import path from 'node:path';
import { addon, callNative, type NativeUnixListener } from '../addon';
import { alreadyClosed, checkInteger, checkOptions, checkPath, checkWaitMs } from './check';
import { PendingIo } from './pending-io';
import { type UnixSocket, wrapUnixSocket } from './unix-socket';
import { inSlices } from './waiting';

/** Options of {@link UnixListener.listen}. */
export interface ListenOptions {
  /** Permissions of the socket file: who may connect. Default 0o600, only this user. */
  mode?: number;
  /** How many may wait to be accepted. Default 128. */
  backlog?: number;
}

/** A server's socket. */
export class UnixListener implements Disposable {
  readonly #native: NativeUnixListener;
  readonly #io: PendingIo;

  private constructor(native: NativeUnixListener) {
    this.#native = native;
    this.#io = new PendingIo(native);
  }

  /**
   * Listens at a path for stream connections. A socket file that a server left behind when it ended is replaced.
   * @param where at most 107 bytes
   * @throws VirglError `ERR_VIRGL_SYSTEM`: `EADDRINUSE` when a server is listening there, `EEXIST` when there is something other
   * than a socket
   */
  static listen(where: string, options: ListenOptions = {}): UnixListener {
    const operation = 'UnixListener.listen';
    checkPath(operation, where);
    checkOptions(operation, options, ['mode', 'backlog']);
    const { mode = 0o600, backlog = 128 } = options;
    checkInteger(operation, 'mode', mode, 0, 0o777);
    checkInteger(operation, 'backlog', backlog, 0, 0x7fffffff);
    return new UnixListener(
      callNative(() => new (addon().UnixListener)(where, path.resolve(where), mode, backlog)),
    );
  }

  /**
   * The descriptor's number, for calls that only look at it.
   * @throws VirglError `ERR_VIRGL_CLOSED`
   */
  get fd(): number {
    if (this.closed) throw alreadyClosed('UnixListener.fd');
    return this.#native.number();
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#native.number() < 0;
  }

  /**
   * The next connection. Several may be pending: they get connections in their order.
   * @throws VirglError `ERR_VIRGL_SYSTEM`, for example `EMFILE` when this process has no descriptor left: the connection goes on
   * waiting, and so may you; `ERR_VIRGL_CLOSED` when the listener is closed meanwhile
   */
  async accept(): Promise<UnixSocket> {
    if (this.closed) throw alreadyClosed('UnixListener.accept');
    return this.#io.read((waitMs) => this.#tryAccept(waitMs));
  }

  /**
   * The next connection, blocking the thread.
   * @param waitMs -1 (the default) for ever, 0 not at all
   * @returns undefined when nobody came in time
   * @throws VirglError as {@link accept}
   */
  acceptSync(waitMs = -1): UnixSocket | undefined {
    checkWaitMs('UnixListener.acceptSync', waitMs);
    return inSlices(waitMs, (sliceMs) => this.#tryAccept(sliceMs));
  }

  /**
   * Stops listening and removes the socket file, unless it is another one's by now. Pending promises reject with
   * `ERR_VIRGL_CLOSED`. Harmless when closed.
   */
  close(): void {
    this.#native.close();
    this.#io.rejectAll(alreadyClosed('UnixListener'));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #tryAccept(waitMs: number): UnixSocket | undefined {
    const native = callNative(() => this.#native.accept(waitMs));
    return native === undefined ? undefined : wrapUnixSocket(native);
  }
}
