// The display socket, which is never waited for: QEMU reads it only when it has nothing else to do, and may be waiting for us meanwhile.

import type { ReceiveSyncOptions, UnixSocket } from '../../host';
import { VirglError } from '../../protocol/error';
import {
  decodeDisplayHeader,
  DISPLAY_HEADER_BYTES,
  DISPLAY_MESSAGES,
  type DisplayQuestion,
  encodeQuestion,
} from './display-messages';

const NOT_WAITING: ReceiveSyncOptions = Object.freeze({ waitMs: 0 });
const MAX_REPLY_BYTES = 408;

/** A question that QEMU has not answered. */
interface Asked {
  name: DisplayQuestion;
  answered(payload: Uint8Array | undefined): void;
}

const badReply = (message: string): VirglError =>
  new VirglError('ERR_VIRGL_DECODE', `display socket: ${message}`, { operation: 'display socket' });

/** One display socket, from DRIVER_OK to the next one. */
export class DisplaySocket implements Disposable {
  readonly #socket: UnixSocket;
  readonly #outbox: Uint8Array[] = [];
  readonly #asked: Asked[] = [];
  readonly #received = new Uint8Array(DISPLAY_HEADER_BYTES + MAX_REPLY_BYTES);
  #length = 0;
  #isOpen = true;
  /** Its descriptor. */
  readonly fds: readonly number[];

  constructor(socket: UnixSocket) {
    this.#socket = socket;
    this.fds = Object.freeze([socket.fd]);
  }

  /** False once QEMU is gone, or was never understood. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether QEMU has to read before anything more can be sent. */
  get isFull(): boolean {
    return this.#outbox.length > 0;
  }

  /** Sends a message, now or as soon as QEMU reads; the bytes must not change any more. */
  send(bytes: Uint8Array): void {
    this.#outbox.push(bytes);
    if (this.#outbox.length === 1) this.flush();
  }

  /** Asks QEMU something; undefined when it leaves without an answer. */
  ask(name: DisplayQuestion): Promise<Uint8Array | undefined> {
    if (!this.isOpen) return Promise.resolve(undefined);
    const answer = new Promise<Uint8Array | undefined>((answered) => this.#asked.push({ name, answered }));
    this.send(encodeQuestion(name));
    return answer;
  }

  /** Sends what QEMU has room for. */
  flush(): void {
    try {
      while (this.#outbox.length > 0 && this.isOpen) {
        const [bytes] = this.#outbox;
        const sent = this.#socket.trySend(bytes);
        if (sent === bytes.byteLength) {
          this.#outbox.shift();
          continue;
        }
        if (sent > 0) this.#outbox[0] = bytes.subarray(sent);
        return;
      }
    } catch {
      // QEMU has closed it, as it does at every reset of the guest.
      this[Symbol.dispose]();
    }
  }

  /** Takes what QEMU has answered. @throws VirglError for what is no answer; the socket is closed then */
  receive(): void {
    try {
      while (this.isOpen) {
        const length = this.#receive();
        if (length < 0) return;
        if (length === 0) this[Symbol.dispose]();
      }
    } catch (error) {
      this[Symbol.dispose]();
      if (!(error instanceof VirglError) || error.code !== 'ERR_VIRGL_SYSTEM') throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#isOpen = false;
    this.#socket.close();
    this.#outbox.length = 0;
    for (const { answered } of this.#asked.splice(0)) answered(undefined);
  }

  /** Bytes received; -1 for nothing yet, 0 for the end. */
  #receive(): number {
    const isHeader = this.#length < DISPLAY_HEADER_BYTES;
    const wanted = isHeader ? DISPLAY_HEADER_BYTES : DISPLAY_HEADER_BYTES + this.#replyBytes();
    const length = this.#socket.receiveSync(this.#received.subarray(this.#length, wanted), NOT_WAITING);
    // Descriptors mean nothing here.
    for (let fd = this.#socket.takeFd(); fd !== undefined; fd = this.#socket.takeFd()) fd.close();
    if (length <= 0) return length;
    this.#length += length;
    if (!isHeader && this.#length === wanted) {
      this.#length = 0;
      this.#asked.shift()?.answered(this.#received.slice(DISPLAY_HEADER_BYTES, wanted));
    }
    return length;
  }

  /** Bytes of the reply whose header was received. */
  #replyBytes(): number {
    const { name, isReply, sizeBytes } = decodeDisplayHeader(this.#received);
    const expected = this.#asked.at(0)?.name;
    if (!isReply || name === undefined || name !== expected)
      throw badReply(
        `expected ${expected === undefined ? 'nothing' : `the answer to ${expected}`} from QEMU`,
      );
    const { replyBytes } = DISPLAY_MESSAGES[name];
    if (sizeBytes !== replyBytes)
      throw badReply(`expected ${replyBytes} bytes for the answer to ${name} but received ${sizeBytes}`);
    return sizeBytes;
  }
}
