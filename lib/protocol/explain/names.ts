// What a name may stand for.

import { CAPSET_V1_FIELDS, CAPSET_V2_FIELDS } from '../capsets';
import { COMMANDS } from '../commands';
import * as enums from '../enums';
import { Format, FORMAT_ALIASES } from '../formats';
import { OPCODES } from '../header';
import { OBJECTS } from '../objects';
import type { Layout } from '../schema-types';
import { layoutLines } from './layout-lines';
import { ERRNOS } from './meanings';
import {
  CAPABILITY_SETS,
  capsetReadings,
  errnoReading,
  errorReading,
  formatReading,
  hex,
  isFlags,
  objectReading,
  opcodeReading,
  VALUES,
  type Ranked,
} from './readings';

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const keyOf = (table: object, name: string): string | undefined =>
  Object.keys(table).find((key) => sameName(key, name));

const capabilityByName = (name: string): Ranked[] =>
  CAPABILITY_SETS.flatMap(([set, names]) => {
    const bit = names.findIndex((entry) => sameName(entry, name));
    if (bit < 0) return [];
    const title = `${names[bit]}, bit ${bit} of ${set}`;
    return [{ kind: 'capability' as const, title, value: bit, lines: [`mask ${hex(2 ** bit)}`], rank: 40 }];
  });

const wordByName = (name: string): Ranked[] =>
  VALUES.flatMap(([set, values]) => {
    const key = keyOf(values, name);
    if (key === undefined) return [];
    const value = values[key] ?? 0;
    const title = `${set} ${key} = ${isFlags(set) ? hex(value) : value}`;
    return [
      { kind: isFlags(set) ? ('flags' as const) : ('value' as const), title, value, lines: [], rank: 30 },
    ];
  });

const fieldByName = (name: string): Ranked[] => {
  const layouts = [
    ...Object.entries(COMMANDS).filter(([command]) => command !== 'CREATE_OBJECT'),
    ...Object.entries(OBJECTS).map(([object, layout]): [string, Layout] => [
      `CREATE_OBJECT ${object}`,
      layout,
    ]),
  ];
  const lines = layouts.flatMap(([command, layout]) =>
    layoutLines(layout)
      .filter((line) => sameName(line.name.split(/\.|\[\]\./).at(-1) ?? '', name))
      .map((line) => `${command}: dword ${line.place}, ${line.name}, ${line.type}: ${line.doc}`),
  );
  return lines.length === 0
    ? []
    : [{ kind: 'field', title: `field ${name}`, value: lines.length, lines, rank: 10 }];
};

const capsetFieldByName = (name: string): Ranked[] => {
  const fields = { ...CAPSET_V1_FIELDS, ...CAPSET_V2_FIELDS };
  const key = keyOf(fields, name) ?? keyOf(fields, name.replaceAll('_', ''));
  if (key === undefined) return [];
  const { offset, type, since } = fields[key as keyof typeof fields];
  const lines = [`byte ${offset}, ${type}, since ${since === '0.8' ? '0.8 or older' : since}`];
  return [{ kind: 'capset', title: `field ${key} of the capability set`, value: offset, lines, rank: 25 }];
};

/** All readings of a name, in any case. */
export const explainName = (name: string): Ranked[] => {
  const command = keyOf(COMMANDS, name);
  const object = keyOf(OBJECTS, name);
  const errno = keyOf(ERRNOS, name);
  const error = keyOf(enums.ContextError, name);
  const capset = keyOf(enums.CapsetId, name);
  const format =
    keyOf(Format, name) ?? (FORMAT_ALIASES as Readonly<Record<string, string>>)[name.toUpperCase()];
  return [
    ...(command === undefined ? [] : [opcodeReading(command, OPCODES[command as keyof typeof OPCODES])]),
    ...(object === undefined
      ? []
      : [objectReading(object, OBJECTS[object as keyof typeof OBJECTS].objectType)]),
    ...(errno === undefined ? [] : [errnoReading(errno, ERRNOS[errno] ?? { value: 0, meaning: '' }, 80)]),
    ...(error === undefined
      ? []
      : [errorReading(error, enums.ContextError[error as keyof typeof enums.ContextError])]),
    ...(capset === undefined ? [] : capsetReadings(enums.CapsetId[capset as keyof typeof enums.CapsetId])),
    ...(format === undefined ? [] : formatReading(Format[format as keyof typeof Format])),
    ...capabilityByName(name),
    ...capsetFieldByName(name),
    ...wordByName(name),
    ...fieldByName(name),
  ];
};
