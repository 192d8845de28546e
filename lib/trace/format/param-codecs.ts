// An argument of a call in words, by its type in the call table. How it is given (left out, number or bigint, array or ranges) is its
// form. docs/trace-format.md has the table.

import type { ParamSpec } from '../../host/call-table';
import type { TraceRange } from '../model';
import { MAX_HEAD_WORDS, MAX_TAIL_BYTES } from './layout';
import { faulty, isSize, isU32, utf8, type WordCursor, type WordList } from './words';

/** Two bits. */
export const LEFT_OUT = 0;
const FIRST = 1;
const SECOND = 2;
const THIRD = 3;
/** Returned by a write that can't: the arguments go as JSON. */
export const MISFIT = -1;

const RANGE_WORDS = 5;
const U64_WORDS = 2;
const LONGEST_TEXT = 0xffff;
const SURROGATE = /\p{Surrogate}/u;
const SIDES = ['x', 'y', 'z', 'w', 'h', 'd'] as const;

/** Bytes that end a record, and whether they stay in it whatever their length up to a piece. */
export interface Tail {
  bytes: Uint8Array;
  inline: boolean;
}

/** Where a call's arguments go. */
export interface CallOutput {
  head: WordList;
  tail: Tail | undefined;
}

/** Gives the bytes that end the record that is read. */
export type ReadTail = () => Uint8Array;

/** How arguments of one type are written and read. */
export interface ParamCodec {
  /** Writes a value; returns its form. */
  write(value: unknown, output: CallOutput, name: string): number;
  read(form: number, cursor: WordCursor, readTail: ReadTail): unknown;
}

const writeWord = (value: unknown, { head }: CallOutput): number => {
  if (!isU32(value)) return MISFIT;
  head.push(value);
  return FIRST;
};

const word: ParamCodec = { write: writeWord, read: (_form, cursor) => cursor.u32() };

const isI32 = (value: unknown): value is number => typeof value === 'number' && Object.is(value | 0, value);

const isU64 = (value: unknown): value is bigint =>
  typeof value === 'bigint' && value >= 0n && value <= 0xffffffffffffffffn;

const isRange = (value: unknown): value is TraceRange => {
  if (value === null || typeof value !== 'object') return false;
  const { memoryId, offsetBytes, lengthBytes } = value as Partial<TraceRange>;
  return isU32(memoryId) && isSize(offsetBytes) && isSize(lengthBytes);
};

const writeRange = (head: WordList, { memoryId, offsetBytes, lengthBytes }: TraceRange): void => {
  head.push(memoryId);
  head.pushSize(offsetBytes);
  head.pushSize(lengthBytes);
};

const readRange = (cursor: WordCursor): TraceRange => ({
  memoryId: cursor.u32(),
  offsetBytes: cursor.size(),
  lengthBytes: cursor.size(),
});

const writeRanges = (value: unknown, { head }: CallOutput, form: number): number => {
  if (!Array.isArray(value) || !value.every(isRange) || value.length * RANGE_WORDS > MAX_HEAD_WORDS)
    return MISFIT;
  head.push(value.length);
  for (const range of value) writeRange(head, range);
  return form;
};

const readRanges = (cursor: WordCursor): TraceRange[] =>
  Array.from({ length: cursor.count(RANGE_WORDS) }, () => readRange(cursor));

const writeTail = (bytes: Uint8Array, inline: boolean, output: CallOutput, form: number): number => {
  // One argument of a call at most; no call has two such arguments.
  if (output.tail !== undefined || bytes.length > MAX_TAIL_BYTES) return MISFIT;
  output.tail = { bytes, inline };
  return form;
};

const wholeWords = (bytes: Uint8Array): Uint32Array => {
  const { buffer, byteOffset, length } = bytes;
  if (length % Uint32Array.BYTES_PER_ELEMENT !== 0)
    throw faulty(`its commands are ${length} bytes, not whole dwords`);
  return new Uint32Array(buffer, byteOffset, length / Uint32Array.BYTES_PER_ELEMENT);
};

