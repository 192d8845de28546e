// A trace file, to read from at any place. docs/trace-format.md describes the bytes.

import { invalidArgument, VirglError } from '../../protocol/error';
import type { TraceMeta, TraceRecord, TraceSource } from '../model';
import { damagedAt, parseChunkHeader, unpackChunk } from './chunk';
import { ChunkCache, readChunk } from './chunk-cache';
import type { ChunkRecords } from './chunk-records';
import { checkFileHeader, parseBeginning, type TraceBeginning } from './file-header';
import { type ChunkPlace, decodeIndex, decodeTrailer, type TraceIndex } from './index-chunk';
import {
  CHUNK_HEADER_BYTES,
  ChunkType,
  FILE_HEADER_BYTES,
  KIND_MASK,
  RecordNumber,
  TRAILER_BYTES,
} from './layout';
import { RecordReader } from './record-codec';
import { scanChunks } from './scan';
import type { FrameEnd, TraceCounts } from './totals';
import { bytesInMemory, bytesOfFile, type TraceBytes } from './trace-bytes';
import { faulty } from './words';

/** What a trace has, as its index says or as it was counted. */
export interface TraceSummary extends TraceCounts {
  /** Whether the trace was ended by its writer and its index is whole. */
  complete: boolean;
  /** Why it is not complete; `byteOffset` says where. */
  problem?: VirglError;
  /** Of the file. */
  sizeBytes: number;
  chunks: number;
  records: number;
  calls: number;
  /** Pieces of bytes, each kept once. */
  contents: number;
  /** Where each frame ends. */
  frames: readonly FrameEnd[];
}

/** Records by number: `from` and those behind it, without `to`. */
export interface RecordRange {
  from?: number;
  to?: number;
}

interface OpenedIndex extends TraceIndex {
  problem?: VirglError;
  lastIsCut?: boolean;
  isDamaged?: boolean;
}

/** The last entry of a list, sorted by `key`, that is not behind `value`. */
const lastNotAfter = <T>(list: readonly T[], value: number, key: (entry: T) => number): number => {
  let low = 0;
  let high = list.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (key(list[middle] as T) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
};

/**
 * Reads a trace. Memory stays the same however long it is; everything happens on the calling thread. A file that was cut is read
 * up to its last whole record, and {@link summary} says so.
 */
export class TraceReader implements TraceSource, Disposable {
  readonly meta: TraceMeta;
  readonly summary: TraceSummary;
  readonly #bytes: TraceBytes;
  readonly #index: OpenedIndex;
  readonly #cache: ChunkCache;
  readonly #records: RecordReader;
  #closed = false;

  private constructor(bytes: TraceBytes) {
    this.#bytes = bytes;
    const { beginning, chunksAt } = readBeginning(bytes);
    this.#records = new RecordReader(beginning.calls);
    this.#index = readIndex(bytes, chunksAt) ?? scanChunks(bytes, chunksAt, beginning.calls);
    const { chunks, frames, total, counts, meta, problem, lastIsCut = false } = this.#index;
    this.#cache = new ChunkCache(bytes, chunks, lastIsCut);
    this.meta = { ...beginning.meta, ...meta };
    this.summary = {
      complete: problem === undefined,
      ...(problem === undefined ? {} : { problem }),
      sizeBytes: bytes.sizeBytes,
      chunks: chunks.length,
      records: total.records,
      calls: total.calls,
      contents: total.contents,
      frames,
      ...counts,
    };
  }

  /**
   * Opens a file. Without an index (its writer was killed) the file is read once from its beginning to its end for that.
   * @throws VirglError `ERR_VIRGL_SYSTEM`, `ERR_VIRGL_DECODE` if it is no trace, `ERR_VIRGL_UNSUPPORTED` if it is too new
   */
  static open(path: string): TraceReader {
    const bytes = bytesOfFile(path);
    try {
      return new TraceReader(bytes);
    } catch (error) {
      bytes.close();
      throw error;
    }
  }

  /** Reads a trace in memory, as {@link encodeTrace} makes. */
  static fromBytes(bytes: Uint8Array): TraceReader {
    return new TraceReader(bytesInMemory(bytes));
  }

  /** The records of frames `first` to `last`, both included. */
  rangeOfFrames(first: number, last: number): Required<RecordRange> {
    const { frames } = this.summary;
    if (!Number.isInteger(first) || first < 0 || first >= frames.length)
      throw invalidArgument('rangeOfFrames', 'first', `a frame from 0 to ${frames.length - 1}`, first);
    if (!Number.isInteger(last) || last < first || last >= frames.length)
      throw invalidArgument('rangeOfFrames', 'last', `a frame from ${first} to ${frames.length - 1}`, last);
    const before = frames[first - 1];
    return { from: before === undefined ? 0 : before.record + 1, to: (frames[last] as FrameEnd).record + 1 };
  }

  /**
   * Records in order. Their bytes are views that stay valid as long as somebody has them, and must not be written to.
   * @throws VirglError `ERR_VIRGL_DECODE` at a place that is damaged, behind all records before it
   */
  *records(range: RecordRange = {}): Generator<TraceRecord, void, undefined> {
    const { chunks, total, problem, isDamaged } = this.#index;
    const { from = 0, to = total.records } = range;
    for (const [field, value] of Object.entries({ from, to }))
      if (!Number.isSafeInteger(value) || value < 0)
        throw invalidArgument('records', field, 'an integer that is not negative', value);
    const last = Math.min(to, total.records);
    let number = from;
    if (from < last) {
      for (let chunk = lastNotAfter(chunks, from, ({ first }) => first.records); number < last; chunk += 1)
        number = yield* this.#recordsOf(chunk, number, last);
    }
    if (isDamaged === true && to >= total.records && from <= total.records) throw problem as VirglError;
  }

  /** Ends reading. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#bytes.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #chunk(number: number): ChunkRecords {
    if (this.#closed)
      throw new VirglError('ERR_VIRGL_CLOSED', 'TraceReader: already closed', { operation: 'records' });
    if (number >= this.#index.chunks.length)
      throw damagedAt(this.#bytes.sizeBytes, 'the index says that there are more records than there are');
    return this.#cache.chunk(number);
  }

  /** @returns the number of the next record that is wanted */
  *#recordsOf(number: number, from: number, to: number): Generator<TraceRecord, number, undefined> {
    const chunk = this.#chunk(number);
    const { byteOffset, first } = this.#index.chunks[number] as ChunkPlace;
    const { words } = chunk;
    let record = first.records;
    for (let at = 0; at < words.length && record < to;) {
      let end: number;
      let read: TraceRecord | undefined;
      try {
        end = chunk.endOf(at);
        const kind = (words[at] as number) & KIND_MASK;
        const stays = kind === RecordNumber.content || kind === RecordNumber.meta;
        read = stays || record < from ? undefined : this.#records.read(words, at, end, this.#piece);
        if (!stays) record += 1;
      } catch (error) {
        throw placed(error, byteOffset, record, at);
      }
      at = end;
      if (read !== undefined) yield read;
    }
    return record;
  }

  readonly #piece = (id: number): Uint8Array => {
    const { chunks } = this.#index;
    const bytes = this.#chunk(lastNotAfter(chunks, id, ({ first }) => first.contents)).content(id);
    if (bytes === undefined) throw faulty(`its piece ${id} is nowhere`);
    return bytes;
  };
}

