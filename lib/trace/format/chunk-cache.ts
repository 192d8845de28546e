// Chunks that were read, as long as memory lasts: contents are asked for again and again, from wherever they were first.

import { damagedAt, parseChunkHeader, salvageChunk, unpackChunk } from './chunk';
import { ChunkRecords } from './chunk-records';
import type { ChunkPlace } from './index-chunk';
import { CHUNK_HEADER_BYTES } from './layout';
import type { TraceBytes } from './trace-bytes';

const CACHE_BYTES = 64 * 1024 * 1024;

/** Reads chunks by their number. */
export class ChunkCache {
  readonly #bytes: TraceBytes;
  readonly #places: readonly ChunkPlace[];
  /** The last chunk was cut: as much of it as there is. */
  readonly #lastIsCut: boolean;
  /** The one that was used last is last. */
  readonly #kept = new Map<number, ChunkRecords>();
  #keptBytes = 0;

  constructor(bytes: TraceBytes, places: readonly ChunkPlace[], lastIsCut: boolean) {
    this.#bytes = bytes;
    this.#places = places;
    this.#lastIsCut = lastIsCut;
  }

  /** @throws VirglError `ERR_VIRGL_DECODE` if it is damaged */
  chunk(number: number): ChunkRecords {
    let chunk = this.#kept.get(number);
    if (chunk !== undefined) {
      this.#kept.delete(number);
    } else {
      const place = this.#places[number] as ChunkPlace;
      chunk = readChunk(this.#bytes, place, this.#lastIsCut && number === this.#places.length - 1);
      this.#keptBytes += chunk.sizeBytes;
      for (const [oldest, { sizeBytes }] of this.#kept) {
        if (this.#keptBytes <= CACHE_BYTES) break;
        this.#kept.delete(oldest);
        this.#keptBytes -= sizeBytes;
      }
    }
    this.#kept.set(number, chunk);
    return chunk;
  }
}

/** Reads the chunk at a place. */
export const readChunk = (bytes: TraceBytes, place: ChunkPlace, isCut: boolean): ChunkRecords => {
  const { byteOffset, lengthBytes, first } = place;
  const all = bytes.read(byteOffset, lengthBytes);
  if (all.length < CHUNK_HEADER_BYTES)
    throw damagedAt(byteOffset, 'the file ends before a chunk that its index has');
  const header = parseChunkHeader(all, byteOffset);
  const stored = all.subarray(CHUNK_HEADER_BYTES);
  if (!isCut && stored.length !== header.storedBytes)
    throw damagedAt(
      byteOffset,
      `a chunk has ${stored.length} bytes where its header says ${header.storedBytes}`,
    );
  const raw = isCut ? salvageChunk(header, stored, byteOffset) : unpackChunk(header, stored, byteOffset);
  // What is stored as it is lies in the buffer that the next read uses.
  return new ChunkRecords(raw.buffer === all.buffer ? new Uint8Array(raw) : raw, first.contents);
};
