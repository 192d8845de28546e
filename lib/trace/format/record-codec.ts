// Records in words: one writer and one reader by kind. A record is its first word, its fields, and at most one run of bytes behind them
// (the tail), which the assembler may replace by pieces that are stored elsewhere.

import type { HostCallName } from '../../host';
import { invalidArgument, type VirglErrorCode } from '../../protocol/error';
import type { FramePicture, PixelDigest, TraceArgs, TraceRecord, TraceRecordKind } from '../model';
import {
  CALL_LAYOUTS,
  type CallLayout,
  COMMANDS_BIT,
  KIND_BY_NUMBER,
  KIND_MASK,
  MAX_TAIL_BYTES,
  RecordNumber,
  TAIL_BIT,
  TAIL_WORDS,
} from './layout';
import { type CompiledCall, compileCalls, readCall, writeCall } from './call-codec';
import type { CallOutput, ReadTail } from './param-codecs';
import { faulty, textOf, utf8, WordCursor, WordList, wordsFor } from './words';

const OPERATION = 'TraceWriter.append';
const SHA256_HEX = /^[0-9a-f]{64}$/;
const SHA256_WORDS = 8;

type RecordOf<Kind extends TraceRecordKind> = Extract<TraceRecord, { kind: Kind }>;

const hashWords = new Uint32Array(SHA256_WORDS);
const hashBytes = Buffer.from(hashWords.buffer);

const writeDigest = (head: WordList, { sha256, lengthBytes, differing }: PixelDigest): void => {
  if (typeof sha256 !== 'string' || !SHA256_HEX.test(sha256))
    throw invalidArgument(OPERATION, 'sha256', '64 lower-case hexadecimal digits', sha256);
  hashBytes.write(sha256, 'hex');
  for (const word of hashWords) head.push(word);
  head.size('lengthBytes', lengthBytes);
  head.size('differing', differing);
};

const readDigest = (cursor: WordCursor): PixelDigest => {
  const hash = cursor.bytes(SHA256_WORDS * Uint32Array.BYTES_PER_ELEMENT);
  return {
    sha256: Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString('hex'),
    lengthBytes: cursor.size(),
    differing: cursor.size(),
  };
};

const PICTURE_FIELDS = ['resourceId', 'contextId', 'width', 'height', 'format'] as const;

const writePicture = (head: WordList, picture: FramePicture): void => {
  for (const field of PICTURE_FIELDS) head.u32(`picture.${field}`, picture[field]);
  writeDigest(head, picture);
};

const readPicture = (cursor: WordCursor): FramePicture => ({
  resourceId: cursor.u32(),
  contextId: cursor.u32(),
  width: cursor.u32(),
  height: cursor.u32(),
  format: cursor.u32(),
  ...readDigest(cursor),
});

const textTail = (output: CallOutput, text: string): void => {
  output.tail = { bytes: utf8(text), inline: false };
};

interface KindCodec<Kind extends TraceRecordKind> {
  write(record: RecordOf<Kind>, output: CallOutput): void;
  read(cursor: WordCursor, readTail: ReadTail): Omit<RecordOf<Kind>, 'kind'>;
}

const WRITERS = new Map(compileCalls(CALL_LAYOUTS).map((call) => [call.name, call]));