const placed = (error: unknown, byteOffset: number, record: number, at: number): unknown => {
  if (!(error instanceof VirglError) || error.code !== 'ERR_VIRGL_DECODE') {
    // A number that is far too large, where memory was asked for.
    if (!(error instanceof RangeError)) return error;
  } else if (error.byteOffset !== undefined) return error;
  const place = `record ${record}, at byte ${at * Uint32Array.BYTES_PER_ELEMENT} of this chunk`;
  return damagedAt(byteOffset, `${place}, can't be read: ${(error as Error).message}`, error);
};

const readBeginning = (bytes: TraceBytes): { beginning: TraceBeginning; chunksAt: number } => {
  checkFileHeader(bytes.read(0, FILE_HEADER_BYTES));
  const header = bytes.read(FILE_HEADER_BYTES, CHUNK_HEADER_BYTES);
  if (header.length < CHUNK_HEADER_BYTES)
    throw damagedAt(bytes.sizeBytes, 'the file ends before what it says of itself');
  const parsed = parseChunkHeader(header, FILE_HEADER_BYTES);
  if (parsed.type !== ChunkType.meta)
    throw damagedAt(FILE_HEADER_BYTES, 'the first chunk is of another type');
  const storedAt = FILE_HEADER_BYTES + CHUNK_HEADER_BYTES;
  const stored = bytes.read(storedAt, parsed.storedBytes);
  if (stored.length < parsed.storedBytes)
    throw damagedAt(bytes.sizeBytes, 'the file ends within what it says of itself');
  const raw = unpackChunk(parsed, stored, FILE_HEADER_BYTES);
  return { beginning: parseBeginning(raw, FILE_HEADER_BYTES), chunksAt: storedAt + parsed.storedBytes };
};

/** The index as it stands in the file; undefined where there is none that can be believed. */
const readIndex = (bytes: TraceBytes, chunksAt: number): TraceIndex | undefined => {
  const trailerAt = bytes.sizeBytes - TRAILER_BYTES;
  const byteOffset = decodeTrailer(bytes.read(Math.max(0, trailerAt), TRAILER_BYTES));
  if (byteOffset === undefined || byteOffset < chunksAt || byteOffset >= trailerAt) return undefined;
  try {
    const header = parseChunkHeader(bytes.read(byteOffset, CHUNK_HEADER_BYTES), byteOffset);
    if (header.type !== ChunkType.index) return undefined;
    const place = { byteOffset, lengthBytes: CHUNK_HEADER_BYTES + header.storedBytes, first: header.first };
    return decodeIndex(readChunk(bytes, place, false).words);
  } catch {
    return undefined;
  }
};
