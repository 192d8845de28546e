// The literals of immediates, read as parse_float(), parse_double(), parse_int64() … of tgsi_text.c read them,
// with the C library's strtoul, strtoll and strtod behind them.
import type { TgsiImmediateType } from '../tables/words';
import type { TgsiScanner } from './scanner';

/** One literal: its text, and the one or two 32-bit words that it stands for. */
export interface Literal {
  readonly text: string;
  readonly words: readonly number[];
}

const FLOAT = /[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE](?:[+-]?[0-9]+)?)?/y;
const HEX_START = /0x/y;
// What strtod, strtoll and strtoull take; C's own white space may lead, then also \v, \f and \r.
const DOUBLE =
  /[ \t\n\v\f\r]*[+-]?(?:0[xX](?:[0-9a-fA-F]+(?:\.[0-9a-fA-F]*)?|\.[0-9a-fA-F]+)(?:[pP][+-]?[0-9]+)?|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN](?:\([A-Za-z0-9_]*\))?)/y;
const INT64 = /[ \t\n\v\f\r]*[+-]?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/y;
const STRTOUL_HEX = /[ \t\n\v\f\r]*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]*)/y;

const HEX_WORD_LENGTH = 10;
const HEX_WORD = /^0x[0-9a-fA-F]{8}$/;

const view = new DataView(new ArrayBuffer(8));

/** The bits of a 32-bit float. */
export const floatWord = (value: number): number => {
  view.setFloat32(0, value, true);
  return view.getUint32(0, true);
};

/** The bits of a double, low word first. */
export const doubleWords = (value: number): [number, number] => {
  view.setFloat64(0, value, true);
  return [view.getUint32(0, true), view.getUint32(4, true)];
};

const int64Words = (value: bigint): [number, number] => [
  Number(BigInt.asUintN(32, value)),
  Number(BigInt.asUintN(32, value >> 32n)),
];

/** A word in the only hexadecimal spelling that a FLT32 literal may have. */
export const hexWord = (word: number): string => `0x${word.toString(16).padStart(8, '0')}`;

/** strtoul(text + offset, NULL, 16), cut to 32 bits. */
const hexWordAt = (text: string, offset: number): number => {
  STRTOUL_HEX.lastIndex = offset;
  const [, sign, digits] = STRTOUL_HEX.exec(text) ?? [];
  const value = BigInt(`0x${digits === undefined || digits === '' ? '0' : digits}`);
  // Too big for an unsigned long: strtoul answers ULONG_MAX, sign or not.
  if (value >= 1n << 64n) return 0xffffffff;
  return Number(BigInt.asUintN(32, sign === '-' ? -value : value));
};

const takeFloat = (scanner: TgsiScanner): Literal | undefined => {
  const start = scanner.position;
  if (scanner.take(HEX_START) !== undefined) {
    scanner.position = start;
    const written = scanner.text.slice(start, start + HEX_WORD_LENGTH);
    if (written.length < HEX_WORD_LENGTH) return undefined;
    const word = hexWordAt(scanner.text, start);
    scanner.position += HEX_WORD_LENGTH;
    return { text: HEX_WORD.test(written) ? written : hexWord(word), words: [word] };
  }
  const text = scanner.take(FLOAT);
  if (text === undefined) return undefined;
  if (/[eE]$/.test(text)) {
    scanner.position = start;
    return undefined;
  }
  return { text, words: [floatWord(Number(text))] };
};

/** A C99 hexadecimal float without its sign. */
const parseHexFloat = (text: string): number => {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().slice(2).split('p');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(exponent) - 4 * fraction.length);
};

const parseDouble = (text: string): number => {
  const negative = text.startsWith('-');
  const magnitude = text.replace(/^[+-]/, '').toLowerCase();
  if (magnitude.startsWith('nan')) return NaN;
  const value = magnitude.startsWith('inf')
    ? Infinity
    : magnitude.startsWith('0x')
      ? parseHexFloat(magnitude)
      : Number(magnitude);
  return negative ? -value : value;
};

const takeDouble = (scanner: TgsiScanner): Literal | undefined => {
  const start = scanner.position;
  if (scanner.take(HEX_START) !== undefined) {
    scanner.position = start;
    // Two words with one character after each, whatever it is.
    const stride = HEX_WORD_LENGTH + 1;
    if (start + 2 * stride > scanner.text.length) return undefined;
    const words = [hexWordAt(scanner.text, start), hexWordAt(scanner.text, start + stride)];
    const spelled = [start, start + stride].map((offset, i) => {
      const written = scanner.text.slice(offset, offset + HEX_WORD_LENGTH);
      return HEX_WORD.test(written) ? written : hexWord(words[i] ?? 0);
    });
    scanner.position += 2 * stride;
    return { text: `${spelled.join(' ')} `, words };
  }
  const text = scanner.take(DOUBLE)?.trimStart();
  return text === undefined ? undefined : { text, words: doubleWords(parseDouble(text)) };
};

const clamp = (value: bigint, low: bigint, high: bigint): bigint =>
  value < low ? low : value > high ? high : value;

/** strtoll and strtoull with base 0. */
const parseInt64 = (text: string, signed: boolean): bigint => {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[+-]/, '');
  const octal = /^0[0-7]+$/.test(digits);
  const magnitude = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  const value = negative ? -magnitude : magnitude;
  if (signed) return clamp(value, -(1n << 63n), (1n << 63n) - 1n);
  return magnitude >= 1n << 64n ? (1n << 64n) - 1n : value;
};

const takeInt64 = (scanner: TgsiScanner, signed: boolean): Literal | undefined => {
  const text = scanner.take(INT64)?.trimStart();
  return text === undefined ? undefined : { text, words: int64Words(parseInt64(text, signed)) };
};

const takeNumber = (
  scanner: TgsiScanner,
  read: (scanner: TgsiScanner) => number | undefined,
): Literal | undefined => {
  const start = scanner.position;
  const value = read(scanner);
  if (value === undefined) return undefined;
  return { text: scanner.text.slice(start, scanner.position), words: [value >>> 0] };
};

/** The readers by type; each returns undefined where its C counterpart fails. */
export const LITERAL_READERS: Readonly<
  Record<TgsiImmediateType, (scanner: TgsiScanner) => Literal | undefined>
> = {
  FLT32: takeFloat,
  UINT32: (scanner) => takeNumber(scanner, (at) => at.takeUnsigned()),
  INT32: (scanner) => takeNumber(scanner, (at) => at.takeSigned()),
  FLT64: takeDouble,
  UINT64: (scanner) => takeInt64(scanner, false),
  INT64: (scanner) => takeInt64(scanner, true),
};