const KINDS: { [Kind in Exclude<TraceRecordKind, 'call'>]: KindCodec<Kind> } = {
  memory: {
    write: ({ memoryId, sizeBytes }, { head }) => {
      head.u32('memoryId', memoryId);
      head.size('sizeBytes', sizeBytes);
    },
    read: (cursor) => ({ memoryId: cursor.u32(), sizeBytes: cursor.size() }),
  },
  memoryEnd: {
    write: ({ memoryId }, { head }) => head.u32('memoryId', memoryId),
    read: (cursor) => ({ memoryId: cursor.u32() }),
  },
  write: {
    write: ({ memoryId, offsetBytes, bytes }, output) => {
      output.head.u32('memoryId', memoryId);
      output.head.size('offsetBytes', offsetBytes);
      output.tail = { bytes, inline: false };
    },
    read: (cursor, readTail) => ({
      memoryId: cursor.u32(),
      offsetBytes: cursor.size(),
      bytes: readTail(),
    }),
  },
  readback: {
    write: (record, { head }) => {
      head.u32('call', record.call);
      head.u32('part', record.part);
      writeDigest(head, record);
    },
    read: (cursor) => ({ call: cursor.u32(), part: cursor.u32(), ...readDigest(cursor) }),
  },
  answer: {
    write: ({ call, bytes }, output) => {
      output.head.u32('call', call);
      output.tail = { bytes, inline: false };
    },
    read: (cursor, readTail) => ({ call: cursor.u32(), bytes: readTail() }),
  },
  error: {
    write: ({ call, code, message, errno }, output) => {
      output.head.u32('call', call);
      output.head.push(errno === undefined ? 0 : 1);
      output.head.u32('errno', errno ?? 0);
      output.head.text(utf8(code));
      textTail(output, message);
    },
    read: (cursor, readTail) => {
      const call = cursor.u32();
      const hasErrno = cursor.u32() !== 0;
      const errno = cursor.u32();
      const code = cursor.text() as VirglErrorCode;
      const message = textOf(readTail());
      return hasErrno ? { call, code, message, errno } : { call, code, message };
    },
  },
  fenceReached: {
    write: ({ call }, { head }) => head.u32('call', call),
    read: (cursor) => ({ call: cursor.u32() }),
  },
  frame: {
    write: ({ picture }, { head }) => {
      if (picture !== undefined) writePicture(head, picture);
    },
    read: (cursor) => (cursor.left === 0 ? {} : { picture: readPicture(cursor) }),
  },
  marker: {
    write: ({ text }, output) => textTail(output, text),
    read: (_cursor, readTail) => ({ text: textOf(readTail()) }),
  },
  time: {
    write: ({ microseconds }, { head }) => head.size('microseconds', microseconds),
    read: (cursor) => ({ microseconds: cursor.size() }),
  },
  log: {
    write: ({ text }, output) => textTail(output, text),
    read: (_cursor, readTail) => ({ text: textOf(readTail()) }),
  },
};

/** Writes records, one after the other, into the same words. */
export class RecordWriter implements CallOutput {
  /** First word (its length not yet filled in) and fields. */
  readonly head = new WordList();
  /** The bytes behind them; the caller's own. */
  tail: CallOutput['tail'];

  /** @throws VirglError `ERR_VIRGL_ARGUMENT` where a field can't be written */
  write(record: TraceRecord): void {
    const { head } = this;
    this.tail = undefined;
    head.clear();
    head.push(RecordNumber[record.kind]);
    if (record.kind === 'call') {
      const call = WRITERS.get(record.name);
      if (call === undefined)
        throw invalidArgument(OPERATION, 'name', 'the name of a host call', record.name);
      writeCall(call, record.args, this);
    } else {
      if (!Object.hasOwn(KINDS, record.kind))
        throw invalidArgument(OPERATION, 'kind', 'a kind of record', record.kind);
      (KINDS[record.kind] as KindCodec<typeof record.kind>).write(record as never, this);
    }
    if (this.tail !== undefined) {
      const { bytes } = this.tail as NonNullable<CallOutput['tail']>;
      if (!(bytes instanceof Uint8Array)) throw invalidArgument(OPERATION, 'bytes', 'a Uint8Array', bytes);
      if (bytes.length > MAX_TAIL_BYTES)
        throw invalidArgument(OPERATION, 'bytes', `at most ${MAX_TAIL_BYTES} bytes`, bytes.length);
      head.words[0] = RecordNumber[record.kind] | TAIL_BIT;
    }
  }

