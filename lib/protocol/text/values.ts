// Reads the values of fields from a dump, by the schema.

import type { FlagsName } from '../enum-registry';
import { blockFields } from '../layout-of';
import type { DataField, Field, Fields, ListField, ScalarField, TextField } from '../schema-types';
import { dwordOf, floatOf } from './numbers';
import type { Scanner, Token } from './scanner';
import { unescape } from './escapes';
import { enumNumber, flagBits, wordsOf } from './words';

type Values = Record<string, unknown>;

/** Most dwords that data may have, so that a slip in a count can't take all memory. */
const MAX_DATA_DWORDS = 0xffff;

const isHex = (text: string): boolean => /^[-+]?0[xX]/.test(text);

const numberOf = (text: string): number => {
  if (!isHex(text)) return Number(text);
  return text.startsWith('-') ? -Number(text.slice(1)) : Number(text.replace('+', ''));
};

const flagPhrase = (name: FlagsName): string => `a number or flags of ${name} (${wordsOf(name).join(', ')})`;

const readFlags = (scanner: Scanner, name: FlagsName, path: string): number => {
  let mask = 0;
  do {
    const token = scanner.next();
    const bits = token.kind === 'number' ? numberOf(token.text) : flagBits(name, token.text);
    if (bits === undefined || (token.kind !== 'number' && token.kind !== 'word')) {
      scanner.fail(token, flagPhrase(name), { names: wordsOf(name), field: path });
    }
    // A lone number is left as it is, so that the encoder sees what was written.
    if (mask === 0 && token.kind === 'number' && scanner.peek().text !== '|') return bits;
    mask = (mask | bits) >>> 0;
  } while (scanner.accept('|'));
  return mask;
};

const readEnum = (
  scanner: Scanner,
  field: ScalarField & { enum: NonNullable<ScalarField['enum']> },
  path: string,
) => {
  const token = scanner.next();
  if (token.kind === 'number') return numberOf(token.text);
  const value = token.kind === 'word' ? enumNumber(field.enum, token.text) : undefined;
  if (value !== undefined) return value;
  const names = wordsOf(field.enum);
  const all = names.length > 40 ? '' : ` (${names.join(', ')})`;
  return scanner.fail(token, `a number or a word of ${field.enum}${all} for ${path}`, { names, field: path });
};

const isEnum = (field: ScalarField): field is ScalarField & { enum: NonNullable<ScalarField['enum']> } =>
  field.enum !== undefined;

const readFloat = (scanner: Scanner, token: Token, path: string): number => {
  if (!isHex(token.text)) return numberOf(token.text);
  const bits = numberOf(token.text);
  const value = floatOf(bits);
  if (bits <= 0xffffffff && dwordOf(value) === bits) return value;
  return scanner.fail(token, `the bits of a 32-bit float for ${path}; residue tells those of odd NaNs`, {
    field: path,
  });
};

const readScalar = (scanner: Scanner, field: ScalarField, path: string): number | boolean => {
  if (isEnum(field)) return readEnum(scanner, field, path);
  if (field.flags !== undefined) return readFlags(scanner, field.flags, path);
  const token = scanner.next();
  if (field.type === 'bool') {
    if (token.text === 'true' || token.text === 'false') return token.text === 'true';
    return scanner.fail(token, `true or false for ${path}`, { names: ['true', 'false'], field: path });
  }
  if (token.kind !== 'number') return scanner.fail(token, `a number for ${path}`, { field: path });
  return field.type === 'f32' ? readFloat(scanner, token, path) : numberOf(token.text);
};

const readItems = (scanner: Scanner, item: Field, path: string): unknown[] => {
  const items: unknown[] = [];
  scanner.expect('[', `[ for ${path}`);
  for (scanner.skipNewlines(); !scanner.accept(']'); scanner.skipNewlines()) {
    items.push(readValue(scanner, item, `${path}[${items.length}]`));
  }
  return items;
};

const readList = (scanner: Scanner, { item }: ListField, path: string): unknown[] =>
  readItems(scanner, item, path);

