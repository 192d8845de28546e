// Chunks: a header of twelve words, then bytes, compressed where that helps. A reader believes nothing that a checksum does not cover.

import { crc32, deflateRawSync, inflateRawSync, constants } from 'node:zlib';
import { VirglError } from '../../protocol/error';
import { CHUNK_HEADER_BYTES, CHUNK_MAGIC, Codec, MAX_CHUNK_BYTES } from './layout';
import type { TracePosition } from './totals';

const WORDS = CHUNK_HEADER_BYTES / Uint32Array.BYTES_PER_ELEMENT;
const CHECKED_BYTES = CHUNK_HEADER_BYTES - Uint32Array.BYTES_PER_ELEMENT;
const CODEC_SHIFT = 8;
const BYTE_MASK = 0xff;
/** Level 1: the recorder must keep up with a driver. */
const LEVEL = 1;

/** What the header of a chunk says. */
export interface ChunkHeader {
  type: number;
  codec: number;
  storedBytes: number;
  rawBytes: number;
  /** CRC-32 of the stored bytes. */
  crc: number;
  /** What came before this chunk. */
  first: TracePosition;
}

/** An error at a place of a file. */
export const damagedAt = (byteOffset: number, what: string, cause?: unknown): VirglError =>
  new VirglError('ERR_VIRGL_DECODE', `trace: at byte ${byteOffset}: ${what}`, {
    operation: 'TraceReader',
    byteOffset,
    ...(cause === undefined ? {} : { cause }),
  });

/**
 * A chunk as it is stored.
 * @param compress whether to try; what does not shrink is stored as it is
 */
export const packChunk = (
  type: number,
  raw: Uint8Array,
  first: TracePosition,
  compress = true,
): Uint8Array<ArrayBuffer>[] => {
  const deflated = compress
    ? deflateRawSync(raw, { level: LEVEL, chunkSize: Math.max(raw.length, 1024) })
    : raw;
  const [codec, stored] = deflated.length < raw.length ? [Codec.deflate, deflated] : [Codec.stored, raw];
  const header = new Uint32Array(WORDS);
  header.set([CHUNK_MAGIC, type | (codec << CODEC_SHIFT), stored.length, raw.length, crc32(stored)]);
  header.set([first.records, first.calls, first.contents, first.frames], 5);
  const bytes = new Uint8Array(header.buffer);
  header[WORDS - 1] = crc32(bytes.subarray(0, CHECKED_BYTES));
  return [bytes, stored as Uint8Array<ArrayBuffer>];
};

/**
 * Reads a header.
 * @param bytes 48 bytes
 * @param byteOffset where they stand, for errors
 * @throws VirglError `ERR_VIRGL_DECODE`
 */
export const parseChunkHeader = (bytes: Uint8Array, byteOffset: number): ChunkHeader => {
  const words = new Uint32Array(new Uint8Array(bytes.subarray(0, CHUNK_HEADER_BYTES)).buffer);
  const [
    magic,
    kind = 0,
    storedBytes = 0,
    rawBytes = 0,
    crc = 0,
    records = 0,
    calls = 0,
    contents = 0,
    frames = 0,
  ] = words;
  if (magic !== CHUNK_MAGIC) throw damagedAt(byteOffset, 'no chunk begins where one should');
  if (words[WORDS - 1] !== crc32(bytes.subarray(0, CHECKED_BYTES)))
    throw damagedAt(byteOffset, 'the header of a chunk is damaged (its checksum is wrong)');
  const codec = (kind >>> CODEC_SHIFT) & BYTE_MASK;
  if (codec !== Codec.stored && codec !== Codec.deflate)
    throw damagedAt(byteOffset, `a chunk is stored in the unknown way ${codec}`);
  if (storedBytes > MAX_CHUNK_BYTES || rawBytes > MAX_CHUNK_BYTES)
    throw damagedAt(
      byteOffset,
      `a chunk says that it has ${Math.max(storedBytes, rawBytes)} bytes, which is too many`,
    );
  if (codec === Codec.stored && storedBytes !== rawBytes)
    throw damagedAt(byteOffset, `a chunk has ${storedBytes} bytes for ${rawBytes}`);
  return {
    type: kind & BYTE_MASK,
    codec,
    storedBytes,
    rawBytes,
    crc,
    first: { records, calls, contents, frames },
  };
};

/**
 * The bytes of a chunk.
 * @throws VirglError `ERR_VIRGL_DECODE` unless the checksum is right and they are what the header says
 */
export const unpackChunk = (header: ChunkHeader, stored: Uint8Array, byteOffset: number): Uint8Array => {
  if (crc32(stored) !== header.crc) throw damagedAt(byteOffset, 'a chunk is damaged (its checksum is wrong)');
  if (header.codec === Codec.stored) return stored;
  const raw = inflate(stored, header.rawBytes, constants.Z_FINISH, byteOffset);
  if (raw.length !== header.rawBytes)
    throw damagedAt(byteOffset, `a chunk has ${raw.length} bytes, not ${header.rawBytes} as it says`);
  return raw;
};

/** What can be had of a chunk that was cut; nothing has checked it. */
export const salvageChunk = (header: ChunkHeader, stored: Uint8Array, byteOffset: number): Uint8Array => {
  if (header.codec === Codec.stored) return stored;
  try {
    return inflate(stored, header.rawBytes, constants.Z_SYNC_FLUSH, byteOffset);
  } catch {
    return new Uint8Array(0);
  }
};

const inflate = (
  stored: Uint8Array,
  rawBytes: number,
  finishFlush: number,
  byteOffset: number,
): Uint8Array => {
  try {
    // One byte more than it should need, so that what is too long is seen.
    const chunkSize = Math.max(rawBytes + 1, 64);
    return inflateRawSync(stored, { finishFlush, chunkSize, maxOutputLength: chunkSize });
  } catch (error) {
    throw damagedAt(byteOffset, `a chunk can't be inflated: ${(error as Error).message}`, error);
  }
};