  /** A record that only the file knows: what became known of the trace after its beginning. */
  writeMeta(json: string): void {
    this.head.clear();
    this.head.push(RecordNumber.meta | TAIL_BIT);
    textTail(this, json);
  }
}

/** Fetches pieces that are stored elsewhere. */
export type PieceOf = (id: number) => Uint8Array;

const assemblePieces = (ids: readonly number[], length: number, pieceOf: PieceOf): Uint8Array => {
  if (ids.length === 1) {
    const piece = pieceOf(ids[0] as number);
    if (piece.length === length) return piece;
  }
  // Looked up before the memory is taken: a length that is not true costs nothing.
  const stored = ids.reduce((sum, id) => sum + pieceOf(id).length, 0);
  if (stored !== length) throw faulty(`its pieces have ${stored} bytes, not ${length}`);
  const whole = new Uint8Array(length);
  let at = 0;
  for (const id of ids) {
    const piece = pieceOf(id);
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
};

const tailPlaceOf = (
  words: Uint32Array,
  at: number,
  end: number,
): { at: number; length: number; pieces: number } | undefined => {
  if (((words[at] as number) & TAIL_BIT) === 0) return undefined;
  if (end - at < TAIL_WORDS) throw faulty('it ends before its last field');
  const length = ((words[at + 1] as number) & ~COMMANDS_BIT) >>> 0;
  const pieces = words[at + 2] as number;
  const tailAt = end - (pieces === 0 ? wordsFor(length) : pieces);
  if (tailAt < at + TAIL_WORDS || length > MAX_TAIL_BYTES)
    throw faulty(`its ${length} bytes are not all there`);
  return { at: tailAt, length, pieces };
};

const readTailAt = (
  words: Uint32Array,
  tail: ReturnType<typeof tailPlaceOf>,
  end: number,
  pieceOf: PieceOf,
): Uint8Array => {
  if (tail === undefined) throw faulty('its bytes are missing');
  const cursor = new WordCursor(words, tail.at, end);
  if (tail.pieces === 0) return cursor.bytes(tail.length);
  return assemblePieces(
    Array.from({ length: tail.pieces }, () => cursor.u32()),
    tail.length,
    pieceOf,
  );
};

/** The text of a record that only the file knows, see {@link RecordWriter.writeMeta}. */
export const readMeta = (words: Uint32Array, at: number, end: number, pieceOf: PieceOf): string =>
  textOf(readTailAt(words, tailPlaceOf(words, at, end), end, pieceOf));

/** Reads records as a file lays them out. */
export class RecordReader {
  readonly #calls: readonly CompiledCall[];

  /** @throws VirglError `ERR_VIRGL_DECODE` for layouts that this release can't read */
  constructor(layouts: readonly CallLayout[]) {
    this.#calls = compileCalls(layouts);
  }

  /**
   * @param words of the chunk
   * @param at the record's first word
   * @param end the word after its last
   * @returns undefined for a record that stays inside
   */
  read(words: Uint32Array, at: number, end: number, pieceOf: PieceOf): TraceRecord | undefined {
    const first = words[at] as number;
    const number = first & KIND_MASK;
    if (number >= KIND_BY_NUMBER.length) throw faulty(`its kind ${number} is unknown`);
    const kind = KIND_BY_NUMBER[number];
    if (kind === undefined) return undefined;
    const tail = tailPlaceOf(words, at, end);
    const cursor = new WordCursor(words, tail === undefined ? at + 1 : at + TAIL_WORDS, tail?.at ?? end);
    const readTail: ReadTail = () => readTailAt(words, tail, end, pieceOf);
    if (kind === 'call') {
      const { name, args } = readCall(this.#calls, cursor, readTail);
      return { kind, name: name as HostCallName, args: args as TraceArgs };
    }
    return { kind, ...KINDS[kind].read(cursor, readTail) } as TraceRecord;
  }
}
