// What a number may stand for.

import { COMMANDS } from '../commands';
import * as enums from '../enums';
import { objectName, OPCODES, parseHeader } from '../header';
import { layoutOf } from '../layout-of';
import { flagWords } from '../text/words';
import { lengthFits, lengthPhrase } from './layout-lines';
import { ERRNOS } from './meanings';
import {
  CAPABILITY_SETS,
  capsetReadings,
  errnoReading,
  errorReading,
  formatReading,
  hex,
  isFlags,
  layoutText,
  objectReading,
  opcodeReading,
  VALUES,
  type Ranked,
} from './readings';

type Numbers = Readonly<Record<string, number>>;

const header = (value: number): Ranked[] => {
  const { name, opcode, objectType, lengthDwords } = parseHeader(value);
  if (value > 0xffffffff || (value <= 0xff && value > 0) || name === 'UNKNOWN') return [];
  const object = name === 'CREATE_OBJECT' ? objectName(objectType) : undefined;
  const layout = layoutOf({ name, ...(object !== undefined && { object }) }) ?? COMMANDS.CREATE_OBJECT;
  const typed = name === 'CREATE_OBJECT' || name === 'BIND_OBJECT' || name === 'DESTROY_OBJECT';
  if (!typed && objectType !== 0) return [];
  const fits = lengthFits(layout.length, lengthDwords);
  if (value <= 0xffff && !fits) return [];
  const kind = typed ? ` ${objectName(objectType) ?? `object type ${objectType}`}` : '';
  const rule = fits ? '' : ` (hosts want ${lengthPhrase(layout.length)})`;
  const title = `${name}${kind}, ${lengthDwords} dwords${rule}`;
  const parts = `header: opcode ${opcode}, object type ${objectType}, ${lengthDwords} payload dwords`;
  return [{ kind: 'header', title, value, lines: [parts, ...layoutText(layout)], rank: fits ? 90 : 40 }];
};

const bitNames = (bits: readonly string[], mask: number): string[] =>
  bits.flatMap((name, bit) => ((mask >>> bit) & 1 ? [`bit ${bit}, ${hex(2 ** bit)}: ${name}`] : []));

const capabilityReadings = (value: number): Ranked[] =>
  CAPABILITY_SETS.flatMap(([set, names]) => {
    const name = names[value];
    if (name !== undefined) {
      const title = `bit ${value} of ${set}, ${name}`;
      return [{ kind: 'capability' as const, title, value, lines: [`mask ${hex(2 ** value)}`], rank: 25 }];
    }
    const lines = bitNames(names, value);
    const complete = lines.length > 0 && (names.length === 32 || value < 2 ** names.length);
    return value > 31 && complete
      ? [{ kind: 'capability' as const, title: `${set} ${hex(value)}`, value, lines, rank: 5 }]
      : [];
  });

// A mask is likely one if each of its bits has a name; those written in hex more so.
const flagReadings = (value: number, isHex: boolean): Ranked[] =>
  VALUES.flatMap(([name, values]) => {
    if (!isFlags(name) || value === 0 || value > 0xffffffff) return [];
    const words = flagWords(name, value);
    if (words.some((word) => typeof word === 'number')) return [];
    const lines = Object.entries(values)
      .filter(([, bits]) => (value & bits) >>> 0 === bits && (bits & (bits - 1)) === 0)
      .map(([word, bits]) => `${hex(bits)}: ${word}`);
    const rank = (name === 'Bind' ? 15 : 10) + (isHex ? (value > 0xff ? 80 : 18) : value > 0xffff ? 10 : 0);
    return [
      { kind: 'flags' as const, title: `${name} ${hex(value)} = ${words.join('|')}`, value, lines, rank },
    ];
  });

const valueReadings = (value: number): Ranked[] =>
  VALUES.filter(([name]) => !isFlags(name)).flatMap(([name, values]) =>
    Object.entries(values)
      .filter(([, number]) => number === value)
      .map(([word]) => ({
        kind: 'value' as const,
        title: `${name} ${value}, ${word}`,
        value,
        lines: [],
        rank: name === 'QueryType' ? 21 : 20,
      })),
  );

const namedNumber = (table: Numbers, value: number): string | undefined =>
  Object.keys(table).find((name) => table[name] === value);

/** All readings of a number; `isHex` tells that it was written in hex, as masks are. */
export const explainNumber = (value: number, isHex: boolean): Ranked[] => {
  const errno = Object.entries(ERRNOS).find(([, entry]) => entry.value === Math.abs(value));
  const errnos = errno ? [errnoReading(errno[0], errno[1], value < 0 || value === 22 ? 85 : 22)] : [];
  if (value < 0) return errnos;
  const opcode = namedNumber(OPCODES, value);
  const object = objectName(value);
  const error = namedNumber(enums.ContextError, value);
  return [
    ...header(value),
    ...errnos,
    ...(opcode === undefined ? [] : [opcodeReading(opcode, value)]),
    ...(object === undefined ? [] : [objectReading(object, value)]),
    ...(error === undefined ? [] : [errorReading(error, value)]),
    ...formatReading(value),
    ...capsetReadings(value),
    ...capabilityReadings(value),
    ...valueReadings(value),
    ...flagReadings(value, isHex),
  ];
};
