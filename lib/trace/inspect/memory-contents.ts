// What is in the shared memory of a trace, as far as its records tell: zeroes until written.

import type { TraceRange, TraceRecord } from '../model';

interface Memory {
  readonly sizeBytes: number;
  /** Made at the first write: most memory of large traces is only ever written in part, or not at all. */
  bytes: Uint8Array | undefined;
}

/** Shared memory by id. */
export class MemoryContents {
  readonly #memories = new Map<number, Memory>();

  /** Takes in a record; all but those of memory change nothing. */
  apply(record: TraceRecord): void {
    switch (record.kind) {
      case 'memory':
        this.#memories.set(record.memoryId, { sizeBytes: record.sizeBytes, bytes: undefined });
        return;
      case 'memoryEnd':
        this.#memories.delete(record.memoryId);
        return;
      case 'write':
        this.write(record.memoryId, record.offsetBytes, record.bytes);
        return;
      default:
    }
  }

  /** The ids of memory that is alive, with sizes. */
  sizes(): { memoryId: number; sizeBytes: number }[] {
    return Array.from(this.#memories, ([memoryId, { sizeBytes }]) => ({ memoryId, sizeBytes }));
  }

  /** Puts bytes into memory. Where there is none, as in the middle of a trace, there is nobody to read them. */
  write(memoryId: number, offsetBytes: number, bytes: Uint8Array): void {
    const memory = this.#memories.get(memoryId);
    const room = (memory?.sizeBytes ?? 0) - offsetBytes;
    if (memory === undefined || room <= 0) return;
    memory.bytes ??= new Uint8Array(memory.sizeBytes);
    memory.bytes.set(bytes.subarray(0, room), offsetBytes);
  }

  /** The bytes of a range, which are the caller's. What lies in no memory reads as zeroes. */
  read({ memoryId, offsetBytes, lengthBytes }: TraceRange): Uint8Array {
    const known = this.#memories.get(memoryId)?.bytes?.subarray(offsetBytes, offsetBytes + lengthBytes);
    const bytes = new Uint8Array(lengthBytes);
    if (known !== undefined) bytes.set(known);
    return bytes;
  }

  /** Bytes out of several ranges that count as one piece of memory, such as the backing of a resource. */
  gather(ranges: readonly TraceRange[], offsetBytes: number, lengthBytes: number): Uint8Array {
    const bytes = new Uint8Array(lengthBytes);
    let start = 0;
    for (const range of ranges) {
      const from = Math.max(offsetBytes, start);
      const to = Math.min(offsetBytes + lengthBytes, start + range.lengthBytes);
      if (from < to) {
        const { memoryId } = range;
        const part = { memoryId, offsetBytes: range.offsetBytes + from - start, lengthBytes: to - from };
        bytes.set(this.read(part), from - offsetBytes);
      }
      start += range.lengthBytes;
    }
    return bytes;
  }
}
