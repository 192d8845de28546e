// What recorded memory holds at each point of a trace, for those who read command streams out of it.

import type { TraceRange, TraceRecord } from '../model';

/** Contents of recorded memory, kept up as records go by. */
export class MemoryContents {
  readonly #memories = new Map<number, Uint8Array>();

  /** Takes the next record. */
  see(record: TraceRecord): void {
    if (record.kind === 'memory') this.#memories.set(record.memoryId, new Uint8Array(record.sizeBytes));
    else if (record.kind === 'memoryEnd') this.#memories.delete(record.memoryId);
    else if (record.kind === 'write')
      this.#memories.get(record.memoryId)?.set(record.bytes, record.offsetBytes);
  }

  /** The bytes of a range; as many as there are. A view, which the next write changes. */
  bytes({ memoryId, offsetBytes, lengthBytes }: TraceRange): Uint8Array {
    const memory = this.#memories.get(memoryId) ?? new Uint8Array(0);
    return memory.subarray(offsetBytes, offsetBytes + lengthBytes);
  }
}
