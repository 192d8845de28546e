// What a program made by `toTypeScript` stands on: the shared memory of the trace, its large data, and the three ways in which a
// recorded call could end. Everything else such a program says itself, to a RenderHost.

import { FileDescriptor, type MemoryRange, type RenderHost, SharedMemory } from '../../host';
import { type CommandEncoder, VirglError } from '../../protocol';

/** What a generated program hands to the calls it makes. */
export class TraceProgram {
  readonly host: RenderHost;
  /** Calls that failed when they were recorded and were refused again. */
  refusals = 0;
  /** The array that the last read into one of the program's own arrays filled. */
  lastRead: Uint8Array | undefined;
  readonly #data: Uint8Array;
  readonly #memories = new Map<number, SharedMemory>();
  readonly #fences: Promise<unknown>[] = [];

  /** @param data what `toTypeScript` put beside the program */
  constructor(host: RenderHost, data: Uint8Array) {
    this.host = host;
    this.#data = data;
  }

  /** Part of the data beside the program. */
  data(offsetBytes: number, lengthBytes: number): Uint8Array {
    if (offsetBytes + lengthBytes > this.#data.length) {
      const message = `data: expected a file of at least ${offsetBytes + lengthBytes} bytes but received ${this.#data.length}`;
      throw new VirglError('ERR_VIRGL_ARGUMENT', message, { operation: 'data', field: 'data' });
    }
    return this.#data.subarray(offsetBytes, offsetBytes + lengthBytes);
  }

  /** Numbers in the data beside the program. */
  floats(offsetBytes: number, count: number): Float32Array<ArrayBuffer> {
    const bytes = this.data(offsetBytes, count * Float32Array.BYTES_PER_ELEMENT);
    return new Float32Array(Uint8Array.from(bytes).buffer);
  }

  /** New shared memory under an id, full of zeroes. */
  memory(memoryId: number, sizeBytes: number): void {
    this.#memories.get(memoryId)?.close();
    this.#memories.set(memoryId, SharedMemory.create(sizeBytes));
  }

  /** Ends shared memory; resources that still use it keep it. */
  endMemory(memoryId: number): void {
    this.#memories.get(memoryId)?.close();
    this.#memories.delete(memoryId);
  }

  /** Shared memory itself. */
  shared(memoryId: number): SharedMemory {
    return this.#memory(memoryId);
  }

  /** A range of shared memory. */
  range(memoryId: number, offsetBytes: number, lengthBytes: number): MemoryRange {
    return this.#memory(memoryId).range(offsetBytes, lengthBytes);
  }

  /** Writes shared memory. */
  write(memoryId: number, offsetBytes: number, bytes: Uint8Array): void {
    this.#memory(memoryId).bytes.set(bytes, offsetBytes);
  }

  /** The commands encoded so far, and a fresh start of the encoder. */
  take(stream: CommandEncoder): Uint32Array<ArrayBuffer> {
    const dwords = stream.finish();
    stream.reset();
    return dwords;
  }

  /** As {@link take}, as bytes. */
  takeBytes(stream: CommandEncoder): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.take(stream).buffer);
  }

  /** An array to read into. */
  into(lengthBytes: number): Uint8Array {
    this.lastRead = new Uint8Array(lengthBytes);
    return this.lastRead;
  }

  /** Waits for a call that was refused when it was recorded. */
  async refused(call: Promise<unknown>): Promise<void> {
    try {
      await call;
    } catch (error) {
      if (!(error instanceof VirglError)) throw error;
      this.refusals += 1;
    }
  }

  /** A fence: waited for at the end. One that never retires because its context ends is no fault. */
  fence(call: Promise<unknown>): void {
    this.#fences.push(call.catch(() => undefined));
  }

  /** Closes the descriptors that a call answered with. */
  async closing(call: Promise<unknown>): Promise<void> {
    const close = (value: unknown): void => {
      if (value instanceof FileDescriptor) value.close();
      else if (Array.isArray(value)) value.forEach(close);
      else if (typeof value === 'object' && value !== null) Object.values(value).forEach(close);
    };
    close(await call);
  }

  /** Waits for all fences and closes the memory. */
  async end(): Promise<void> {
    await Promise.all(this.#fences);
    this.endMemories();
  }

  /** Closes the memory, whatever is still pending. */
  endMemories(): void {
    for (const memory of this.#memories.values()) memory.close();
    this.#memories.clear();
  }

  #memory(memoryId: number): SharedMemory {
    const memory = this.#memories.get(memoryId);
    if (memory !== undefined) return memory;
    const message = `memory: expected memory that exists for memoryId but received ${memoryId}`;
    throw new VirglError('ERR_VIRGL_ARGUMENT', message, { operation: 'memory', field: 'memoryId' });
  }
}
