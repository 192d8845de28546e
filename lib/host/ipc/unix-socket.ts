// Unix sockets that carry bytes and file descriptors; see native/unix_socket.h.

import { constants } from 'node:os';
import { invalidArgument, VirglError } from '../../protocol/error';
import { addon, callNative, type NativeUnixSocket } from '../addon';
import { FileDescriptor, nativeFileDescriptor, wrapFileDescriptor } from '../file-descriptor';
import {
  alreadyClosed,
  checkBytes,
  checkFd,
  checkFdNumbers,
  checkFds,
  checkInteger,
  checkInto,
  checkOptions,
  checkPath,
  checkWaitMs,
} from './check';
import { Outgoing } from './outgoing';
import { PendingIo } from './pending-io';
import { inSlices, turnIfDue } from './waiting';

/** Options of {@link UnixSocket.receiveSync}. */
export interface ReceiveSyncOptions {
  /** How long to block the thread: -1 (the default) for ever, 0 not at all. */
  waitMs?: number;
  /** Descriptors that end the wait when they become readable, for example {@link EventFd.fd}. */
  alsoWake?: readonly number[];
  /** How long to look for bytes awake before the thread sleeps; to be woken takes longer than a short answer. Default 0. */
  spinMicroseconds?: number;
}

/** Options of {@link UnixSocket.send}. */
export interface SendOptions {
  /** At most 253 descriptors that go with the first byte. The peer gets duplicates; yours stay open and yours. */
  fds?: readonly FileDescriptor[];
}

/** Options of {@link UnixSocket.sendSync}. */
export interface SendSyncOptions extends SendOptions {
  /** How long the whole call may block the thread while the peer doesn't read: -1 (the default) for ever. */
  waitMs?: number;
}

/** Who is at the other end (`SO_PEERCRED`): the process that connected, listened or made the pair. */
export interface PeerCredentials {
  pid: number;
  uid: number;
  gid: number;
}

/** What native receive() returns beside lengths. */
const NOTHING = -1;
const WOKEN = -2;

const timedOut = (operation: string, what: string, value?: number): VirglError =>
  new VirglError('ERR_VIRGL_SYSTEM', `${operation}: ${what}`, {
    operation,
    value,
    errno: constants.errno.ETIMEDOUT,
  });

const RECEIVE_OPTIONS = ['waitMs', 'alsoWake', 'spinMicroseconds'] as const;

/** Options that can't have changed since they were checked: a loop that receives uses the same again and again. */
const checkedOptions = new WeakSet<ReceiveSyncOptions>();
const isChecked = (options: ReceiveSyncOptions): boolean => checkedOptions.has(options);

const SHUTDOWNS = { read: 0, write: 1, both: 2 } as const;

let nativeOf: (socket: UnixSocket) => NativeUnixSocket;

/**
 * A connected Unix socket, of a stream or of messages (`SOCK_SEQPACKET`). Both are read and written either on the calling thread
 * (`receiveSync`, `sendSync`) or without blocking it (`receive`, `send`). File descriptors travel beside the bytes.
 */
export class UnixSocket implements Disposable {
  readonly #native: NativeUnixSocket;
  readonly #io: PendingIo;

  static {
    nativeOf = (socket) => socket.#native;
  }

  private constructor(native: NativeUnixSocket) {
    this.#native = native;
    this.#io = new PendingIo(native);
  }

  /**
   * Connects to a server's stream socket. Where its queue is full, this waits for a place.
   * @param options `waitMs`: how long to wait for it, -1 (the default) for ever
   * @throws VirglError `ERR_VIRGL_SYSTEM` (`ENOENT`: no such path, `ECONNREFUSED`: nobody listens there, `ETIMEDOUT`)
   */
  static connect(path: string, options: { waitMs?: number } = {}): UnixSocket {
    const operation = 'UnixSocket.connect';
    checkPath(operation, path);
    checkOptions(operation, options, ['waitMs']);
    const { waitMs = -1 } = options;
    checkWaitMs(operation, waitMs);
    const native = inSlices(waitMs, (sliceMs) => callNative(() => addon().UnixSocket.connect(path, sliceMs)));
    if (native === undefined) throw timedOut(operation, `${path} accepted nobody within ${waitMs} ms`);
    return new UnixSocket(native);
  }

  /** Two sockets that are connected to each other, to give one of them to another process. */
  static pair(type: 'stream' | 'seqpacket'): [UnixSocket, UnixSocket] {
    if (type !== 'stream' && type !== 'seqpacket')
      throw invalidArgument('UnixSocket.pair', 'type', "'stream' or 'seqpacket'", type);
    const [first, second] = callNative(() => addon().UnixSocket.pair(type === 'seqpacket'));
    return [new UnixSocket(first), new UnixSocket(second)];
  }

