// What a session process is doing, readable when it can't tell any more: a page of shared memory.

import { type FileDescriptor, SharedMemory } from '../../host';
import type { SessionWatcher } from '../session/session';

const SIZE_BYTES = 4096;
const COMMAND_WORD = 0;
const COUNT_WORD = 1;
const LAST_WORD = 2;
const NAME_LENGTH_WORD = 3;
const NAME_OFFSET = 64;
const MAX_NAME_BYTES = 256;

/** The command that a session process is in, and the client that it serves. */
export class StatusPage implements SessionWatcher, Disposable {
  readonly #memory: SharedMemory;
  readonly #words: Uint32Array;

  private constructor(memory: SharedMemory) {
    this.#memory = memory;
    this.#words = new Uint32Array(memory.bytes.buffer, 0, NAME_OFFSET / 4);
  }

  static create(): StatusPage {
    return new StatusPage(SharedMemory.create(SIZE_BYTES, { name: 'virgl-status' }));
  }

  static fromFd(fd: FileDescriptor): StatusPage {
    return new StatusPage(SharedMemory.fromFd(fd, { sizeBytes: SIZE_BYTES }));
  }

  /** It begins with three words: {@link command}, {@link count} and {@link last}. */
  get memory(): SharedMemory {
    return this.#memory;
  }

  duplicateFd(): FileDescriptor {
    return this.#memory.duplicateFd();
  }

  /** Id of the command that is being executed, 0 for none. */
  get command(): number {
    return this.#words[COMMAND_WORD];
  }

  /** Commands begun so far, modulo 2³². */
  get count(): number {
    return this.#words[COUNT_WORD];
  }

  /** Id of the command that was begun last, 0 for none. */
  get last(): number {
    return this.#words[LAST_WORD];
  }

  /** As the client calls itself, as far as there is room; undefined before it does. */
  get name(): string | undefined {
    const length = this.#words[NAME_LENGTH_WORD];
    if (length === 0) return undefined;
    // One more than the bytes; whatever the other process wrote there.
    const end = NAME_OFFSET + Math.min(length - 1, MAX_NAME_BYTES);
    return new TextDecoder().decode(this.#memory.bytes.slice(NAME_OFFSET, end));
  }

  named(name: string): void {
    const into = this.#memory.bytes.subarray(NAME_OFFSET, NAME_OFFSET + MAX_NAME_BYTES);
    this.#words[NAME_LENGTH_WORD] = 1 + new TextEncoder().encodeInto(name, into).written;
  }

  begin(commandId: number): void {
    this.#words[COMMAND_WORD] = commandId;
    this.#words[LAST_WORD] = commandId;
    this.#words[COUNT_WORD] += 1;
  }

  end(): void {
    this.#words[COMMAND_WORD] = 0;
  }

  [Symbol.dispose](): void {
    this.#memory.close();
  }
}
