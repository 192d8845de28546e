// Bytes and descriptors on their way into a socket.

import { callNative, type NativeUnixSocket } from '../addon';
import { type FileDescriptor, nativeFileDescriptor } from '../file-descriptor';

/** What is sent by one call, as far as it was sent. */
export class Outgoing {
  sentBytes = 0;
  readonly #native: NativeUnixSocket;
  readonly #bytes: Uint8Array | readonly Uint8Array[];
  #fds: readonly FileDescriptor[];

  /**
   * @param bytes must not change until all of it is sent
   * @param fds go with the first byte
   */
  constructor(
    native: NativeUnixSocket,
    bytes: Uint8Array | readonly Uint8Array[],
    readonly totalBytes: number,
    fds: readonly FileDescriptor[],
  ) {
    this.#native = native;
    this.#bytes = bytes;
    this.#fds = fds;
  }

  /** Sends more of it. True when all of it is sent, undefined when the peer has to read first. */
  readonly attempt = (waitMs: number): true | undefined => {
    const waiting = this.#fds.length > 0 && this.sentBytes === 0;
    const fds = waiting ? this.#fds.map(nativeFileDescriptor) : undefined;
    const { totalBytes, sentBytes } = this;
    this.sentBytes += callNative(() => this.#native.send(this.#bytes, totalBytes, sentBytes, fds, waitMs));
    return this.sentBytes === totalBytes ? true : undefined;
  };

  /**
   * Duplicates the descriptors that were not sent yet, so that the caller may close its own.
   * @returns what to do when it is over
   */
  keepFds(): () => void {
    const own: FileDescriptor[] = [];
    const closeOwn = (): void => own.forEach((fd) => fd.close());
    if (this.sentBytes > 0) return closeOwn;
    try {
      for (const fd of this.#fds) own.push(fd.duplicate());
    } catch (error) {
      closeOwn();
      throw error;
    }
    this.#fds = own;
    return closeOwn;
  }
}
