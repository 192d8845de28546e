// A cursor over TGSI text with the lexical rules of tgsi_text.c: space, tab and LF are the only white space,
// words match whole and without regard to case, NUL ends the text.
import { VirglError } from '../../protocol/error';
import type { TgsiLocation } from '../ast';

const OPERATION = 'parseTgsi';
const WHITE = /[ \t\n]*/y;
const WORD = /[A-Za-z0-9_]*/y;
const UNSIGNED = /[0-9]+/y;
const SIGNED = /[+-]?[0-9]+/y;

const lineStartsOf = (text: string): number[] => {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
};

/** Decimal digits as C's `unsigned` keeps them: no overflow check, only the low 32 bits. */
const wrapUnsigned = (digits: string): number => Number(BigInt.asUintN(32, BigInt(digits)));

const utf8Length = (char: string): number => {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
};

/** Reads a TGSI text from start to end. */
export class TgsiScanner {
  readonly text: string;
  position = 0;
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    const end = text.indexOf('\0');
    this.text = end < 0 ? text : text.slice(0, end);
    this.#lineStarts = lineStartsOf(this.text);
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** The next character, '' at the end. */
  get next(): string {
    return this.text.charAt(this.position);
  }

  locate(offset: number = this.position): TgsiLocation {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1, offset };
  }

  /** Takes what the sticky pattern matches here, or returns undefined and stays. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text)?.[0];
    if (match !== undefined) this.position += match.length;
    return match;
  }

  skipWhite(): boolean {
    return (this.take(WHITE) ?? '') !== '';
  }

  /** Takes a character if it is the next one. */
  takeChar(char: string): boolean {
    if (this.next !== char) return false;
    this.position += 1;
    return true;
  }

  /** Takes a character, with white space before it, or stays before the white space. */
  takeSpacedChar(char: string): boolean {
    const start = this.position;
    this.skipWhite();
    if (this.takeChar(char)) return true;
    this.position = start;
    return false;
  }

  /** The word here in upper case, '' if there is none. */
  peekWord(): string {
    WORD.lastIndex = this.position;
    return (WORD.exec(this.text)?.[0] ?? '').toUpperCase();
  }

  /** Takes the word here if it is one of the list. */
  takeWord<Word extends string>(words: readonly Word[]): Word | undefined {
    const word = this.peekWord();
    const found = word === '' ? undefined : words.find((candidate) => candidate === word);
    if (found !== undefined) this.position += word.length;
    return found;
  }

  takeUnsigned(): number | undefined {
    const digits = this.take(UNSIGNED);
    return digits === undefined ? undefined : wrapUnsigned(digits);
  }

  takeSigned(): number | undefined {
    const digits = this.take(SIGNED);
    return digits === undefined ? undefined : wrapUnsigned(digits.replace('+', '')) | 0;
  }

  expectChar(char: string, field: string): void {
    this.skipWhite();
    if (!this.takeChar(char)) throw this.error(`"${char}"`, field);
  }

  expectWord<Word extends string>(words: readonly Word[], expected: string, field: string): Word {
    const word = this.takeWord(words);
    if (word === undefined) throw this.error(expected, field);
    return word;
  }

  expectUnsigned(field: string): number {
    this.skipWhite();
    const value = this.takeUnsigned();
    if (value === undefined) throw this.error('an unsigned decimal number', field);
    return value;
  }

  /** The error for something else at `offset` than what the grammar allows there. */
  error(expected: string, field: string, offset: number = this.position): VirglError {
    const { line, column } = this.locate(offset);
    const found = this.#describe(offset);
    return new VirglError(
      'ERR_VIRGL_DECODE',
      `${OPERATION}: line ${line}, column ${column}: expected ${expected} for ${field} but found ${found}`,
      { operation: OPERATION, field, value: found, byteOffset: this.#byteOffset(offset), line, column },
    );
  }

  #describe(offset: number): string {
    if (offset >= this.text.length) return 'the end of the text';
    const line = this.text.slice(offset).split('\n', 1)[0] ?? '';
    return JSON.stringify(line === '' ? '\n' : line.slice(0, 24));
  }

  #byteOffset(offset: number): number {
    let bytes = 0;
    for (const char of this.text.slice(0, offset)) bytes += utf8Length(char);
    return bytes;
  }
}
