// Serving one connection: by a process that has nothing else to do, or beside others.

import { constants } from 'node:os';
import type { FileDescriptor, ReceiveSyncOptions, UnixSocket } from '../../host';
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

/** Why a session was ended, in words; undefined when the client left. */
export const reasonOf = ({ error }: SessionEnd): string | undefined =>
  error === undefined ? undefined : error instanceof Error ? error.message : String(error);

/** How connections are served. */
export interface ServeOptions {
  /** Disconnects a client that asks for nothing for so long. Default: never. */
  idleTimeoutMs?: number;
  watcher?: SessionWatcher;
  /** Ends the session when this is at its end or has something to read; {@link serveBlocking} only. */
  endWith?: UnixSocket;
}

/** How often somebody who waits for a client to read looks whether the supervisor is still there. */
const LOOK_MS = 1000;
const FD_BYTE = Uint8Array.of(0);
/** To be woken costs more than a command does: for so long the next one is looked for awake, while nothing is being drawn. */
const SPIN_MICROSECONDS = 20;
/** While fences are on their way, how long one look for the next request may take. */
const FENCE_LOOK_MS = 1;

/** What a client did not do for too long. */
type Idleness = 'asked for' | 'read';

const idleError = (idleness: Idleness, idleTimeoutMs: number): VirglError =>
  new VirglError('ERR_VIRGL_CLOSED', `the client ${idleness} nothing for ${idleTimeoutMs} ms`);

const serverGone = (): VirglError => new VirglError('ERR_VIRGL_CLOSED', 'the server is gone');

/** EPIPE and ECONNRESET, which say that there is nobody to read what was sent. */
const LEFT_ERRNOS: readonly unknown[] = [constants.errno.EPIPE, constants.errno.ECONNRESET];

/** What a client did that is gone before its time. */
const explainEnd = (error: unknown): unknown =>
  error instanceof VirglError && error.code === 'ERR_VIRGL_SYSTEM' && LEFT_ERRNOS.includes(error.errno)
    ? new VirglError('ERR_VIRGL_CLOSED', 'the client left without reading its replies', { cause: error })
    : error;

const truncated = (missing: number): VirglError =>
  new VirglError(
    'ERR_VIRGL_DECODE',
    `the client ended in the middle of a request, of which ${missing} bytes came`,
  );

const endOf = (session: VtestSession, error?: unknown): SessionEnd => {
  const { clientName, stats, lastCommand } = session;
  return { clientName, stats, lastCommand, error };
};

/** Whether a supervisor is gone, or has said something. */
const isOver = (control: UnixSocket | undefined): boolean =>
  control !== undefined && control.receiveSync(new Uint8Array(1), { waitMs: 0 }) >= 0;

const isTimeout = (error: unknown): error is VirglError & { value: number } =>
  error instanceof VirglError && error.errno === constants.errno.ETIMEDOUT;

/** Sends on the calling thread. */
class BlockingPeer implements SessionPeer {
  readonly #socket: UnixSocket;
  readonly #options: ServeOptions;

  constructor(socket: UnixSocket, options: ServeOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  send(bytes: Uint8Array): void {
    // To wait for the client to read is not to hang.
    this.#options.watcher?.end();
    if (bytes.length > 0) this.#send(bytes, []);
  }

  sendFd(fd: FileDescriptor): void {
    this.#options.watcher?.end();
    this.#send(FD_BYTE, [fd]);
  }

  takeFd(): FileDescriptor | undefined {
    return this.#socket.takeFd();
  }

  #send(bytes: Uint8Array, fds: readonly FileDescriptor[]): void {
    const sentBytes = this.#socket.trySend(bytes, fds[0]);
    if (sentBytes === bytes.length) return;
    // What comes with the first byte has gone with it.
    this.#sendWaiting(bytes.subarray(sentBytes), sentBytes > 0 ? [] : fds);
  }

  #sendWaiting(bytes: Uint8Array, fds: readonly FileDescriptor[]): void {
    const { idleTimeoutMs = Infinity, endWith } = this.#options;
    let left = idleTimeoutMs;
    for (let rest = bytes; ;) {
      const waitMs = Math.min(left, LOOK_MS);
      try {
        // Descriptors go with the only byte there is.
        this.#socket.sendSync(rest, { fds, waitMs });
        return;
      } catch (error) {
        if (!isTimeout(error)) throw error;
        if (isOver(endWith)) throw serverGone();
        left = error.value > 0 ? idleTimeoutMs : left - waitMs;
        if (left <= 0) throw idleError('read', idleTimeoutMs);
        rest = rest.subarray(error.value);
      }
    }
  }
}

/** Ends a connection whose client keeps the server waiting for too long. */
class IdleLimit {
  /** Why it was ended, once it was. */
  error: VirglError | undefined;
  readonly #socket: UnixSocket;
  readonly #timeoutMs: number | undefined;

