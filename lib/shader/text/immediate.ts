// Immediates: parse_immediate() and parse_immediate_data() of tgsi_text.c.
import type { TgsiImmediate, TgsiLocation } from '../ast';
import { TGSI_IMMEDIATE_TYPES, type TgsiImmediateType } from '../tables/words';
import { LITERAL_READERS, type Literal } from './literals';
import type { TgsiScanner } from './scanner';

const WORDS = 4;

const parseValues = (scanner: TgsiScanner, type: TgsiImmediateType): Literal[] => {
  const literals: Literal[] = [];
  const wide = type.endsWith('64');
  const count = wide ? WORDS / 2 : WORDS;
  const field = `${type} immediate`;
  try {
    scanner.expectChar('{', field);
    while (literals.length < count) {
      if (literals.length > 0) scanner.expectChar(',', field);
      scanner.skipWhite();
      const literal = LITERAL_READERS[type](scanner);
      if (literal === undefined) throw scanner.error(`a ${type} literal`, field);
      literals.push(literal);
    }
    scanner.expectChar('}', field);
  } catch (error) {
    // The host goes on after a bad literal. Anywhere but at the end of the text that is an error one step later;
    // at the end the text stands, and what is missing is zero.
    if (!scanner.atEnd) throw error;
    while (literals.length < count) literals.push({ text: '0', words: wide ? [0, 0] : [0] });
  }
  return literals;
};

/** What follows the word IMM; `index` is the number of immediates so far. */
export const parseImmediate = (
  scanner: TgsiScanner,
  location: TgsiLocation,
  index: number,
): TgsiImmediate => {
  if (scanner.takeChar('[')) {
    scanner.skipWhite();
    const start = scanner.position;
    if (scanner.expectUnsigned('immediate index') !== index) {
      throw scanner.error(`${index}, as immediates are numbered in order,`, 'immediate index', start);
    }
    scanner.expectChar(']', 'immediate index');
  }
  if (!scanner.skipWhite()) throw scanner.error('white space', 'IMM');
  const type = scanner.expectWord(TGSI_IMMEDIATE_TYPES, TGSI_IMMEDIATE_TYPES.join(', '), 'immediate type');
  const literals = parseValues(scanner, type);
  return {
    kind: 'immediate',
    index,
    type,
    texts: literals.map(({ text }) => text),
    words: literals.flatMap(({ words }) => words),
    location,
  };
};
