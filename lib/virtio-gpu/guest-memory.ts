// The guest's memory, and the pieces of it that resources use.

import type { MemoryRange } from '../host';
import { VirglError } from '../protocol/error';
import { CommandFault, invalidParameter } from './faults';
import type { MemoryEntry } from './messages';

/** Guest-physical memory. */
export interface GuestMemory {
  /**
   * The pieces of shared memory behind guest-physical [address, address + lengthBytes), in order.
   * @throws VirglError when any byte is not mapped
   */
  ranges(address: number, lengthBytes: number): MemoryRange[];
}

const joins = (before: MemoryRange | undefined, next: MemoryRange): before is MemoryRange =>
  before !== undefined &&
  before.memory === next.memory &&
  before.offsetBytes + before.lengthBytes === next.offsetBytes;

/** Appends a piece, as a part of the last one if it follows that. */
const append = (ranges: MemoryRange[], next: MemoryRange): void => {
  const last = ranges.at(-1);
  if (joins(last, next)) last.lengthBytes += next.lengthBytes;
  else ranges.push({ ...next });
};

/**
 * The pieces of shared memory behind entries of a request; neighbours become one.
 * @throws CommandFault
 */
export const mapEntries = (
  memory: GuestMemory | undefined,
  entries: readonly MemoryEntry[],
): MemoryRange[] => {
  if (memory === undefined) throw new CommandFault('ERR_UNSPEC', 'the device has no guest memory');
  const ranges: MemoryRange[] = [];
  entries.forEach(({ address, lengthBytes }, index) => {
    if (lengthBytes === 0) throw invalidParameter(`entries[${index}].length`, 'at least 1', 0);
    try {
      for (const range of memory.ranges(address, lengthBytes)) append(ranges, range);
    } catch (error) {
      if (!(error instanceof VirglError)) throw error;
      throw invalidParameter(
        `entries[${index}].address`,
        'guest memory',
        `0x${address.toString(16)} + ${lengthBytes}`,
        { cause: error },
      );
    }
  });
  return ranges;
};

/** Bytes of some pieces. */
export const totalBytes = (ranges: readonly MemoryRange[]): number =>
  ranges.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);

/** The guest memory of one resource. */
export class Backing {
  readonly entries: readonly MemoryEntry[];
  readonly sizeBytes: number;
  #ranges: readonly MemoryRange[];
  #of: GuestMemory | undefined;

  /** @throws CommandFault for entries that are not in memory */
  constructor(memory: GuestMemory | undefined, entries: readonly MemoryEntry[]) {
    this.entries = entries;
    this.#ranges = mapEntries(memory, entries);
    this.#of = memory;
    this.sizeBytes = totalBytes(this.#ranges);
  }

  /** The pieces, looked up anew where the guest's memory was replaced since. @throws CommandFault */
  ranges(memory: GuestMemory | undefined): readonly MemoryRange[] {
    if (memory !== this.#of) {
      this.#ranges = mapEntries(memory, this.entries);
      this.#of = memory;
    }
    return this.#ranges;
  }
}
