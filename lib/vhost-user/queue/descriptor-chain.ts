// One chain of descriptors: what a driver sends, and where it wants the answer. Facts: virtio 1.2, section 2.7.5.

import { VirglError } from '../../protocol/error';
import type { MemoryMap } from '../memory/memory-map';
import type { RequestBuffer } from './request-buffers';
import { type Descriptor, DESCRIPTOR_BYTES, DESCRIPTOR_WORDS, readDescriptor } from './ring-areas';

const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;

/** Bounds on one chain. */
export interface ChainLimits {
  maxDescriptors: number;
  /** Of all that is to be read. */
  maxRequestBytes: number;
}

/** What a virtqueue takes where nobody says otherwise. */
export const DEFAULT_CHAIN_LIMITS: Readonly<ChainLimits> = {
  maxDescriptors: 32768,
  maxRequestBytes: 64 * 1024 * 1024,
};

/** A part of a chain in guest memory. */
interface Part {
  address: number;
  lengthBytes: number;
}

const chainError = (field: string, expected: string, value: unknown, cause?: unknown): VirglError =>
  new VirglError(
    'ERR_VIRGL_DECODE',
    `descriptor chain: expected ${expected} for ${field} but found ${value}`,
    {
      operation: 'descriptor chain',
      field,
      value,
      cause,
    },
  );

/** What a chain consists of, found out before any of it is read. */
export interface ChainLayout {
  readable: Part[];
  requestBytes: number;
  writable: Part[];
  responseBytes: number;
}

/** Where a chain leads through. */
interface DescriptorTable {
  words: Uint32Array;
  /** Of its first entry. */
  firstWord: number;
  entries: number;
  isIndirect: boolean;
}

/** Walks chains of one virtqueue. Each descriptor is read once, so that it doesn't matter whether the guest changes it meanwhile. */
export class ChainWalker {
  readonly #limits: ChainLimits;
  readonly #allowsIndirect: boolean;
  readonly #descriptor: Descriptor = { address: 0, lengthBytes: 0, flags: 0, next: 0 };

  constructor(limits: ChainLimits, allowsIndirect: boolean) {
    this.#limits = limits;
    this.#allowsIndirect = allowsIndirect;
  }

