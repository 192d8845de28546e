// The guest's memory: regions that the front-end shares, found by guest-physical address, or by its own addresses for rings.

import type { FileDescriptor, MemoryRange } from '../../host';
import { VirglError } from '../../protocol/error';
import type { GuestMemory } from '../../virtio-gpu/guest-memory';
import type { MemoryRegion } from '../protocol/payloads';
import { MappedRegion } from './mapped-region';

const hex = (address: number): string => `0x${address.toString(16)}`;

/** Which of a region's addresses is meant. */
type Space = 'guestAddress' | 'userAddress';

const SPACE_NAMES: Readonly<Record<Space, string>> = {
  guestAddress: 'guest address',
  userAddress: 'front-end address',
};

const decodeError = (operation: string, message: string, field: string): VirglError =>
  new VirglError('ERR_VIRGL_DECODE', `vhost-user ${operation}: ${message}`, { operation, field });

const checkOverlaps = (operation: string, regions: readonly MappedRegion[]): void => {
  for (let index = 1; index < regions.length; index += 1) {
    const { guestAddress, sizeBytes } = regions[index - 1].region;
    const next = regions[index].region.guestAddress;
    if (next < guestAddress + sizeBytes)
      throw decodeError(
        operation,
        `regions overlap at guest address ${hex(next)}: expected one region for each address`,
        'guestAddress',
      );
  }
};

/** One state of the guest's memory. Changes make another one, which shares regions with this. */
export class MemoryMap implements GuestMemory {
  /** By guest address. */
  readonly #regions: readonly MappedRegion[];
  /** The region that was asked for last. */
  #last: MappedRegion | undefined;

  /** No memory at all. */
  static readonly EMPTY = new MemoryMap([]);

  private constructor(regions: readonly MappedRegion[]) {
    this.#regions = regions;
  }

  get regions(): readonly Readonly<MemoryRegion>[] {
    return this.#regions.map(({ region }) => region);
  }

