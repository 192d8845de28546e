// The three areas of a split virtqueue in shared memory. Facts: virtio 1.2, section 2.7.
// The indices are read and written by Atomics, which order what lies around them: what a guest wrote before an index is seen after it
// was read, and the other way round; a store and a load of them are never exchanged either.

import { VirglError } from '../../protocol/error';
import type { MemoryMap } from '../memory/memory-map';

/** Where the front-end says that the areas are: its own addresses. */
export interface RingAddresses {
  descriptors: number;
  available: number;
  used: number;
}

const DESCRIPTOR_BYTES = 16;
const DESCRIPTOR_WORDS = DESCRIPTOR_BYTES / 4;
const FLAGS = 0;
const INDEX = 1;
const ENTRIES = 2;
const USED_ENTRY_BYTES = 8;
const MAX_SIZE = 32768;

const NO_INTERRUPT = 1;
const NO_NOTIFY = 1;

/** One entry of a table of descriptors. */
export interface Descriptor {
  address: number;
  lengthBytes: number;
  flags: number;
  next: number;
}

/** Reads an entry at a dword of a table. Once: the guest may change it meanwhile. */
export const readDescriptor = (table: Uint32Array, at: number, into: Descriptor): void => {
  const last = table[at + 3];
  into.address = table[at] + table[at + 1] * 2 ** 32;
  into.lengthBytes = table[at + 2];
  into.flags = last & 0xffff;
  into.next = last >>> 16;
};

/** Length of one entry in a table of descriptors. */
export { DESCRIPTOR_BYTES, DESCRIPTOR_WORDS };

const ringError = (field: string, expected: string, value: unknown): VirglError =>
  new VirglError('ERR_VIRGL_DECODE', `virtqueue: expected ${expected} for ${field} but received ${value}`, {
    operation: 'virtqueue',
    field,
    value,
  });

/** Whether a virtqueue can have so many entries. */
export const isRingSize = (size: number): boolean =>
  size > 0 && size <= MAX_SIZE && (size & (size - 1)) === 0;

/** Bytes of each area of a ring. */
export const areaBytes = (size: number): Record<keyof RingAddresses, number> => ({
  descriptors: size * DESCRIPTOR_BYTES,
  available: (ENTRIES + size + 1) * 2,
  used: ENTRIES * 2 + size * USED_ENTRY_BYTES + 2,
});

const ALIGNMENT: Readonly<Record<keyof RingAddresses, number>> = { descriptors: 16, available: 2, used: 4 };

/** The areas, as arrays. */
export class RingAreas {
  readonly size: number;
  /** The table of descriptors. */
  readonly descriptors: Uint32Array;
  readonly #available: Uint16Array;
  readonly #used: Uint16Array;
  readonly #usedEntries: Uint32Array;

  /** @throws VirglError when an area is not in memory or not aligned */
  constructor(map: MemoryMap, addresses: RingAddresses, size: number) {
    if (!isRingSize(size)) throw ringError('size', `a power of two up to ${MAX_SIZE}`, size);
    const lengths = areaBytes(size);
    const place = (area: keyof RingAddresses): { buffer: ArrayBufferLike; at: number } => {
      const { memory, offsetBytes } = map.userRange(addresses[area], lengths[area]);
      if (offsetBytes % ALIGNMENT[area] !== 0)
        throw ringError(area, `a multiple of ${ALIGNMENT[area]}`, `0x${addresses[area].toString(16)}`);
      return { buffer: memory.bytes.buffer, at: offsetBytes };
    };
    this.size = size;
    const descriptors = place('descriptors');
    this.descriptors = new Uint32Array(descriptors.buffer, descriptors.at, size * DESCRIPTOR_WORDS);
    const available = place('available');
    this.#available = new Uint16Array(available.buffer, available.at, lengths.available / 2);
    const used = place('used');
    this.#used = new Uint16Array(used.buffer, used.at, lengths.used / 2);
    this.#usedEntries = new Uint32Array(used.buffer, used.at + ENTRIES * 2, size * 2);
  }

  /** How many chains the guest has made available, modulo 2¹⁶. */
  get availableIndex(): number {
    return Atomics.load(this.#available, INDEX);
  }

  /** The head of a chain that was made available. */
  availableHead(index: number): number {
    return this.#available[ENTRIES + (index & (this.size - 1))];
  }

  /** How many chains the device has used, as the ring says. */
  get usedIndex(): number {
    return Atomics.load(this.#used, INDEX);
  }

  /** Puts a chain into the used ring, and then tells its new index. */
  putUsed(index: number, head: number, lengthBytes: number): void {
    const at = (index & (this.size - 1)) * 2;
    this.#usedEntries[at] = head;
    this.#usedEntries[at + 1] = lengthBytes;
    Atomics.store(this.#used, INDEX, (index + 1) & 0xffff);
  }

  /** Whether the guest has asked for no interrupts; without EVENT_IDX. */
  get isInterruptOff(): boolean {
    return (Atomics.load(this.#available, FLAGS) & NO_INTERRUPT) !== 0;
  }

  /** The used index that the guest wants to be told of; with EVENT_IDX. */
  get usedEvent(): number {
    return Atomics.load(this.#available, ENTRIES + this.size);
  }

  /** The available index that we want to be told of; with EVENT_IDX. */
  set availableEvent(index: number) {
    Atomics.store(this.#used, ENTRIES + this.size * (USED_ENTRY_BYTES / 2), index);
  }

  /** Whether the guest is to tell us of what it makes available; without EVENT_IDX. */
  set isNotifyOff(off: boolean) {
    Atomics.store(this.#used, FLAGS, off ? NO_NOTIFY : 0);
  }
}
