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

/** Where something lies, until the map is asked again. */
export interface Place {
  bytes: Uint8Array;
  words: Uint32Array;
  /** Bytes before it. */
  at: number;
}

/** Up to here a loop is quicker than a call. */
const MAX_LOOP_BYTES = 96;

const copyBytes = (from: Uint8Array, at: number, into: Uint8Array, intoAt: number, count: number): void => {
  if (count <= MAX_LOOP_BYTES)
    for (let index = 0; index < count; index += 1) into[intoAt + index] = from[at + index];
  else into.set(from.subarray(at, at + count), intoAt);
};

/** One state of the guest's memory. Changes make another one, which shares regions with this. */
export class MemoryMap implements GuestMemory {
  /** By guest address. */
  readonly #regions: readonly MappedRegion[];
  readonly #place: Place = { bytes: new Uint8Array(0), words: new Uint32Array(0), at: 0 };
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
    const { memory } = mapped.pieceAt(offset);
    const offsetBytes = mapped.offsetInPiece(offset);
    if (lengthBytes > mapped.region.sizeBytes - offset || lengthBytes > memory.sizeBytes - offsetBytes)
      throw this.#notMapped('userAddress', address, lengthBytes);
    return { memory, offsetBytes, lengthBytes };
  }

  /**
   * Where memory lies that is in one piece, as it nearly always is; undefined when it is in several.
   * @returns the same object every time
   * @throws VirglError when the first byte is not mapped
   */
  place(address: number, lengthBytes: number): Place | undefined {
    const mapped = this.#find('guestAddress', address, address, lengthBytes);
    const offset = address - mapped.region.guestAddress;
    const piece = mapped.pieceAt(offset);
    const at = mapped.offsetInPiece(offset);
    if (at + lengthBytes > piece.bytes.length) return undefined;
    const place = this.#place;
    place.bytes = piece.bytes;
    place.words = piece.words;
    place.at = at;
    return place;
  }

  /**
   * Copies guest memory into memory of ours.
   * @param at where to in it
   * @throws VirglError when any byte is not mapped
   */
  copyFrom(address: number, into: Uint8Array, at = 0, lengthBytes = into.byteLength - at): void {
    if (lengthBytes === 0) return;
    const place = this.place(address, lengthBytes);
    if (place !== undefined) {
      copyBytes(place.bytes, place.at, into, at, lengthBytes);
      return;
    }
    let done = at;
    for (const range of this.ranges(address, lengthBytes)) {
      copyBytes(range.memory.bytes, range.offsetBytes, into, done, range.lengthBytes);
      done += range.lengthBytes;
    }
  }

  /**
   * Copies into guest memory.
   * @param at where from
   * @throws VirglError when any byte is not mapped
   */
  copyTo(address: number, from: Uint8Array, at = 0, lengthBytes = from.byteLength - at): void {
    if (lengthBytes === 0) return;
    const place = this.place(address, lengthBytes);
    if (place !== undefined) {
      copyBytes(from, at, place.bytes, place.at, lengthBytes);
      return;
    }
    let done = at;
    for (const range of this.ranges(address, lengthBytes)) {
      copyBytes(from, done, range.memory.bytes, range.offsetBytes, range.lengthBytes);
      done += range.lengthBytes;
    }
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