  constructor(socket: UnixSocket, timeoutMs: number | undefined) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
  }

  /** Waits for the client, and for nothing else: what the host takes is not the client's fault. */
  async during<Result>(idleness: Idleness, waiting: Promise<Result>): Promise<Result> {
    const timeoutMs = this.#timeoutMs;
    if (timeoutMs === undefined) return waiting;
    const timer = setTimeout(() => {
      this.error = idleError(idleness, timeoutMs);
      this.#socket.shutdown('both');
    }, timeoutMs);
    try {
      return await waiting;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Sends without blocking; the session goes on when the client has read enough. */
class WaitingPeer implements SessionPeer {
  readonly #socket: UnixSocket;
  readonly #limit: IdleLimit;

  constructor(socket: UnixSocket, limit: IdleLimit) {
    this.#socket = socket;
    this.#limit = limit;
  }

  send(bytes: Uint8Array): Promise<void> {
    return this.#limit.during('read', this.#socket.send(bytes));
  }

  sendFd(fd: FileDescriptor): Promise<void> {
    return this.#limit.during('read', this.#socket.send(FD_BYTE, { fds: [fd] }));
  }

  takeFd(): FileDescriptor | undefined {
    return this.#socket.takeFd();
  }
}

const NOT_WAITING: ReceiveSyncOptions = Object.freeze({ waitMs: 0 });

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** How {@link receiveBlocking} waits, made once. */
interface Waits {
  idle: ReceiveSyncOptions;
  drawing: ReceiveSyncOptions;
  fences: ReceiveSyncOptions;
}

const waitsOf = ({ idleTimeoutMs: waitMs = -1, endWith }: ServeOptions): Waits => {
  const alsoWake = endWith === undefined ? undefined : Object.freeze([endWith.fd]);
  return {
    idle: Object.freeze({ waitMs, alsoWake, spinMicroseconds: SPIN_MICROSECONDS }),
    // A software driver draws on the very processors that would be kept busy.
    drawing: Object.freeze({ waitMs, alsoWake }),
    fences: Object.freeze({ waitMs: FENCE_LOOK_MS }),
  };
};

/** Why a wait for the client was over. */
const nothingCame = ({ idleTimeoutMs, endWith }: ServeOptions): VirglError =>
  idleTimeoutMs === undefined || isOver(endWith) ? serverGone() : idleError('asked for', idleTimeoutMs);

/** Waits for bytes on this thread; returns 0 at the end. */
const receiveBlocking = async (
  session: VtestSession,
  socket: UnixSocket,
  options: ServeOptions,
  waits: Waits,
): Promise<number> => {
  const into = session.buffer.space();
  if (session.isFenceDue) {
    const length = socket.receiveSync(into, NOT_WAITING);
    if (length >= 0) return length;
    session.fence();
  }
  while (session.awaitsFences) {
    const length = socket.receiveSync(into, waits.fences);
    if (length >= 0) return length;
    if (isOver(options.endWith)) throw serverGone();
    // Fences are reached in turns of the event loop.
    await turnOfTheLoop();
  }
  const length = socket.receiveSync(into, session.isDrawing ? waits.drawing : waits.idle);
  if (length >= 0) return length;
  throw nothingCame(options);
};

/** Lets the pump run what it can; then waits for bytes that are not for it. Returns 0 at the end. */
const receivePumped = async (
  session: VtestSession,
  socket: UnixSocket,
  options: ServeOptions,
  waits: Waits,
): Promise<number> => {
  for (;;) {
    const stop = session.canPump ? await session.pump(options.idleTimeoutMs ?? -1) : 'unhandled';
    if (stop === 'closed') return 0;
    if (stop === 'nothing') throw nothingCame(options);
    if (stop === 'unhandled' && !(await session.handleReceived()))
      return receiveBlocking(session, socket, options, waits);
  }
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
    return endOf(session, explainEnd(error));
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
  const session = new VtestSession(home, new BlockingPeer(socket, options), options.watcher);
  const waits = waitsOf(options);
  const receive = home.pump === undefined ? receiveBlocking : receivePumped;
  return serve(session, () => receive(session, socket, options, waits));
};

/** Serves one client beside others, destroys what it leaves behind. Closes neither socket nor host. Never rejects. */
export const serveShared = async (
  home: SessionHome,
  socket: UnixSocket,
  { idleTimeoutMs, watcher }: ServeOptions = {},
): Promise<SessionEnd> => {
  const limit = new IdleLimit(socket, idleTimeoutMs);
  const session = new VtestSession(home, new WaitingPeer(socket, limit), watcher);
  const receive = (): Promise<number> => {
    session.fence();
    return limit.during('asked for', socket.receive(session.buffer.space()));
  };
  const end = await serve(session, receive);
  await session.close();
  return limit.error === undefined ? end : { ...end, error: limit.error };
};
