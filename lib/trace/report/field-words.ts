// Values of the protocol's fields as words, by the schema: enumerations and flags by name, structures as rows.

import type { Field } from '../../protocol';
import { enumWord, flagWords } from '../../protocol/text/words';

type Values = Readonly<Record<string, unknown>>;

const MOST_ITEMS = 32;

const numberWord = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(7)));

/** A value in one line. */
export const fieldWord = (field: Field, value: unknown): string => {
  if (value === undefined || value === null) return '';
  switch (field.kind) {
    case 'scalar': {
      if (typeof value !== 'number') return String(value);
      if (field.enum !== undefined) return enumWord(field.enum, value) ?? String(value);
      if (field.flags !== undefined) return flagWords(field.flags, value).join(' | ') || '0';
      return numberWord(value);
    }
    case 'list': {
      const items = Array.from(value as ArrayLike<unknown>, (item) => fieldWord(field.item, item));
      return items.length > MOST_ITEMS
        ? `${items.slice(0, MOST_ITEMS).join(', ')}, … (${items.length})`
        : items.join(', ');
    }
    case 'struct':
      return fieldRows(field.fields, value as Values)
        .map((row) => row.join(' '))
        .join(', ');
    case 'data':
      return `${(value as ArrayBufferView).byteLength} bytes`;
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
};

/** The fields of a structure, a row of name and value each; lists of structures take a row per item. */
export const fieldRows = (fields: Readonly<Record<string, Field>>, values: Values): [string, string][] =>
  Object.entries(fields).flatMap(([name, field]): [string, string][] => {
    const value = values[name];
    if (value === undefined) return [];
    if (field.kind === 'list' && field.item.kind === 'struct')
      return Array.from(value as ArrayLike<unknown>, (item, at): [string, string] => [
        `${name}[${at}]`,
        fieldWord(field.item, item),
      ]);
    return [[name, fieldWord(field, value)]];
  });

/** A number for a table. */
export const shortNumber = numberWord;