  /**
   * The map of a whole table. Regions that are here already stay mapped; those that are not in it are unmapped.
   * @param fds one for each region; closed
   * @throws VirglError for regions that can't be; this map is left as it is then
   */
  replaced(regions: readonly MemoryRegion[], fds: readonly FileDescriptor[]): MemoryMap {
    const operation = 'SET_MEM_TABLE';
    const kept = new Set<MappedRegion>();
    const made: MappedRegion[] = [];
    try {
      if (fds.length !== regions.length)
        throw decodeError(
          operation,
          `expected ${regions.length} descriptors but received ${fds.length}`,
          'fds',
        );
      regions.forEach((region, index) => {
        const same = this.#regions.find((mapped) => !kept.has(mapped) && mapped.isSame(region, fds[index]));
        if (same !== undefined) kept.add(same);
        else made.push(MappedRegion.map(operation, region, fds[index]));
      });
      const map = MemoryMap.#of(operation, [...kept, ...made]);
      for (const region of this.#regions) if (!kept.has(region)) region[Symbol.dispose]();
      return map;
    } catch (error) {
      for (const region of made) region[Symbol.dispose]();
      throw error;
    } finally {
      for (const fd of fds) fd.close();
    }
  }

  /**
   * The map with one region more.
   * @param fd closed
   * @throws VirglError for a region that can't be
   */
  with(region: MemoryRegion, fd: FileDescriptor): MemoryMap {
    const operation = 'ADD_MEM_REG';
    try {
      const mapped = MappedRegion.map(operation, region, fd);
      try {
        return MemoryMap.#of(operation, [...this.#regions, mapped]);
      } catch (error) {
        mapped[Symbol.dispose]();
        throw error;
      }
    } finally {
      fd.close();
    }
  }

  /** The map without one of its regions, which is unmapped. @throws VirglError if there is no such region */
  without(region: MemoryRegion): MemoryMap {
    const operation = 'REM_MEM_REG';
    const gone = this.#regions.find(
      ({ region: { guestAddress, sizeBytes, userAddress } }) =>
        guestAddress === region.guestAddress &&
        sizeBytes === region.sizeBytes &&
        userAddress === region.userAddress,
    );
    if (gone === undefined)
      throw decodeError(
        operation,
        `expected a region of the map but received ${hex(region.guestAddress)} + ${hex(region.sizeBytes)}`,
        'region',
      );
    gone[Symbol.dispose]();
    return new MemoryMap(this.#regions.filter((kept) => kept !== gone));
  }

  /** Unmaps everything. */
  close(): void {
    for (const region of this.#regions) region[Symbol.dispose]();
  }

  ranges(address: number, lengthBytes: number): MemoryRange[] {
    const ranges: MemoryRange[] = [];
    for (let done = 0; done < lengthBytes;) {
      const mapped = this.#find('guestAddress', address + done, address, lengthBytes);
      const { guestAddress, sizeBytes } = mapped.region;
      const offset = address + done - guestAddress;
      const part = Math.min(lengthBytes - done, sizeBytes - offset);
      mapped.appendRanges(offset, part, ranges);
      done += part;
    }
    return ranges;
  }

  /** @throws VirglError when any byte of it is not mapped */
  check(address: number, lengthBytes: number): void {
    for (let done = 0; done < lengthBytes;) {
      const { guestAddress, sizeBytes } = this.#find(
        'guestAddress',
        address + done,
        address,
        lengthBytes,
      ).region;
      done += Math.min(lengthBytes - done, guestAddress + sizeBytes - address - done);
    }
  }

  /** The memory behind a ring's address, which has to be one piece. @throws VirglError when any byte is not mapped */
  userRange(address: number, lengthBytes: number): MemoryRange {
    const mapped = this.#find('userAddress', address, address, lengthBytes);
    const offset = address - mapped.region.userAddress;
    const { memory, offsetBytes } = mapped.at(offset);
    if (lengthBytes > mapped.region.sizeBytes - offset || lengthBytes > memory.sizeBytes - offsetBytes)
      throw this.#notMapped('userAddress', address, lengthBytes);
    return { memory, offsetBytes, lengthBytes };
  }

  /** Copies guest memory into memory of ours. @throws VirglError when any byte is not mapped */
  copyFrom(address: number, into: Uint8Array): void {
    const whole = this.#piece(address, into.byteLength);
    if (whole !== undefined) {
      into.set(whole);
      return;
    }
    let done = 0;
    for (const { memory, offsetBytes, lengthBytes } of this.ranges(address, into.byteLength)) {
      into.set(memory.bytes.subarray(offsetBytes, offsetBytes + lengthBytes), done);
      done += lengthBytes;
    }
  }

  /** Copies into guest memory. @throws VirglError when any byte is not mapped */
  copyTo(address: number, from: Uint8Array): void {
    const whole = this.#piece(address, from.byteLength);
    if (whole !== undefined) {
      whole.set(from);
      return;
    }
    let done = 0;
    for (const { memory, offsetBytes, lengthBytes } of this.ranges(address, from.byteLength)) {
      memory.bytes.set(from.subarray(done, done + lengthBytes), offsetBytes);
      done += lengthBytes;
    }
  }

  /** The bytes, if they are in one piece as nearly always. @throws VirglError when the first one is not mapped */
  #piece(address: number, lengthBytes: number): Uint8Array | undefined {
    if (lengthBytes === 0) return undefined;
    const mapped = this.#find('guestAddress', address, address, lengthBytes);
    const offset = address - mapped.region.guestAddress;
    const { memory, offsetBytes } = mapped.at(offset);
    const end = offsetBytes + lengthBytes;
    return end <= memory.sizeBytes ? memory.bytes.subarray(offsetBytes, end) : undefined;
  }

  static #of(operation: string, regions: MappedRegion[]): MemoryMap {
    const sorted = regions.sort((a, b) => a.region.guestAddress - b.region.guestAddress);
    checkOverlaps(operation, sorted);
    return new MemoryMap(sorted);
  }

  #find(space: Space, at: number, address: number, lengthBytes: number): MappedRegion {
    const last = this.#last;
    if (last !== undefined && contains(last, space, at)) return last;
    const found = this.#regions.find((mapped) => contains(mapped, space, at));
    if (found === undefined) throw this.#notMapped(space, address, lengthBytes);
    this.#last = found;
    return found;
  }

  #notMapped(space: Space, address: number, lengthBytes: number): VirglError {
    return new VirglError(
      'ERR_VIRGL_ARGUMENT',
      `guest memory: expected mapped memory for ${SPACE_NAMES[space]} but received ${hex(address)} + ${lengthBytes}`,
      { operation: 'guest memory', field: SPACE_NAMES[space], value: address },
    );
  }
}

const contains = ({ region }: MappedRegion, space: Space, address: number): boolean =>
  address >= region[space] && address < region[space] + region.sizeBytes;
