// Numbers of enumerations and flag sets as words, and back.

import { ENUMS, FLAGS, type EnumName, type FlagsName } from '../enum-registry';
import { FORMAT_ALIASES } from '../formats';

type Values = Readonly<Record<string, number>>;

const ENUM_WORDS = new Map<string, ReadonlyMap<number, string>>(
  Object.entries(ENUMS).map(([name, values]) => [
    name,
    new Map(Object.entries(values as Values).map(([word, value]) => [value, word])),
  ]),
);

const bitCount = (mask: number): number => {
  let bits = 0;
  for (let rest = mask; rest !== 0; rest = (rest & (rest - 1)) >>> 0) bits += 1;
  return bits;
};

// Names of several bits come first, so that they win over those of their bits.
const FLAG_WORDS = new Map<string, readonly (readonly [string, number])[]>(
  Object.entries(FLAGS).map(([name, values]) => [
    name,
    Object.entries(values as Values).sort(([, a], [, b]) => bitCount(b) - bitCount(a) || a - b),
  ]),
);

/**
 * The word for a number of an enumeration.
 * @returns undefined for a number without one
 */
export const enumWord = (name: EnumName, value: number): string | undefined =>
  ENUM_WORDS.get(name)?.get(value);

/** A mask as words, from the lowest bit up; bits without a name are put together as one number at the end. */
export const flagWords = (name: FlagsName, mask: number): (string | number)[] => {
  const found: [string, number][] = [];
  let rest = mask >>> 0;
  for (const [word, value] of FLAG_WORDS.get(name) ?? []) {
    if ((rest & value) >>> 0 !== value) continue;
    found.push([word, value]);
    rest = (rest & ~value) >>> 0;
  }
  const words: (string | number)[] = found.sort(([, a], [, b]) => a - b).map(([word]) => word);
  if (rest !== 0) words.push(rest);
  return words;
};

const lookUp = (values: Values, word: string): number | undefined =>
  Object.hasOwn(values, word) ? values[word] : undefined;

/** The number of a word of an enumeration; old names of formats count too. */
export const enumNumber = (name: EnumName, word: string): number | undefined => {
  const value = lookUp(ENUMS[name], word);
  if (value !== undefined || name !== 'Format') return value;
  const alias = (FORMAT_ALIASES as Readonly<Record<string, string>>)[word];
  return alias === undefined ? undefined : lookUp(ENUMS.Format, alias);
};

/** The bits of a word of a flag set. */
export const flagBits = (name: FlagsName, word: string): number | undefined => lookUp(FLAGS[name], word);

/** All words of an enumeration or flag set. */
export const wordsOf = (name: EnumName | FlagsName): string[] =>
  Object.keys(name in ENUMS ? ENUMS[name as EnumName] : FLAGS[name as FlagsName]);