const readRecord = (scanner: Scanner, fields: Fields, path: string): Values => {
  const values: Values = {};
  scanner.expect('{', `{ for ${path}`);
  for (scanner.skipNewlines(); !scanner.accept('}'); scanner.skipNewlines()) {
    const [name, field] = readFieldName(scanner, fields, path, values);
    scanner.expect('=', `= behind ${name}`);
    values[name] = readValue(scanner, field, `${path}.${name}`);
  }
  return values;
};

/** Takes the name of one of the fields, which may be given once. */
export const readFieldName = (
  scanner: Scanner,
  fields: Fields,
  owner: string,
  given: Readonly<Values>,
): [string, Field] => {
  const token = scanner.next();
  const field = token.kind === 'word' && Object.hasOwn(fields, token.text) ? fields[token.text] : undefined;
  if (field === undefined) {
    const names = Object.keys(fields);
    return scanner.fail(token, `a field of ${owner} (${names.join(', ')})`, { names });
  }
  if (Object.hasOwn(given, token.text)) scanner.failAt(token.start, `${token.text} is given twice`);
  return [token.text, field];
};

const readDword = (scanner: Scanner, as: DataField['as'], path: string): number => {
  const token = scanner.next();
  if (token.kind !== 'number') return scanner.fail(token, `a number in ${path}`, { field: path });
  if (as === 'f32' && !isHex(token.text)) return dwordOf(numberOf(token.text));
  const value = numberOf(token.text);
  if (value >>> 0 === value) return value;
  return scanner.fail(token, `a whole number from 0 to 0xffffffff in ${path}`, { field: path });
};

const readRun = (scanner: Scanner, path: string): number => {
  if (!scanner.accept('*')) return 1;
  const token = scanner.next();
  const times = numberOf(token.text);
  if (token.kind === 'number' && Number.isInteger(times) && times >= 1 && times <= MAX_DATA_DWORDS)
    return times;
  return scanner.fail(token, `how often the dword stands in ${path}, 1 to ${MAX_DATA_DWORDS}`, {
    field: path,
  });
};

/** Takes dwords and runs of them until the token that `isEnd` finds, which is left. */
export const readDwords = (
  scanner: Scanner,
  into: number[],
  as: DataField['as'],
  path: string,
  isEnd: (token: Token) => boolean,
): void => {
  while (!isEnd(scanner.peek())) {
    const { start } = scanner.peek();
    const dword = readDword(scanner, as, path);
    const times = readRun(scanner, path);
    if (into.length + times > MAX_DATA_DWORDS) {
      scanner.failAt(start, `${path} has more than ${MAX_DATA_DWORDS} dwords`, { field: path });
    }
    for (let count = 0; count < times; count += 1) into.push(dword);
  }
};

const readData = (scanner: Scanner, { as }: DataField, path: string): Uint32Array => {
  const dwords: number[] = [];
  scanner.expect('[', `[ for ${path}`);
  scanner.skipNewlines();
  while (!scanner.accept(']')) {
    readDwords(
      scanner,
      dwords,
      as,
      path,
      ({ text, kind }) => kind === 'newline' || (kind === 'mark' && text === ']'),
    );
    scanner.skipNewlines();
  }
  return Uint32Array.from(dwords);
};

const readText = (scanner: Scanner, _: TextField, path: string): string => {
  const token = scanner.next();
  const text = token.kind === 'string' ? unescape(token.text.slice(1, -1)) : undefined;
  if (text !== undefined) return text;
  const what =
    token.kind === 'string' ? 'only the escapes \\\\ \\" \\n \\t \\xNN \\u{N}' : 'a string in double quotes';
  return scanner.fail(token, `${what} for ${path}`, { field: path });
};

/** Takes the value of a field. */
export const readValue = (scanner: Scanner, field: Field, path: string): unknown => {
  switch (field.kind) {
    case 'scalar':
      return readScalar(scanner, field, path);
    case 'struct':
      return readRecord(scanner, field.fields, path);
    case 'list':
      return readList(scanner, field, path);
    case 'block':
      return readRecord(scanner, blockFields(field), path);
    case 'data':
      return readData(scanner, field, path);
    case 'text':
      return readText(scanner, field, path);
  }
};
