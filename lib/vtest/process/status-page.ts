// What a session process is doing, readable when it can't tell any more: a page of shared memory.

import { type FileDescriptor, SharedMemory } from '../../host';
import type { SessionWatcher } from '../session/session';

const SIZE_BYTES = 4096;
const COMMAND_WORD = 0;
const COUNT_WORD = 1;

/** The command that a session process is in. */
export class StatusPage implements SessionWatcher, Disposable {
  readonly #memory: SharedMemory;
  readonly #words: Uint32Array;

  private constructor(memory: SharedMemory) {
    this.#memory = memory;
    this.#words = new Uint32Array(memory.bytes.buffer, 0, 2);
  }

  static create(): StatusPage {
    return new StatusPage(SharedMemory.create(SIZE_BYTES, { name: 'virgl-status' }));
  }

  static fromFd(fd: FileDescriptor): StatusPage {
    return new StatusPage(SharedMemory.fromFd(fd, { sizeBytes: SIZE_BYTES }));
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

  begin(commandId: number): void {
    this.#words[COMMAND_WORD] = commandId;
    this.#words[COUNT_WORD] += 1;
  }

  end(): void {
    this.#words[COMMAND_WORD] = 0;
  }

  [Symbol.dispose](): void {
    this.#memory.close();
  }
}
