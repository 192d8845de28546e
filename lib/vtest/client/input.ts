// What a vtest server sends, as a sequence of dwords, bytes and descriptors. A descriptor comes with one byte of its own,
// which is the last byte of whatever a receive returns (unix(7): a receive ends at a message with descriptors).

import type { FileDescriptor, UnixSocket } from '../../host';
import { VirglError } from '../../protocol/error';

/** The part of a socket that a client needs. */
export type ClientSocket = Pick<UnixSocket, 'receive' | 'send' | 'takeFd' | 'close'>;

const BUFFER_BYTES = 64 * 1024;
/** Descriptors that came and whose byte was not read yet; a server sends one per reply. */
const MAX_WAITING_FDS = 256;

interface WaitingFd {
  fd: FileDescriptor;
  /** Where its byte stands in everything that was received. */
  position: number;
}

/** The server has closed the connection. */
export class EndOfInput extends Error {}

/** Reads what a server sends, in order. Only one read at a time. */
export class ClientInput {
  readonly #socket: ClientSocket;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #start = 0;
  #end = 0;
  /** Position of `#end` in everything that was received. */
  #received = 0;
  readonly #fds: WaitingFd[] = [];

  constructor(socket: ClientSocket) {
    this.#socket = socket;
  }

  /** Reads so many dwords. */
  async dwords(count: number): Promise<Uint32Array> {
    const words = new Uint32Array(count);
    await this.into(new Uint8Array(words.buffer));
    return words;
  }

  /** Reads so many bytes. */
  async bytes(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count);
    await this.into(bytes);
    return bytes;
  }

  /** Fills an array. */
  async into(target: Uint8Array): Promise<void> {
    let filled = 0;
    while (filled < target.byteLength) {
      const left = target.byteLength - filled;
      if (this.#start === this.#end) {
        // Long data goes where it belongs at once.
        if (left >= BUFFER_BYTES) {
          filled += await this.#receive(target.subarray(filled));
          this.#dropPassedFds();
          continue;
        }
        await this.#refill();
      }
      const count = Math.min(left, this.#end - this.#start);
      target.set(this.#buffer.subarray(this.#start, this.#start + count), filled);
      this.#start += count;
      filled += count;
      this.#dropPassedFds();
    }
  }

  /** Reads a descriptor. Undefined if what comes next is none; then nothing was read. */
  async fd(): Promise<FileDescriptor | undefined> {
    if (this.#start === this.#end) await this.#refill();
    const [first] = this.#fds;
    if (first === undefined || first.position !== this.#position()) return undefined;
    this.#fds.shift();
    this.#start += 1;
    return first.fd;
  }

  /** Closes descriptors that nobody took. */
  close(): void {
    for (const { fd } of this.#fds.splice(0)) fd.close();
  }

  /** Position of the next byte in everything that was received. */
  #position(): number {
    return this.#received - (this.#end - this.#start);
  }

  async #refill(): Promise<void> {
    const count = await this.#receive(this.#buffer);
    this.#start = 0;
    this.#end = count;
  }

  async #receive(target: Uint8Array): Promise<number> {
    const count = await this.#socket.receive(target);
    if (count === 0) throw new EndOfInput();
    this.#received += count;
    for (let fd = this.#socket.takeFd(); fd !== undefined; fd = this.#socket.takeFd())
      this.#fds.push({ fd, position: this.#received - 1 });
    if (this.#fds.length > MAX_WAITING_FDS)
      throw new VirglError(
        'ERR_VIRGL_DECODE',
        'the vtest server sent file descriptors that nobody asked for',
      );
    return count;
  }

  /** Descriptors whose byte was read as something else belong to nothing. */
  #dropPassedFds(): void {
    const position = this.#position();
    while (this.#fds.length > 0 && this.#fds[0].position < position) this.#fds.shift()?.fd.close();
  }
}