/** By the types of the call table. */
export const PARAM_CODECS: Readonly<Record<ParamSpec['type'], ParamCodec>> = {
  u32: word,
  context: word,
  resource: word,
  newContext: word,
  newResource: word,
  i32: {
    write: (value, { head }) => {
      if (!isI32(value)) return MISFIT;
      head.push(value);
      return FIRST;
    },
    read: (_form, cursor) => cursor.i32(),
  },
  u64: {
    write: (value, { head }) => {
      if (isSize(value)) {
        head.pushSize(value);
        return FIRST;
      }
      if (!isU64(value)) return MISFIT;
      head.pushU64(value);
      return SECOND;
    },
    read: (form, cursor) => (form === FIRST ? cursor.size() : cursor.u64()),
  },
  boolean: {
    write: (value) => (typeof value !== 'boolean' ? MISFIT : value ? SECOND : FIRST),
    read: (form) => form === SECOND,
  },
  text: {
    write: (value, { head }) => {
      if (typeof value !== 'string' || value.length > LONGEST_TEXT || SURROGATE.test(value)) return MISFIT;
      head.text(utf8(value));
      return FIRST;
    },
    read: (_form, cursor) => cursor.text(),
  },
  box: {
    write: (value, { head }) => {
      if (value === null || typeof value !== 'object') return MISFIT;
      const box = value as Record<(typeof SIDES)[number], unknown>;
      for (const side of SIDES) if (writeWord(box[side], { head, tail: undefined }) === MISFIT) return MISFIT;
      return FIRST;
    },
    read: (_form, cursor) => ({
      x: cursor.u32(),
      y: cursor.u32(),
      z: cursor.u32(),
      w: cursor.u32(),
      h: cursor.u32(),
      d: cursor.u32(),
    }),
  },
  commands: {
    write: (value, output) => {
      if (value instanceof Uint32Array)
        return writeTail(
          new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
          true,
          output,
          FIRST,
        );
      if (value instanceof Uint8Array) return writeTail(value, true, output, THIRD);
      if (!isRange(value)) return MISFIT;
      writeRange(output.head, value);
      return SECOND;
    },
    read: (form, cursor, readTail) =>
      form === FIRST ? wholeWords(readTail()) : form === SECOND ? readRange(cursor) : readTail(),
  },
  u64list: {
    write: (value, { head }) => {
      if (!Array.isArray(value) || value.length * U64_WORDS > MAX_HEAD_WORDS) return MISFIT;
      const form = value.every(isSize) ? FIRST : value.every(isU64) ? SECOND : MISFIT;
      if (form === MISFIT) return MISFIT;
      head.push(value.length);
      for (const entry of value) head.pushU64(BigInt(entry as number | bigint));
      return form;
    },
    read: (form, cursor) =>
      Array.from({ length: cursor.count(U64_WORDS) }, () => (form === FIRST ? cursor.size() : cursor.u64())),
  },
  // Descriptors can't be recorded.
  fd: { write: () => LEFT_OUT, read: () => undefined },
  ranges: {
    write: (value, output) => writeRanges(value, output, FIRST),
    read: (_form, cursor) => readRanges(cursor),
  },
  range: {
    write: (value, { head }) => {
      if (!isRange(value)) return MISFIT;
      writeRange(head, value);
      return FIRST;
    },
    read: (_form, cursor) => readRange(cursor),
  },
  memory: {
    write: (value, output, name) => {
      if (!(value instanceof Uint8Array)) return writeRanges(value, output, SECOND);
      if (name !== 'into') return writeTail(value, false, output, FIRST);
      // What it held before the call is nobody's concern.
      if (value.length > MAX_TAIL_BYTES) return MISFIT;
      output.head.push(value.length);
      return THIRD;
    },
    read: (form, cursor, readTail) => {
      if (form === FIRST) return readTail();
      if (form === SECOND) return readRanges(cursor);
      const length = cursor.u32();
      if (length > MAX_TAIL_BYTES) throw faulty(`its array of ${length} bytes is too long`);
      return new Uint8Array(length);
    },
  },
  known: { write: () => MISFIT, read: () => undefined },
};

/** Whether an argument is the bytes that end the record. */
export const endsRecord = (type: ParamSpec['type'], form: number): boolean =>
  type === 'commands' ? form !== SECOND : type === 'memory' && form === FIRST;
