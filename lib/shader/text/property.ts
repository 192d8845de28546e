// Properties: parse_property() of tgsi_text.c.
import type { TgsiLocation, TgsiProperty, TgsiUnknownProperty } from '../ast';
import { propertyInfo, type TgsiPropertyName } from '../tables/properties';
import type { TgsiScanner } from './scanner';

const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const REST_OF_LINE = /[^\n]*/y;
/** The host reads the name into 64 bytes, one of them for the NUL. */
const MAX_NAME_LENGTH = 63;

const parseName = (scanner: TgsiScanner): string => {
  const start = scanner.position;
  const name = scanner.take(IDENTIFIER);
  if (name === undefined || name.length > MAX_NAME_LENGTH) {
    throw scanner.error(`a name of at most ${MAX_NAME_LENGTH} characters`, 'property name', start);
  }
  return name;
};

/** What follows the word PROPERTY. An unknown name is accepted with the rest of its line. */
export const parseProperty = (
  scanner: TgsiScanner,
  location: TgsiLocation,
): TgsiProperty | TgsiUnknownProperty => {
  if (!scanner.skipWhite()) throw scanner.error('white space', 'PROPERTY');
  const written = parseName(scanner);
  const name = written.toUpperCase();
  const info = propertyInfo(name);
  if (info === undefined) {
    return { kind: 'unknown-property', name: written, rest: scanner.take(REST_OF_LINE) ?? '', location };
  }
  scanner.skipWhite();
  const known = { kind: 'property' as const, name: name as TgsiPropertyName, location };
  if (info.words === undefined) {
    const value = scanner.expectUnsigned(name);
    return { ...known, value, text: String(value) };
  }
  const text = scanner.expectWord(info.words, info.words.join(', '), name);
  return { ...known, value: info.words.indexOf(text), text };
};
