// Words of a record while it is made, and while it is read. Words are little-endian, as on every machine this package runs on.

import { invalidArgument, VirglError } from '../../protocol/error';

const INITIAL_WORDS = 256;
const TWO_32 = 2 ** 32;
const U32_MAX = 0xffffffff;
const OPERATION = 'TraceWriter.append';
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);

export const wordsFor = (bytes: number): number => Math.ceil(bytes / Uint32Array.BYTES_PER_ELEMENT);

/** Whether a word can hold it. */
export const isU32 = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= U32_MAX && Number.isInteger(value);

/** Whether two words can hold it. */
export const isSize = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

/** Words that are gathered; used again for every record. */
export class WordList {
  words = new Uint32Array(INITIAL_WORDS);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  push(word: number): void {
    if (this.length === this.words.length) this.#grow(this.length + 1);
    this.words[this.length++] = word;
  }

  u32(field: string, value: number): void {
    if (!isU32(value)) throw invalidArgument(OPERATION, field, `an integer from 0 to ${U32_MAX}`, value);
    this.push(value);
  }

  size(field: string, value: number): void {
    if (!isSize(value)) throw invalidArgument(OPERATION, field, 'an integer from 0 to 2^53-1', value);
    this.pushSize(value);
  }

  pushSize(value: number): void {
    this.push(value);
    this.push(Math.floor(value / TWO_32));
  }

  pushU64(value: bigint): void {
    this.push(Number(value & 0xffffffffn));
    this.push(Number(value >> 32n));
  }

  /** A length in bytes, then the bytes padded to a word. */
  text(bytes: Uint8Array): void {
    const count = wordsFor(bytes.length);
    this.push(bytes.length);
    if (this.length + count > this.words.length) this.#grow(this.length + count);
    if (count !== 0) this.words[this.length + count - 1] = 0;
    new Uint8Array(this.words.buffer).set(bytes, this.length * Uint32Array.BYTES_PER_ELEMENT);
    this.length += count;
  }

  #grow(least: number): void {
    const grown = new Uint32Array(Math.max(least, 2 * this.words.length));
    grown.set(this.words);
    this.words = grown;
  }
}

/** Reads words of a record, and never past its end. */
export class WordCursor {
  readonly #words: Uint32Array;
  #at: number;
  readonly #end: number;

  /** From word `at` to before word `end`. */
  constructor(words: Uint32Array, at: number, end: number) {
    this.#words = words;
    this.#at = at;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  u32(): number {
    if (this.#at >= this.#end) throw endsEarly();
    return this.#words[this.#at++] as number;
  }

  i32(): number {
    return this.u32() | 0;
  }

  size(): number {
    const low = this.u32();
    const value = this.u32() * TWO_32 + low;
    if (!Number.isSafeInteger(value)) throw faulty(`a number of at most 2^53-1 was expected, not ${value}`);
    return value;
  }

  u64(): bigint {
    const low = this.u32();
    return (BigInt(this.u32()) << 32n) | BigInt(low);
  }

  /** How many things of `wordsEach` words follow; a count that can't be true is refused before memory is taken for it. */
  count(wordsEach: number): number {
    const count = this.u32();
    if (count * wordsEach > this.left) throw endsEarly();
    return count;
  }

  /** A view on bytes that are padded to a word. */
  bytes(length: number): Uint8Array {
    const count = wordsFor(length);
    if (count > this.left) throw endsEarly();
    const { buffer, byteOffset } = this.#words;
    const view = new Uint8Array(buffer, byteOffset + this.#at * Uint32Array.BYTES_PER_ELEMENT, length);
    this.#at += count;
    return view;
  }

  text(): string {
    return textOf(this.bytes(this.u32()));
  }
}

/** What is wrong with a record; where it stands is added by the reader. */
export const faulty = (what: string): VirglError => new VirglError('ERR_VIRGL_DECODE', what);

const endsEarly = (): VirglError => faulty('it ends before its last field');