  /**
   * Takes over a socket from elsewhere; `fd` is released, so that only the socket may close it.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if it is no connected Unix stream or seqpacket socket; `fd` is left as it is then
   */
  static adopt(fd: FileDescriptor): UnixSocket {
    checkFd('UnixSocket.adopt', 'fd', fd);
    const native = callNative(() => addon().UnixSocket.adopt(nativeFileDescriptor(fd)));
    if (native === undefined)
      throw invalidArgument('UnixSocket.adopt', 'fd', 'a FileDescriptor of a connected Unix socket', fd);
    return new UnixSocket(native);
  }

  /**
   * The descriptor's number, for calls that only look at it, such as the `stdio` of a child process.
   * @throws VirglError `ERR_VIRGL_CLOSED`
   */
  get fd(): number {
    return this.#open('UnixSocket.fd').number();
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#native.number() < 0;
  }

  /** Who is at the other end. */
  get peer(): PeerCredentials {
    return callNative(() => this.#open('UnixSocket.peer').peer());
  }

  /**
   * Reads what is there, at least 1 byte or one message, blocking the thread until there is some.
   * @param into where to; a message that is longer than this is lost, and an error (`EMSGSIZE`)
   * @returns bytes read, 0 at the end of the stream, -1 when nothing came in time or `alsoWake` ended the wait
   * @throws VirglError `ERR_VIRGL_SYSTEM`, for example `ECONNRESET` when the peer closed without reading everything, `EMFILE` when
   * this process had no room for descriptors that were sent to it
   */
  receiveSync(into: Uint8Array, options?: ReceiveSyncOptions): number {
    const operation = 'UnixSocket.receiveSync';
    checkInto(operation, into);
    if (this.#io.isReading)
      throw new VirglError('ERR_VIRGL_ARGUMENT', `${operation}: a receive() of this socket is pending`, {
        operation,
      });
    const { waitMs = -1, alsoWake, spinMicroseconds = 0 } = options ?? {};
    if (options !== undefined && !isChecked(options)) {
      checkOptions(operation, options, RECEIVE_OPTIONS);
      checkWaitMs(operation, waitMs);
      checkInteger(operation, 'spinMicroseconds', spinMicroseconds, 0, 1_000_000);
      checkFdNumbers(operation, 'alsoWake', alsoWake ?? []);
      if (Object.isFrozen(options) && Object.isFrozen(alsoWake)) checkedOptions.add(options);
    }
    let spin = spinMicroseconds;
    const received = inSlices(waitMs, (sliceMs) => {
      const length = callNative(() => this.#native.receive(into, sliceMs, spin, alsoWake));
      spin = 0;
      return length === NOTHING ? undefined : length;
    });
    return received === undefined || received === WOKEN ? -1 : received;
  }

  /**
   * Sends all of it, after everything that {@link send} still has to send, blocking the thread while the peer doesn't read.
   * @param bytes one array or several; a seqpacket socket sends them as one message
   * @throws VirglError `ERR_VIRGL_SYSTEM`: `EPIPE` or `ECONNRESET` when the peer is gone; `ETIMEDOUT`, and then `value` says
   * how many bytes were sent
   */
  sendSync(bytes: Uint8Array | readonly Uint8Array[], options: SendSyncOptions = {}): void {
    const operation = 'UnixSocket.sendSync';
    const outgoing = this.#outgoing(operation, bytes, options, ['waitMs', 'fds']);
    const { waitMs = -1 } = options;
    checkWaitMs(operation, waitMs);
    const sent = inSlices(waitMs, (sliceMs) =>
      this.#io.flush(sliceMs) ? outgoing.attempt(sliceMs) : undefined,
    );
    if (sent !== undefined) return;
    const { sentBytes, totalBytes } = outgoing;
    throw timedOut(
      operation,
      `the peer took ${sentBytes} of ${totalBytes} bytes within ${waitMs} ms`,
      sentBytes,
    );
  }

  /**
   * Sends what the peer's queue takes at once, without waiting: the short way, for what is nearly always taken as a whole.
   * @param fd goes with the first byte
   * @returns bytes sent; 0 also while something of {@link send} is on its way
   * @throws VirglError `ERR_VIRGL_SYSTEM`: `EPIPE` or `ECONNRESET` when the peer is gone
   */
  trySend(bytes: Uint8Array, fd?: FileDescriptor): number {
    if (!(bytes instanceof Uint8Array) || bytes.length === 0)
      throw invalidArgument('UnixSocket.trySend', 'bytes', 'a Uint8Array that is not empty', bytes);
    if (this.#io.isWriting) return 0;
    const fds = fd === undefined ? undefined : [nativeFileDescriptor(fd)];
    return callNative(() => this.#native.send(bytes, bytes.length, 0, fds, 0));
  }

  /**
   * Like {@link receiveSync} without blocking the thread. Several may be pending: they get what comes in their order. Leave
   * `into` alone until the promise settles.
   * @returns bytes read, 0 at the end of the stream
   * @throws VirglError as {@link receiveSync}; `ERR_VIRGL_CLOSED` when the socket is closed meanwhile
   */
  async receive(into: Uint8Array): Promise<number> {
    checkInto('UnixSocket.receive', into);
    return this.#io.read(() => {
      const length = callNative(() => this.#native.receive(into, 0, 0, undefined));
      return length === NOTHING ? undefined : length;
    });
  }

  /**
   * Like {@link sendSync} without blocking the thread. Several may be pending: they go in their order. The bytes are not copied:
   * leave them alone until the promise settles. The descriptors may be closed at once.
   * @throws VirglError as {@link sendSync}; `ERR_VIRGL_CLOSED` when the socket is closed meanwhile
   */
  async send(bytes: Uint8Array | readonly Uint8Array[], options: SendOptions = {}): Promise<void> {
    const operation = 'UnixSocket.send';
    const outgoing = this.#outgoing(operation, bytes, options, ['fds']);
    if (!this.#io.isWriting && outgoing.attempt(0)) return turnIfDue();
    const closeFds = outgoing.keepFds();
    try {
      await this.#io.write(outgoing.attempt);
    } finally {
      closeFds();
    }
  }

  /**
   * The oldest of the descriptors that came with the bytes received so far; undefined when none is left. One receive never gives
   * bytes that were sent after those that had descriptors; of a stream, it may give bytes that were sent before them.
   */
  takeFd(): FileDescriptor | undefined {
    const native = this.#native.takeFd();
    return native === undefined ? undefined : wrapFileDescriptor(native);
  }

  /**
   * Another descriptor of this socket, to hand the connection to another process and then close it here.
   * @throws VirglError `ERR_VIRGL_CLOSED`, or `ERR_VIRGL_SYSTEM` when the process has no descriptor left
   */
  duplicateFd(): FileDescriptor {
    return wrapFileDescriptor(callNative(() => this.#open('UnixSocket.duplicateFd').duplicate()));
  }

  /**
   * Lets more of what is sent wait for the peer, so that it finds a long message as a whole. As much as the system allows
   * (`net.core.wmem_max`); never less than before.
   * @throws VirglError `ERR_VIRGL_ARGUMENT`, `ERR_VIRGL_CLOSED`
   */
  growSendBuffer(sizeBytes: number): void {
    const operation = 'UnixSocket.growSendBuffer';
    checkInteger(operation, 'sizeBytes', sizeBytes, 1, 0x3fffffff);
    callNative(() => this.#open(operation).growSendBuffer(sizeBytes));
  }

  /**
   * Ends one direction or both, for every process that has this socket. After `write` the peer reads the end of the stream.
   * @throws VirglError `ERR_VIRGL_SYSTEM` (`ENOTCONN`)
   */
  shutdown(how: 'read' | 'write' | 'both'): void {
    if (!Object.hasOwn(SHUTDOWNS, how))
      throw invalidArgument('UnixSocket.shutdown', 'how', "'read', 'write' or 'both'", how);
    callNative(() => this.#open('UnixSocket.shutdown').shutdown(SHUTDOWNS[how]));
  }

  /** Closes it, with all descriptors that nobody took; pending promises reject with `ERR_VIRGL_CLOSED`. Harmless when closed. */
  close(): void {
    this.#native.close();
    this.#io.rejectAll(alreadyClosed('UnixSocket'));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(operation: string): NativeUnixSocket {
    if (this.closed) throw alreadyClosed(operation);
    return this.#native;
  }

  #outgoing(
    operation: string,
    bytes: Uint8Array | readonly Uint8Array[],
    options: SendSyncOptions,
    optionNames: readonly string[],
  ): Outgoing {
    // A copy of the list: the caller may change it while it is sent.
    const parts = Array.isArray(bytes) ? [...(bytes as readonly Uint8Array[])] : bytes;
    const totalBytes = checkBytes(operation, parts);
    checkOptions(operation, options, optionNames);
    const { fds = [] } = options;
    checkFds(operation, fds, totalBytes);
    // A message of nothing looks like the end of the stream to the peer.
    if (totalBytes === 0 && this.#native.seqpacket())
      throw invalidArgument(operation, 'bytes', 'at least 1 byte of a message', bytes);
    return new Outgoing(this.#native, parts, totalBytes, fds);
  }
}

/** The native half. */
export const nativeUnixSocket = (socket: UnixSocket): NativeUnixSocket => nativeOf(socket);

/** Wraps what native code accepted. */
export const wrapUnixSocket = (native: NativeUnixSocket): UnixSocket =>
  // The constructor is private so that nobody makes one without a native half.
  new (UnixSocket as unknown as new (native: NativeUnixSocket) => UnixSocket)(native);
