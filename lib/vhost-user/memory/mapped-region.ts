// One region of guest memory, mapped here.

import { constants } from 'node:buffer';
import { fstatSync } from 'node:fs';
import { type FileDescriptor, type MemoryRange, SharedMemory } from '../../host';
import { VirglError } from '../../protocol/error';
import type { MemoryRegion } from '../protocol/payloads';

const PAGE_BYTES = 4096;
const GIB = 2 ** 30;
/** Longest piece that is mapped as one: what a buffer of this release of Node.js can be, in whole GiB. */
const MAX_PIECE_BYTES = Math.floor(Math.min(constants.MAX_LENGTH, 2 ** 40) / GIB) * GIB - GIB;

const FIELDS = ['guestAddress', 'sizeBytes', 'userAddress', 'mmapOffset'] as const;

const checkRegion = (operation: string, region: MemoryRegion): void => {
  const fail = (field: string, expected: string, value: number): never => {
    const message = `vhost-user ${operation}: expected ${expected} for ${field} but received ${value}`;
    throw new VirglError('ERR_VIRGL_DECODE', message, { operation, field, value });
  };
  for (const field of FIELDS) {
    const value = region[field];
    if (!Number.isSafeInteger(value) || value % PAGE_BYTES !== 0) fail(field, 'whole pages', value);
  }
  if (region.sizeBytes === 0) fail('sizeBytes', 'at least a page', 0);
  for (const field of ['guestAddress', 'userAddress', 'mmapOffset'] as const) {
    if (!Number.isSafeInteger(region[field] + region.sizeBytes))
      fail(field, 'an address that a region can begin at', region[field]);
  }
};

/** Memory that is mapped as one, and as what it is read. Arrays are empty once it is closed. */
export interface MappedPiece {
  readonly memory: SharedMemory;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
}

const pieceOf = (memory: SharedMemory): MappedPiece => {
  const { bytes } = memory;
  return { memory, bytes, words: new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2) };
};

/** A region and its memory. */
export class MappedRegion implements Disposable {
  readonly region: Readonly<MemoryRegion>;
  readonly #pieces: readonly MappedPiece[];
  readonly #file: string;

  private constructor(region: MemoryRegion, file: string, pieces: readonly MappedPiece[]) {
    this.region = region;
    this.#file = file;
    this.#pieces = pieces;
  }

  /**
   * Maps it. The descriptor stays the caller's.
   * @throws VirglError `ERR_VIRGL_DECODE` for a region that can't be, `ERR_VIRGL_SYSTEM` for one that can't be mapped
   */
  static map(operation: string, region: MemoryRegion, fd: FileDescriptor): MappedRegion {
    checkRegion(operation, region);
    const { sizeBytes, mmapOffset } = region;
    const pieces: MappedPiece[] = [];
    try {
      for (let at = 0; at < sizeBytes; at += MAX_PIECE_BYTES) {
        const layout = { offsetBytes: mmapOffset + at, sizeBytes: Math.min(MAX_PIECE_BYTES, sizeBytes - at) };
        pieces.push(pieceOf(SharedMemory.fromFd(fd, layout)));
      }
    } catch (error) {
      for (const { memory } of pieces) memory.close();
      throw error;
    }
    return new MappedRegion(region, fileOf(fd), pieces);
  }

  /** Whether a region that comes again is this one. */
  isSame(region: MemoryRegion, fd: FileDescriptor): boolean {
    return this.hasLayout(region) && fileOf(fd) === this.#file;
  }

  /** Whether it lies where a region is said to lie. */
  hasLayout(region: MemoryRegion): boolean {
    return FIELDS.every((field) => region[field] === this.region[field]);
  }

  /** The piece that a byte lies in. */
  pieceAt(offset: number): MappedPiece {
    return this.#pieces[Math.floor(offset / MAX_PIECE_BYTES)];
  }

  /** Where a byte lies in its piece. */
  offsetInPiece(offset: number): number {
    return offset < MAX_PIECE_BYTES ? offset : offset % MAX_PIECE_BYTES;
  }

  /** Appends the memory behind a part of it. */
  appendRanges(offset: number, lengthBytes: number, ranges: MemoryRange[]): void {
    for (let done = 0; done < lengthBytes;) {
      const { memory } = this.pieceAt(offset + done);
      const offsetBytes = this.offsetInPiece(offset + done);
      const part = Math.min(lengthBytes - done, memory.sizeBytes - offsetBytes);
      // Never with a memory that was closed under us.
      if (part <= 0) throw new VirglError('ERR_VIRGL_CLOSED', 'guest memory: already closed');
      ranges.push({ memory, offsetBytes, lengthBytes: part });
      done += part;
    }
  }

  [Symbol.dispose](): void {
    for (const { memory } of this.#pieces) memory.close();
  }
}

const fileOf = (fd: FileDescriptor): string => {
  const { dev, ino } = fstatSync(fd.value, { bigint: true });
  return `${dev}/${ino}`;
};
