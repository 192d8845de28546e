// The display socket, which is never waited for: QEMU reads it only when it has nothing else to do, and may be waiting for us meanwhile.

import type { FileDescriptor, ReceiveSyncOptions, UnixSocket } from '../../host';
import { VirglError } from '../../protocol/error';
import {
  decodeDisplayHeader,
  DISPLAY_HEADER_BYTES,
  DISPLAY_MESSAGES,
  type DisplayQuestion,
} from './display-messages';

const NOT_WAITING: ReceiveSyncOptions = Object.freeze({ waitMs: 0 });
const MAX_REPLY_BYTES = 408;

/** A question that QEMU has not answered. */
interface Asked {
  name: DisplayQuestion;
  answered(payload: Uint8Array | undefined): void;
}

/** What a reply belongs to. */
interface Answered {
  replyBytes: number;
  /** Of the question. */
  index: number;
}

/** A message, or the rest of one, that QEMU has not read. */
interface Unsent {
  bytes: Uint8Array;
  /** Goes with its first byte. */
  fd?: FileDescriptor;
}

const badReply = (message: string): VirglError =>
  new VirglError('ERR_VIRGL_DECODE', `display socket: ${message}`, { operation: 'display socket' });

/** One display socket, from DRIVER_OK to the next one. */
export class DisplaySocket implements Disposable {
  readonly #socket: UnixSocket;
  readonly #outbox: Unsent[] = [];
  readonly #asked: Asked[] = [];
  readonly #received = new Uint8Array(DISPLAY_HEADER_BYTES + MAX_REPLY_BYTES);
  #length = 0;
  /** Set between the header and the end of a reply. */
  #answered: Answered | undefined;

  constructor(socket: UnixSocket) {
    this.#socket = socket;
  }

  get fd(): number {
    return this.#socket.fd;
  }

  /** False once QEMU is gone, or was never understood. */
  get isOpen(): boolean {
    return !this.#socket.closed;
  }

  /** Whether QEMU has to read before anything more can be sent. */
  get isFull(): boolean {
    return this.#outbox.length > 0;
  }

  /**
   * Sends a message, now or as soon as QEMU reads; the bytes must not change any more.
   * @param fd goes with it; closed
   */
  send(bytes: Uint8Array, fd?: FileDescriptor): void {
    if (!this.isOpen) {
      fd?.close();
      return;
    }
    this.#outbox.push({ bytes, fd });
    if (this.#outbox.length === 1) this.flush();
  }

  /**
   * Asks QEMU something; undefined when it leaves without an answer.
   * @param question the message
   */
  ask(name: DisplayQuestion, question: Uint8Array): Promise<Uint8Array | undefined> {
    if (!this.isOpen) return Promise.resolve(undefined);
    const answer = new Promise<Uint8Array | undefined>((answered) => this.#asked.push({ name, answered }));
    this.send(question);
    return answer;
  }

  /** Sends what QEMU has room for. */
  flush(): void {
    try {
      while (this.#outbox.length > 0 && this.isOpen) {
        const [{ bytes, fd }] = this.#outbox;
        const sent = this.#socket.trySend(bytes, fd);
        if (sent > 0) fd?.close();
        if (sent === bytes.byteLength) {
          this.#outbox.shift();
          continue;
        }
        if (sent > 0) this.#outbox[0] = { bytes: bytes.subarray(sent) };
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
    this.#socket.close();
    for (const { fd } of this.#outbox.splice(0)) fd?.close();
    for (const { answered } of this.#asked.splice(0)) answered(undefined);
  }

  /** Bytes received; -1 for nothing yet, 0 for the end. */
  #receive(): number {
    const wanted = DISPLAY_HEADER_BYTES + (this.#answered?.replyBytes ?? 0);
    const length = this.#socket.receiveSync(this.#received.subarray(this.#length, wanted), NOT_WAITING);
    // Descriptors mean nothing here.
    for (let fd = this.#socket.takeFd(); fd !== undefined; fd = this.#socket.takeFd()) fd.close();
    if (length <= 0) return length;
    this.#length += length;
    if (this.#length === DISPLAY_HEADER_BYTES) this.#answered = this.#questionAnswered();
    if (this.#answered !== undefined && this.#length === DISPLAY_HEADER_BYTES + this.#answered.replyBytes)
      this.#finish(this.#answered);
    return length;
  }

  /** The question that the header received belongs to. Display updates are answered when they are shown, others at once. */
  #questionAnswered(): Answered {
    const { name, isReply, sizeBytes } = decodeDisplayHeader(this.#received);
    const index = this.#asked.findIndex((asked) => asked.name === name);
    if (!isReply || name === undefined || index < 0) {
      const names = this.#asked.map((asked) => asked.name).join(' or ');
      throw badReply(`expected ${names === '' ? 'nothing' : `the answer to ${names}`} from QEMU`);
    }
    const { replyBytes } = DISPLAY_MESSAGES[name];
    if (sizeBytes !== replyBytes)
      throw badReply(`expected ${replyBytes} bytes for the answer to ${name} but received ${sizeBytes}`);
    return { replyBytes, index };
  }

  #finish({ replyBytes, index }: Answered): void {
    this.#length = 0;
    this.#answered = undefined;
    const [{ answered }] = this.#asked.splice(index, 1);
    answered(this.#received.slice(DISPLAY_HEADER_BYTES, DISPLAY_HEADER_BYTES + replyBytes));
  }
}
