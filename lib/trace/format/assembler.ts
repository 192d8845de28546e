// Records into chunks: bytes are cut into pieces, each piece is stored once, and a chunk goes out when it is full or when it is asked for.

import type { TraceMeta } from '../model';
import { packChunk } from './chunk';
import { ContentIds } from './content-ids';
import { encodeIndex, encodeTrailer, type ChunkPlace } from './index-chunk';
import {
  CALL_LAYOUTS,
  CHUNK_TARGET_BYTES,
  ChunkType,
  COMMANDS_BIT,
  LEAST_PIECE_BYTES,
  LENGTH_SHIFT,
  MAX_CHUNK_BYTES,
  PIECE_BYTES,
  RecordNumber,
  TAIL_WORDS,
} from './layout';
import { type TracePosition, TraceTotals } from './totals';
import { wordsFor } from './words';

/** Where bytes of a file go, in order; they are used again afterwards. */
export type WriteParts = (parts: readonly Uint8Array<ArrayBuffer>[]) => void;

const WORD = Uint32Array.BYTES_PER_ELEMENT;
const CONTENT_WORDS = 2;
const CHUNK_TARGET_WORDS = CHUNK_TARGET_BYTES / WORD;

/** Writes everything of a trace but its beginning. */
export class TraceAssembler {
  readonly totals = new TraceTotals(CALL_LAYOUTS.map(({ name }) => name));
  /** Whether chunks are compressed: a writer that can't keep up leaves it. */
  compress = true;
  readonly #write: WriteParts;
  readonly #ids = new ContentIds();
  readonly #chunks: ChunkPlace[] = [];
  #offset: number;
  #words = new Uint32Array(2 * CHUNK_TARGET_WORDS);
  #length = 0;
  #first: TracePosition = { ...this.totals.position };
  /** Ids of the pieces of the record that is put together. */
  readonly #pieces: number[] = [];

  /** @param offset how long the file is already */
  constructor(offset: number, write: WriteParts) {
    this.#offset = offset;
    this.#write = write;
  }

  /** Whether a chunk is begun. */
  get pending(): boolean {
    return this.#length > 0;
  }

  /** A record without bytes behind it. */
  add(head: Uint32Array): void {
    const start = this.#take(head.length);
    this.#words.set(head, start);
    this.#endRecord(start);
  }

  /** A record that ends in bytes, given at once. */
  addWithTail(head: Uint32Array, tail: Uint8Array, isCommands: boolean): void {
    if (staysInline(tail.length, isCommands)) {
      this.addInline(head, tail, isCommands);
      return;
    }
    for (let at = 0; at < tail.length; at += PIECE_BYTES) this.addPiece(tail.subarray(at, at + PIECE_BYTES));
    this.addOfPieces(head, tail.length, isCommands);
  }

  /** A record with its bytes in it; see {@link staysInline}. */
  addInline(head: Uint32Array, tail: Uint8Array, isCommands: boolean): void {
    const start = this.#putHead(head, wordsFor(tail.length), tail.length, isCommands, 0);
    this.#putBytes(this.#length - wordsFor(tail.length), tail);
    this.#endRecord(start);
  }

  /** The next piece of the bytes of the record that {@link addOfPieces} ends: `PIECE_BYTES` long but for the last. */
  addPiece(bytes: Uint8Array): void {
    const next = this.totals.position.contents;
    const id = this.#ids.idOf(bytes, next);
    this.#pieces.push(id);
    if (id !== next) return;
    const start = this.#take(CONTENT_WORDS + wordsFor(bytes.length));
    this.#words[start] = RecordNumber.content;
    this.#words[start + 1] = bytes.length;
    this.#putBytes(start + CONTENT_WORDS, bytes);
    this.#endRecord(start);
  }

  /** A record whose bytes were given before. */
  addOfPieces(head: Uint32Array, tailBytes: number, isCommands: boolean): void {
    const start = this.#putHead(head, this.#pieces.length, tailBytes, isCommands, this.#pieces.length);
    this.#words.set(this.#pieces, this.#length - this.#pieces.length);
    this.#pieces.length = 0;
    this.#endRecord(start);
  }

  /** Writes out the chunk that is begun. */
  flush(): void {
    if (this.#length === 0) return;
    const raw = new Uint8Array(this.#words.buffer, 0, this.#length * WORD);
    const packed = packChunk(ChunkType.records, raw, this.#first, this.compress);
    const lengthBytes = this.#out(packed);
    this.#chunks.push({ byteOffset: this.#offset - lengthBytes, lengthBytes, first: this.#first });
    this.#length = 0;
    this.#first = { ...this.totals.position };
  }

  /** Writes what is left, the index and the trailer. */
  finish(meta: Partial<TraceMeta>): void {
    this.flush();
    const indexOffset = this.#offset;
    const index = encodeIndex(this.#chunks, this.totals, meta);
    // An index that no reader would take is left out; readers make it themselves then.
    if (index.length > MAX_CHUNK_BYTES) return;
    this.#out(packChunk(ChunkType.index, index, this.totals.position));
    this.#out([encodeTrailer(indexOffset)]);
  }

  #out(parts: readonly Uint8Array<ArrayBuffer>[]): number {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    this.#write(parts);
    this.#offset += length;
    return length;
  }

  #putHead(
    head: Uint32Array,
    tailWords: number,
    tailBytes: number,
    isCommands: boolean,
    pieces: number,
  ): number {
    const start = this.#take(head.length + TAIL_WORDS - 1 + tailWords);
    const words = this.#words;
    words[start] = head[0] as number;
    words[start + 1] = isCommands ? tailBytes | COMMANDS_BIT : tailBytes;
    words[start + 2] = pieces;
    words.set(head.subarray(1), start + TAIL_WORDS);
    return start;
  }

  #putBytes(at: number, bytes: Uint8Array): void {
    const count = wordsFor(bytes.length);
    if (count === 0) return;
    this.#words[at + count - 1] = 0;
    new Uint8Array(this.#words.buffer).set(bytes, at * WORD);
  }

  /** Makes room for a record; returns where it begins. */
  #take(words: number): number {
    const start = this.#length;
    this.#length += words;
    if (this.#length > this.#words.length) {
      const grown = new Uint32Array(Math.max(this.#length, 2 * this.#words.length));
      grown.set(this.#words.subarray(0, start));
      this.#words = grown;
    }
    return start;
  }

  #endRecord(start: number): void {
    const words = this.#words;
    words[start] = ((words[start] as number) | ((this.#length - start) << LENGTH_SHIFT)) >>> 0;
    this.totals.count(words, start);
    if (this.#length >= CHUNK_TARGET_WORDS) this.flush();
  }
}

/** Whether bytes stand in their record, and not in pieces elsewhere. */
export const staysInline = (lengthBytes: number, isCommands: boolean): boolean =>
  lengthBytes < LEAST_PIECE_BYTES || (isCommands && lengthBytes <= PIECE_BYTES);
