// eventfd(2): a counter that processes share as a doorbell; see native/event_fd.h.

import { invalidArgument } from '../../protocol/error';
import { addon, callNative, type NativeEventFd } from '../addon';
import { type FileDescriptor, nativeFileDescriptor, wrapFileDescriptor } from '../file-descriptor';
import { alreadyClosed, checkFd } from './check';
import { PendingIo } from './pending-io';

/** The largest value that an eventfd can have. */
const MAX_VALUE = 0xffff_ffff_ffff_fffen;

const checkValue = (operation: string, field: string, value: unknown, min: bigint): void => {
  if (typeof value !== 'bigint' || value < min || value > MAX_VALUE)
    throw invalidArgument(operation, field, `a bigint from ${min} to 2^64-2`, value);
};

/** A 64-bit counter that one process adds to and another one waits for and takes. */
export class EventFd implements Disposable {
  readonly #native: NativeEventFd;
  readonly #io: PendingIo;

  private constructor(native: NativeEventFd) {
    this.#native = native;
    this.#io = new PendingIo(native);
  }

  /**
   * Makes a new one.
   * @param initial default 0n
   * @throws VirglError `ERR_VIRGL_ARGUMENT`, or `ERR_VIRGL_SYSTEM` when the process has no descriptor left
   */
  static create(initial = 0n): EventFd {
    checkValue('EventFd.create', 'initial', initial, 0n);
    return new EventFd(callNative(() => new (addon().EventFd)(initial)));
  }

  /**
   * Takes over an eventfd from elsewhere; `fd` is released, so that only this object may close it. It becomes non-blocking for
   * everyone who shares it.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if it is something else; `fd` is left as it is then
   */
  static adopt(fd: FileDescriptor): EventFd {
    checkFd('EventFd.adopt', 'fd', fd);
    const native = callNative(() => new (addon().EventFd)(nativeFileDescriptor(fd)));
    if (native.number() < 0)
      throw invalidArgument('EventFd.adopt', 'fd', 'a FileDescriptor of an eventfd', fd);
    return new EventFd(native);
  }

  /**
   * The descriptor's number, for calls that only look at it, such as `alsoWake` of `UnixSocket.receiveSync`.
   * @throws VirglError `ERR_VIRGL_CLOSED`
   */
  get fd(): number {
    return this.#open('EventFd.fd').number();
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#native.number() < 0;
  }

  /**
   * Adds to the counter, which wakes whoever waits for it.
   * @param value default 1n
   * @throws VirglError `ERR_VIRGL_SYSTEM` (`EAGAIN`) if the counter can't hold the sum; `ERR_VIRGL_CLOSED`
   */
  signal(value = 1n): void {
    checkValue('EventFd.signal', 'value', value, 1n);
    callNative(() => this.#open('EventFd.signal').signal(value));
  }

  /**
   * Takes what the counter holds and sets it to 0, without waiting.
   * @returns 0n if there was nothing
   * @throws VirglError `ERR_VIRGL_CLOSED`
   */
  read(): bigint {
    return callNative(() => this.#open('EventFd.read').read());
  }

  /**
   * Waits, without blocking the thread, until the counter holds something, and takes that.
   * @throws VirglError `ERR_VIRGL_CLOSED`, also when it is closed meanwhile
   */
  async wait(): Promise<bigint> {
    this.#open('EventFd.wait');
    // 0n is nothing yet.
    return this.#io.read(() => this.read() || undefined);
  }

  /**
   * Another descriptor of the same counter, to send to another process.
   * @throws VirglError `ERR_VIRGL_CLOSED`, or `ERR_VIRGL_SYSTEM` when the process has no descriptor left
   */
  duplicateFd(): FileDescriptor {
    return wrapFileDescriptor(callNative(() => this.#open('EventFd.duplicateFd').duplicate()));
  }

  /** Closes it; pending promises reject with `ERR_VIRGL_CLOSED`. Harmless when closed. */
  close(): void {
    this.#native.close();
    this.#io.rejectAll(alreadyClosed('EventFd'));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(operation: string): NativeEventFd {
    if (this.closed) throw alreadyClosed(operation);
    return this.#native;
  }
}
