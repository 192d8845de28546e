// The shared memories of a trace while it is played: as the client had them, byte for byte, at the time of each call.

import { type MemoryRange, SharedMemory } from '../../host';
import { VirglError } from '../../protocol/error';
import type { TraceRange } from '../model';

interface PlayedMemory {
  readonly memory: SharedMemory;
  /** Calls in flight that read or write it. */
  readonly users: Set<Promise<unknown>>;
}

/** By the ids of the trace. */
export class PlayedMemories {
  readonly #byId = new Map<number, PlayedMemory>();
  readonly #byMemory = new Map<SharedMemory, PlayedMemory>();

  /** Memory full of zeroes. */
  add(memoryId: number, sizeBytes: number): void {
    const played = { memory: SharedMemory.create(sizeBytes), users: new Set<Promise<unknown>>() };
    this.#byId.set(memoryId, played);
    this.#byMemory.set(played.memory, played);
  }

  /** The range that a trace names. @throws VirglError `ERR_VIRGL_DECODE` */
  rangeOf({ memoryId, offsetBytes, lengthBytes }: TraceRange): MemoryRange {
    return { memory: this.#find(memoryId).memory, offsetBytes, lengthBytes };
  }

  /** A call in flight uses these. `done` never rejects. */
  use(ranges: readonly MemoryRange[], done: Promise<unknown>): void {
    for (const { memory } of ranges) {
      const users = this.#byMemory.get(memory)?.users;
      if (users === undefined || users.has(done)) continue;
      users.add(done);
      void done.then(() => users.delete(done));
    }
  }

  /** Whether calls are in flight that a write would disturb. */
  async settled(memoryId: number): Promise<void> {
    const { users } = this.#find(memoryId);
    if (users.size > 0) await Promise.all(users);
  }

  /** What the client wrote. @throws VirglError `ERR_VIRGL_DECODE` */
  write(memoryId: number, offsetBytes: number, bytes: Uint8Array): void {
    const { memory } = this.#find(memoryId);
    if (offsetBytes + bytes.byteLength > memory.sizeBytes)
      throw new VirglError('ERR_VIRGL_DECODE', `play: a write beyond the end of memory ${memoryId}`);
    memory.bytes.set(bytes, offsetBytes);
  }

  /** No resource uses it any more. */
  end(memoryId: number): void {
    const played = this.#byId.get(memoryId);
    if (played === undefined) return;
    this.#byId.delete(memoryId);
    void Promise.all(played.users).then(() => this.#close(played));
  }

  /** Lets go of all. */
  close(): void {
    for (const played of this.#byMemory.values()) played.memory.close();
    this.#byMemory.clear();
    this.#byId.clear();
  }

  #close({ memory }: PlayedMemory): void {
    this.#byMemory.delete(memory);
    memory.close();
  }

  #find(memoryId: number): PlayedMemory {
    const played = this.#byId.get(memoryId);
    if (played !== undefined) return played;
    throw new VirglError('ERR_VIRGL_DECODE', `play: the trace has no memory ${memoryId} here`);
  }
}
