// Serving one connection: by a process that has nothing else to do, or beside others.

import type { FileDescriptor, UnixSocket } from '../../host';
import { VirglError } from '../../protocol/error';
import type { SessionPeer } from './peer';
import { type SessionWatcher, VtestSession } from './session';
import type { SessionHome, SessionStats } from './state';

/** How a client's session went. */
export interface SessionEnd {
  clientName: string | undefined;
  stats: Readonly<SessionStats>;
  lastCommand: string | undefined;
  /** Why the server ended it; undefined when the client did. */
  error?: unknown;
}

/** How connections are served. */
export interface ServeOptions {
  /** Disconnects a client that asks for nothing for so long. Default: never. */
  idleTimeoutMs?: number;
  watcher?: SessionWatcher;
  /** Ends the session when this is at its end or has something to read; {@link serveBlocking} only. */
  endWith?: UnixSocket;
}

const FD_BYTE = Uint8Array.of(0);
/** To be woken costs more than a command does: for so long the next one is looked for awake, while nothing is being drawn. */
const SPIN_MICROSECONDS = 20;
/** While fences are on their way, how long one look for the next request may take. */
const FENCE_LOOK_MS = 1;

const idleError = (idleTimeoutMs: number): VirglError =>
  new VirglError('ERR_VIRGL_CLOSED', `the client asked for nothing for ${idleTimeoutMs} ms`);

const truncated = (missing: number): VirglError =>
  new VirglError(
    'ERR_VIRGL_DECODE',
    `the client ended in the middle of a request, of which ${missing} bytes came`,
  );

const endOf = (session: VtestSession, error?: unknown): SessionEnd => {
  const { clientName, stats, lastCommand } = session;
  return { clientName, stats, lastCommand, error };
};

/** Sends on the calling thread. */
class BlockingPeer implements SessionPeer {
  readonly #socket: UnixSocket;
  readonly #waitMs: number;
  readonly #watcher: SessionWatcher | undefined;

  constructor(socket: UnixSocket, waitMs: number, watcher: SessionWatcher | undefined) {
    this.#socket = socket;
    this.#waitMs = waitMs;
    this.#watcher = watcher;
  }

  send(bytes: Uint8Array): void {
    // To wait for the client to read is not to hang.
    this.#watcher?.end();
    if (bytes.length > 0) this.#socket.sendSync(bytes, { waitMs: this.#waitMs });
  }

  sendFd(fd: FileDescriptor): void {
    this.#watcher?.end();
    this.#socket.sendSync(FD_BYTE, { fds: [fd], waitMs: this.#waitMs });
  }

  takeFd(): FileDescriptor | undefined {
    return this.#socket.takeFd();
  }
}

/** Sends without blocking; the session goes on when the client has read enough. */
class WaitingPeer implements SessionPeer {
  readonly #socket: UnixSocket;

  constructor(socket: UnixSocket) {
    this.#socket = socket;
  }

  send(bytes: Uint8Array): Promise<void> {
    return this.#socket.send(bytes);
  }

  sendFd(fd: FileDescriptor): Promise<void> {
    return this.#socket.send(FD_BYTE, { fds: [fd] });
  }

  takeFd(): FileDescriptor | undefined {
    return this.#socket.takeFd();
  }
}

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits for bytes on this thread; returns 0 at the end. */
const receiveBlocking = async (
  session: VtestSession,
  socket: UnixSocket,
  { idleTimeoutMs, endWith }: ServeOptions,
): Promise<number> => {
  const into = session.buffer.space();
  const alsoWake = endWith === undefined ? undefined : [endWith.fd];
  while (session.awaitsFences) {
    const length = socket.receiveSync(into, { waitMs: FENCE_LOOK_MS });
    if (length >= 0) return length;
    // Fences are reached in turns of the event loop.
    await turnOfTheLoop();
  }
  const length = socket.receiveSync(into, {
    waitMs: idleTimeoutMs ?? -1,
    // A software driver draws on the very processors that would be kept busy.
    spinMicroseconds: session.isDrawing ? 0 : SPIN_MICROSECONDS,
    alsoWake,
  });
  if (length >= 0) return length;
  throw idleTimeoutMs === undefined
    ? new VirglError('ERR_VIRGL_CLOSED', 'the server is gone')
    : idleError(idleTimeoutMs);
};

const serve = async (session: VtestSession, receive: () => Promise<number>): Promise<SessionEnd> => {
  try {
    for (;;) {
      const length = await receive();
      if (length === 0) break;
      session.received(length);
      await session.handleReceived();
    }
    return endOf(session, session.buffer.length > 0 ? truncated(session.buffer.length) : undefined);
  } catch (error) {
    return endOf(session, error);
  }
};

/**
 * Serves one client on this thread, which does nothing else meanwhile; with an inline host that is the quickest way.
 * Closes neither socket nor host. Never rejects.
 */
export const serveBlocking = (
  home: SessionHome,
  socket: UnixSocket,
  options: ServeOptions = {},
): Promise<SessionEnd> => {
  const { idleTimeoutMs = -1, watcher } = options;
  const session = new VtestSession(home, new BlockingPeer(socket, idleTimeoutMs, watcher), watcher);
  return serve(session, () => receiveBlocking(session, socket, options));
};

/** Serves one client beside others, destroys what it leaves behind. Closes neither socket nor host. Never rejects. */
export const serveShared = async (
  home: SessionHome,
  socket: UnixSocket,
  { idleTimeoutMs, watcher }: ServeOptions = {},
): Promise<SessionEnd> => {
  const session = new VtestSession(home, new WaitingPeer(socket), watcher);
  let idle = false;
  const timer =
    idleTimeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          idle = true;
          socket.shutdown('both');
        }, idleTimeoutMs);
  const end = await serve(session, async () => {
    timer?.refresh();
    return socket.receive(session.buffer.space());
  });
  clearTimeout(timer);
  await session.close();
  return idle ? { ...end, error: idleError(idleTimeoutMs as number) } : end;
};
