// Memory that a caller lends to a resource. A vtest server can't be given it, so it stays here: transfers copy out of it
// and into it.

import { type MemoryRange, SharedMemory } from '../../host';
import { Spans } from './memory';

interface Mapping {
  memory: SharedMemory;
  users: number;
}

/** A resource's backing. */
export interface Backing {
  readonly spans: Spans;
  /** The resource lets go of it. */
  release(): void;
}

/** The same memory, mapped once more; itself if nobody can, because it has no descriptor any more. */
const mapAgain = (memory: SharedMemory): SharedMemory => {
  const { sizeBytes } = memory;
  try {
    using fd = memory.duplicateFd();
    const again = SharedMemory.fromFd(fd, { sizeBytes });
    again.takeFd().close();
    return again;
  } catch {
    return memory;
  }
};

/**
 * The lent memories of one host, each mapped once more: callers may close theirs while it is lent, and what resources do
 * goes on being seen by everyone else who has it.
 */
export class LentMemories {
  readonly #mappings = new Map<SharedMemory, Mapping>();

  /** Takes ranges as a backing. */
  lend(ranges: readonly MemoryRange[]): Backing {
    const lent = [...new Set(ranges.map(({ memory }) => memory))];
    const views = new Map(lent.map((memory) => [memory, this.#map(memory).bytes]));
    const spans = new Spans(
      // Every memory of the ranges is in the map.
      ranges.map(({ memory, offsetBytes, lengthBytes }) =>
        (views.get(memory) as Uint8Array).subarray(offsetBytes, offsetBytes + lengthBytes),
      ),
    );
    let isLent = true;
    return {
      spans,
      release: () => {
        if (isLent) for (const memory of lent) this.#unmap(memory);
        isLent = false;
      },
    };
  }

  #map(memory: SharedMemory): SharedMemory {
    const known = this.#mappings.get(memory);
    if (known !== undefined) {
      known.users += 1;
      return known.memory;
    }
    const mapping = { memory: mapAgain(memory), users: 1 };
    this.#mappings.set(memory, mapping);
    return mapping.memory;
  }

  #unmap(memory: SharedMemory): void {
    const mapping = this.#mappings.get(memory);
    if (mapping === undefined) return;
    mapping.users -= 1;
    if (mapping.users > 0) return;
    if (mapping.memory !== memory) mapping.memory.close();
    this.#mappings.delete(memory);
  }
}
