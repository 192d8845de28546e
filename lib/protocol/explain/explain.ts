// `explain`: every reading of a number or name, the most likely one first.

import { CAPABILITY_BITS, CAPABILITY_BITS_V2 } from '../capsets';
import { COMMANDS } from '../commands';
import { ContextError } from '../enums';
import { invalidArgument } from '../error';
import { Format } from '../formats';
import { nearestName } from '../nearest-name';
import { OBJECTS } from '../objects';
import { ERRNOS, PREFIXES } from './meanings';
import { explainName } from './names';
import { explainNumber } from './numbers';
import { VALUES, type Explanation, type ExplanationKind, type Ranked } from './readings';

const NUMBER = /^[-+]?(?:0x[0-9a-f]+|\d+)$/i;
const KINDS: readonly ExplanationKind[] = [
  'header', 'opcode', 'object', 'errno', 'error', 'format', 'flags', 'capability', 'capset', 'value', 'field',
]; // prettier-ignore

const numberOf = (text: string): number =>
  text.startsWith('-') ? -Number(text.slice(1)) : Number(text.replace('+', ''));

// Some names here begin like the prefixes of C do.
const readingsOfName = (text: string): Ranked[] => {
  const whole = explainName(text);
  return whole.length > 0 ? whole : explainName(text.replace(PREFIXES, ''));
};

/**
 * All readings of a number or a name, the most likely first; empty if nothing has it. Numbers may be header dwords,
 * opcodes, object types, errnos (also negative), context errors, formats, capability bits and masks, ids of capability
 * sets, flags and values of enumerations. Names may be those of any of these, with or without the prefixes of C
 * (`VIRGL_CCMD_DRAW_VBO`), in any case, and those of fields.
 * @param value a number, a number as text (in hex too), or a name; `KIND:VALUE` gives the readings of one kind, e.g.
 * `format:22`
 * @throws VirglError ERR_VIRGL_ARGUMENT for a value that is neither
 */
export const explain = (value: string | number): Explanation[] => {
  if (typeof value !== 'string' && !Number.isInteger(value)) {
    throw invalidArgument('explain', 'value', 'a whole number or a name', value);
  }
  const [, prefix, rest] = /^([a-z]+):(.*)$/.exec(String(value)) ?? [];
  const kind = KINDS.find((candidate) => candidate === prefix);
  const text = (kind === undefined ? String(value) : (rest ?? '')).trim();
  const found = NUMBER.test(text) ? explainNumber(numberOf(text), /0x/i.test(text)) : readingsOfName(text);
  return found
    .filter((reading) => kind === undefined || reading.kind === kind)
    .sort((a, b) => b.rank - a.rank)
    .map(({ kind: readingKind, title, value: number, lines }) => ({
      kind: readingKind,
      title,
      value: number,
      lines,
    }));
};

/** The name that is nearest to one that nothing has, for advice. */
export const nearestExplained = (name: string): string | undefined =>
  nearestName(name.replace(PREFIXES, ''), [
    ...Object.keys(COMMANDS),
    ...Object.keys(OBJECTS),
    ...Object.keys(ERRNOS),
    ...Object.keys(ContextError),
    ...Object.keys(Format),
    ...CAPABILITY_BITS,
    ...CAPABILITY_BITS_V2,
    ...VALUES.flatMap(([, values]) => Object.keys(values)),
  ]);