  /** @throws VirglError `ERR_VIRGL_DECODE` for a chain that can't be */
  walk(map: MemoryMap, words: Uint32Array, head: number): ChainLayout {
    const layout: ChainLayout = { readable: [], requestBytes: 0, writable: [], responseBytes: 0 };
    readDescriptor(words, head * DESCRIPTOR_WORDS, this.#descriptor);
    if ((this.#descriptor.flags & INDIRECT) !== 0) {
      this.#walkTable(map, this.#indirectTable(map), 0, layout);
      return layout;
    }
    const entries = words.length / DESCRIPTOR_WORDS;
    this.#walkTable(map, { words, firstWord: 0, entries, isIndirect: false }, head, layout);
    return layout;
  }

  /** The table that the descriptor refers to. */
  #indirectTable(map: MemoryMap): DescriptorTable {
    const { address, lengthBytes, flags } = this.#descriptor;
    if (!this.#allowsIndirect)
      throw chainError('flags', 'no INDIRECT, which was not negotiated,', `0x${flags.toString(16)}`);
    if ((flags & NEXT) !== 0) throw chainError('flags', 'INDIRECT without NEXT', `0x${flags.toString(16)}`);
    const most = this.#limits.maxDescriptors * DESCRIPTOR_BYTES;
    if (lengthBytes === 0 || lengthBytes % DESCRIPTOR_BYTES !== 0 || lengthBytes > most)
      throw chainError(
        'length of an indirect table',
        `a multiple of ${DESCRIPTOR_BYTES} up to ${most}`,
        lengthBytes,
      );
    const entries = lengthBytes / DESCRIPTOR_BYTES;
    try {
      const place = map.place(address, lengthBytes);
      if (place !== undefined && place.at % Uint32Array.BYTES_PER_ELEMENT === 0)
        return { words: place.words, firstWord: place.at / 4, entries, isIndirect: true };
      const words = new Uint32Array(lengthBytes / Uint32Array.BYTES_PER_ELEMENT);
      map.copyFrom(address, new Uint8Array(words.buffer));
      return { words, firstWord: 0, entries, isIndirect: true };
    } catch (error) {
      throw chainError('address of an indirect table', 'guest memory', `0x${address.toString(16)}`, error);
    }
  }

  #walkTable(map: MemoryMap, table: DescriptorTable, first: number, layout: ChainLayout): void {
    const { words, firstWord, entries, isIndirect } = table;
    const descriptor = this.#descriptor;
    // A chain can't have more descriptors than its table without a loop.
    const most = Math.min(entries, this.#limits.maxDescriptors);
    for (let index = first, count = 1; ; index = descriptor.next, count += 1) {
      if (count > most) throw chainError('length', `at most ${most} descriptors`, 'a loop, or more');
      if (index >= entries) throw chainError('next', `less than ${entries}`, index);
      readDescriptor(words, firstWord + index * DESCRIPTOR_WORDS, descriptor);
      const { flags } = descriptor;
      if ((flags & INDIRECT) !== 0)
        throw chainError(
          'flags',
          isIndirect ? 'no INDIRECT within an indirect table' : 'no INDIRECT behind a head',
          `0x${flags.toString(16)}`,
        );
      this.#add(map, layout);
      if ((flags & NEXT) === 0) return;
    }
  }

  #add(map: MemoryMap, layout: ChainLayout): void {
    const { address, lengthBytes, flags } = this.#descriptor;
    if (lengthBytes === 0) throw chainError('length of a descriptor', 'at least 1', 0);
    const part = { address, lengthBytes };
    if ((flags & WRITE) === 0) {
      if (layout.writable.length > 0)
        throw chainError('flags', 'WRITE behind a descriptor with WRITE', `0x${flags.toString(16)}`);
      layout.readable.push(part);
      layout.requestBytes += lengthBytes;
      if (layout.requestBytes > this.#limits.maxRequestBytes)
        throw chainError('length', `at most ${this.#limits.maxRequestBytes} bytes`, layout.requestBytes);
      return;
    }
    // What is read is looked up when it is copied; this only when it is answered, which is too late for a word about it.
    try {
      map.check(address, lengthBytes);
    } catch (error) {
      throw chainError(
        'address of a descriptor',
        'guest memory',
        `0x${address.toString(16)} + ${lengthBytes}`,
        error,
      );
    }
    layout.writable.push(part);
    layout.responseBytes += lengthBytes;
  }
}

/** Copies what a driver sends out of guest memory, once. @throws VirglError `ERR_VIRGL_DECODE` */
export const copyRequest = (map: MemoryMap, { readable }: ChainLayout, { bytes }: RequestBuffer): void => {
  let done = 0;
  for (const { address, lengthBytes } of readable) {
    try {
      map.copyFrom(address, bytes, done, lengthBytes);
    } catch (error) {
      throw chainError(
        'address of a descriptor',
        'guest memory',
        `0x${address.toString(16)} + ${lengthBytes}`,
        error,
      );
    }
    done += lengthBytes;
  }
};

/**
 * Writes an answer where the driver wants it, as far as there is room.
 * @returns bytes written
 * @throws VirglError when the memory is gone since the chain was walked
 */
export const writeResponse = (map: MemoryMap, { writable }: ChainLayout, response: Uint8Array): number => {
  let done = 0;
  for (const { address, lengthBytes } of writable) {
    const length = Math.min(lengthBytes, response.byteLength - done);
    if (length === 0) break;
    map.copyTo(address, response, done, length);
    done += length;
  }
  return done;
};
