// Reads vhost-user requests from a socket. A header is received by itself, so that descriptors belong to the message that they came with.

import type { FileDescriptor, ReceiveSyncOptions, UnixSocket } from '../../host';
import { VirglError } from '../../protocol/error';
import { MAX_CONFIG_BYTES } from './payloads';
import {
  checkRequestHeader,
  decodeHeader,
  HEADER_BYTES,
  type MessageHeader,
  VhostUserRequest,
} from './message';
import { MAX_REGIONS } from './requests';

const NOT_WAITING: ReceiveSyncOptions = Object.freeze({ waitMs: 0 });
/** Longer than any payload. */
const ROOM_BYTES = HEADER_BYTES + 2 * MAX_CONFIG_BYTES;

/** What {@link RequestReader.receive} returns at the end of the stream. */
export const END = Symbol('end');

/** Puts requests together from what comes through a socket. */
export class RequestReader implements Disposable {
  readonly #socket: UnixSocket;
  readonly #bytes = new Uint8Array(ROOM_BYTES);
  #length = 0;
  #header: MessageHeader | undefined;
  #fds: FileDescriptor[] = [];

  constructor(socket: UnixSocket) {
    this.#socket = socket;
  }

  /**
   * The next request; undefined when there is none yet.
   * @param wait how to wait for its first bytes
   * @throws VirglError `ERR_VIRGL_DECODE` for what is no request; the connection is of no use then
   */
  receive(wait: ReceiveSyncOptions): VhostUserRequest | typeof END | undefined {
    let options = wait;
    for (;;) {
      const wanted = HEADER_BYTES + (this.#header?.sizeBytes ?? 0);
      if (this.#header !== undefined && this.#length === wanted) return this.#finish(this.#header, wanted);
      const length = this.#socket.receiveSync(this.#bytes.subarray(this.#length, wanted), options);
      if (length < 0) return undefined;
      if (length === 0) return this.#end();
      options = NOT_WAITING;
      this.#length += length;
      this.#takeFds();
      if (this.#header === undefined && this.#length === HEADER_BYTES) {
        const header = decodeHeader(this.#bytes);
        checkRequestHeader(header);
        this.#header = header;
      }
    }
  }

  /** Closes the descriptors of a request that did not come as a whole. */
  [Symbol.dispose](): void {
    for (const fd of this.#fds.splice(0)) fd.close();
  }

  #takeFds(): void {
    for (let fd = this.#socket.takeFd(); fd !== undefined; fd = this.#socket.takeFd()) this.#fds.push(fd);
    if (this.#fds.length <= MAX_REGIONS) return;
    throw new VirglError(
      'ERR_VIRGL_DECODE',
      `vhost-user message: expected at most ${MAX_REGIONS} descriptors but received ${this.#fds.length}`,
      { field: 'fds', value: this.#fds.length },
    );
  }

  #finish(header: MessageHeader, length: number): VhostUserRequest {
    const fds = this.#fds;
    this.#fds = [];
    this.#header = undefined;
    this.#length = 0;
    return new VhostUserRequest(header, this.#bytes.subarray(HEADER_BYTES, length), fds);
  }

  #end(): typeof END {
    if (this.#length === 0) return END;
    throw new VirglError(
      'ERR_VIRGL_DECODE',
      `vhost-user ${this.#header?.name ?? 'message'}: the front-end left in the middle of it, after ${this.#length} bytes`,
      { operation: this.#header?.name },
    );
  }
}
