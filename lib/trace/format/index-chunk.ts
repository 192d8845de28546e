// The index: a chunk behind all others that says where everything is, and the trailer that says where the index is.

import { crc32 } from 'node:zlib';
import type { TraceMeta } from '../model';
import { TRAILER_BYTES, TRAILER_MAGIC } from './layout';
import type { FrameEnd, TraceCounts, TracePosition, TraceTotals } from './totals';
import { faulty, textOf, utf8, WordCursor, WordList } from './words';

/** Where a chunk of records is. */
export interface ChunkPlace {
  byteOffset: number;
  /** With its header. */
  lengthBytes: number;
  first: TracePosition;
}

/** What the index says. */
export interface TraceIndex {
  chunks: ChunkPlace[];
  frames: FrameEnd[];
  total: TracePosition;
  counts: TraceCounts;
  /** What became known of the trace after its beginning. */
  meta: Partial<TraceMeta>;
}

const PLACE_WORDS = 7;
const FRAME_WORDS = 2;

/** The bytes of an index. */
export const encodeIndex = (
  chunks: readonly ChunkPlace[],
  totals: TraceTotals,
  meta: Partial<TraceMeta>,
): Uint8Array => {
  const words = new WordList();
  words.text(utf8(JSON.stringify({ total: totals.position, counts: totals.counts(), meta })));
  words.push(chunks.length);
  for (const { byteOffset, lengthBytes, first } of chunks) {
    words.pushSize(byteOffset);
    words.push(lengthBytes);
    for (const count of [first.records, first.calls, first.contents, first.frames]) words.push(count);
  }
  words.push(totals.frames.length);
  for (const { record, calls } of totals.frames) {
    words.push(record);
    words.push(calls);
  }
  return new Uint8Array(words.words.buffer, 0, words.length * Uint32Array.BYTES_PER_ELEMENT);
};

/** @throws VirglError `ERR_VIRGL_DECODE` */
export const decodeIndex = (words: Uint32Array): TraceIndex => {
  const cursor = new WordCursor(words, 0, words.length);
  const { total, counts, meta } = JSON.parse(textOf(cursor.bytes(cursor.u32()))) as Omit<
    TraceIndex,
    'chunks' | 'frames'
  >;
  if (typeof total?.records !== 'number' || typeof counts?.rawBytes !== 'number')
    throw faulty('the index has no totals');
  const chunks = Array.from({ length: cursor.count(PLACE_WORDS) }, () => ({
    byteOffset: cursor.size(),
    lengthBytes: cursor.u32(),
    first: { records: cursor.u32(), calls: cursor.u32(), contents: cursor.u32(), frames: cursor.u32() },
  }));
  const frames = Array.from({ length: cursor.count(FRAME_WORDS) }, () => ({
    record: cursor.u32(),
    calls: cursor.u32(),
  }));
  if (cursor.left !== 0) throw faulty(`the index has ${cursor.left} words more than it says`);
  return { chunks, frames, total, counts, meta };
};

/** The last bytes of a file: where its index begins. */
export const encodeTrailer = (indexOffset: number): Uint8Array<ArrayBuffer> => {
  const trailer = Buffer.from(new ArrayBuffer(TRAILER_BYTES));
  trailer.writeBigUInt64LE(BigInt(indexOffset), 0);
  trailer.writeUInt32LE(crc32(trailer.subarray(0, 8)), 8);
  trailer.write(TRAILER_MAGIC, 16, 'latin1');
  return trailer;
};

/** Where the index begins; undefined where the file was not ended. */
export const decodeTrailer = (bytes: Uint8Array): number | undefined => {
  const trailer = Buffer.from(bytes);
  if (trailer.length !== TRAILER_BYTES || trailer.toString('latin1', 16) !== TRAILER_MAGIC) return undefined;
  if (trailer.readUInt32LE(8) !== crc32(trailer.subarray(0, 8))) return undefined;
  return Number(trailer.readBigUInt64LE(0));
};
