// Commands as JSON and back, without loss: words for enumerations and flags, strings for the floats that JSON has no
// number for, dwords for data.

import type { Command, EncodableCommand } from '../command-types';
import { COMMANDS } from '../commands';
import { VirglError } from '../error';
import { blockFields, layoutOf, REMAINDER_FIELDS, UNKNOWN_FIELDS } from '../layout-of';
import { nearestName } from '../nearest-name';
import { OBJECTS } from '../objects';
import type { Field, Fields, ScalarField } from '../schema-types';
import { textOf } from '../text-bytes';
import { dwordsOf } from './dwords';
import { dwordOf, floatOf, hexWord, isPlainFloat } from './numbers';
import { enumNumber, enumWord, flagBits, flagWords, wordsOf } from './words';

/** Anything that JSON can hold. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A command as JSON. `index` and `byteOffset` tell where it stood and are ignored on the way back. */
export interface JsonCommand {
  readonly name: string;
  readonly object?: string;
  readonly index?: number;
  readonly byteOffset?: number;
  readonly fields?: { readonly [key: string]: JsonValue };
  readonly extra?: JsonValue;
  readonly residue?: JsonValue;
  /** Only of UNKNOWN: the parts of the header, the payload, and why it could not be decoded. */
  readonly opcode?: number;
  readonly objectType?: number;
  readonly lengthDwords?: number;
  readonly payload?: JsonValue;
  readonly error?: string;
}

type Values = Readonly<Record<string, unknown>>;
type JsonRecord = Record<string, JsonValue>;

const floatJson = (value: number): JsonValue => {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : String(value);
};

const scalarJson = (field: ScalarField, value: unknown): JsonValue => {
  if (typeof value !== 'number') return value as boolean;
  if (field.type === 'f32') return floatJson(Math.fround(value));
  if (field.type === 'f64') return floatJson(value);
  if (field.enum !== undefined) return enumWord(field.enum, value) ?? value;
  return field.flags !== undefined ? flagWords(field.flags, value) : value;
};

const dwordJson = (as: 'u32' | 'f32' | 'bytes', dword: number): JsonValue => {
  if (as !== 'f32') return dword;
  return isPlainFloat(dword) ? floatJson(floatOf(dword)) : hexWord(dword);
};

const items = (value: unknown): unknown[] => Array.from(value as ArrayLike<unknown>);

/** The value of a field as JSON, as in {@link toJson}. */
export const valueJson = (field: Field, value: unknown): JsonValue => {
  switch (field.kind) {
    case 'scalar':
      return scalarJson(field, value);
    case 'struct':
      return recordJson(field.fields, value as Values);
    case 'list':
      return items(value).map((item) => valueJson(field.item, item));
    case 'block':
      return recordJson(blockFields(field), value as Values);
    case 'data':
      return Array.from(dwordsOf(value as ArrayBufferView), (dword) => dwordJson(field.as, dword));
    case 'text':
      return typeof value === 'string' ? value : textOf(value as Uint8Array);
  }
};

const recordJson = (fields: Fields, values: Values): JsonRecord => {
  const record: JsonRecord = {};
  for (const [name, field] of Object.entries(fields)) {
    if (values[name] !== undefined) record[name] = valueJson(field, values[name]);
  }
  return record;
};

const toJsonOne = (command: EncodableCommand): JsonCommand => {
  const { index, byteOffset } = command as Partial<Command>;
  const place = { ...(index !== undefined && { index }), ...(byteOffset !== undefined && { byteOffset }) };
  if (command.name === 'UNKNOWN') {
    const { error } = command as Partial<Command & { error: VirglError }>;
    const parts = recordJson(UNKNOWN_FIELDS, command as unknown as Values);
    return { name: command.name, ...place, ...parts, ...(error && { error: error.message }) };
  }
  const layout = layoutOf(command);
  if (!layout) throw failure('toJson', '', 'a known name', command.name, Object.keys(COMMANDS));
  return {
    name: command.name,
    ...(command.name === 'CREATE_OBJECT' && { object: command.object }),
    ...place,
    fields: recordJson(layout.fields, command.fields as Values),
    ...recordJson(REMAINDER_FIELDS, command as unknown as Values),
  };
};

/**
 * Commands as values that JSON can hold; `fromJson` is the inverse. Every field that a decoded command has is there.
 * Enumerations are words, or numbers where there is none; flags are lists of words; NaN, infinities and -0 are strings;
 * data is dwords or, for constants, floats, with odd ones as hex strings.
 * @throws VirglError ERR_VIRGL_ARGUMENT for a name that is no command
 */
export const toJson = (commands: Iterable<EncodableCommand>): JsonCommand[] =>
  Array.from(commands, toJsonOne);

const failure = (
  operation: string,
  path: string,
  expected: string,
  value: unknown,
  names: readonly string[] = [],
): VirglError => {
  const near = typeof value === 'string' ? nearestName(value, names) : undefined;
  const advice = near === undefined ? '' : ` (did you mean ${near}?)`;
  const received = JSON.stringify(value)?.slice(0, 60) ?? String(value);
  return new VirglError(
    operation === 'toJson' ? 'ERR_VIRGL_ARGUMENT' : 'ERR_VIRGL_DECODE',
    `${operation}: expected ${expected}${path === '' ? '' : ` for ${path}`} but received ${received}${advice}`,
    { operation, field: path, value },
  );
};

const fail = (path: string, expected: string, value: unknown, names?: readonly string[]): never => {
  throw failure('fromJson', path, expected, value, names);
};

const FLOAT_STRINGS = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
]);

const floatOfJson = (value: JsonValue, path: string): number => {
  const number = typeof value === 'string' ? FLOAT_STRINGS.get(value) : value;
  return typeof number === 'number'
    ? number
    : fail(path, 'a number, "NaN", "Infinity", "-Infinity" or "-0"', value);
};

const scalarOfJson = (field: ScalarField, value: JsonValue, path: string): unknown => {
  if (field.type === 'f32' || field.type === 'f64') return floatOfJson(value, path);
  if (field.enum !== undefined && typeof value === 'string') {
    const words = wordsOf(field.enum);
    return enumNumber(field.enum, value) ?? fail(path, `a number or a word of ${field.enum}`, value, words);
  }
  if (field.flags === undefined || !Array.isArray(value)) return value;
  let mask = 0;
  for (const item of value as readonly JsonValue[]) {
    const bits = typeof item === 'string' ? flagBits(field.flags, item) : item;
    if (typeof bits !== 'number')
      return fail(path, `words of ${field.flags} and numbers`, item, wordsOf(field.flags));
    mask = (mask | bits) >>> 0;
  }
  return mask;
};

const HEX = /^0x[0-9a-fA-F]{1,8}$/;

const dwordOfJson = (as: 'u32' | 'f32' | 'bytes', value: JsonValue, path: string): number => {
  if (typeof value === 'string' && HEX.test(value)) return Number(value);
  if (as === 'f32') return dwordOf(floatOfJson(value, path));
  return typeof value === 'number' && value >>> 0 === value
    ? value
    : fail(path, 'a whole number from 0 to 0xffffffff', value);
};

const arrayOfJson = (value: JsonValue, path: string): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : fail(path, 'an array', value);

const valueOfJson = (field: Field, value: JsonValue, path: string): unknown => {
  switch (field.kind) {
    case 'scalar':
      return scalarOfJson(field, value, path);
    case 'struct':
      return recordOfJson(field.fields, value, path);
    case 'list':
      return arrayOfJson(value, path).map((item, index) =>
        valueOfJson(field.item, item, `${path}[${index}]`),
      );
    case 'block':
      return recordOfJson(blockFields(field), value, path);
    case 'data':
      return Uint32Array.from(
        arrayOfJson(value, path).map((item, index) => dwordOfJson(field.as, item, `${path}[${index}]`)),
      );
    case 'text':
      return value;
  }
};

const recordOfJson = (
  fields: Fields,
  value: JsonValue | undefined,
  path: string,
): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fail(path, 'an object', value);
  const record: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value as JsonRecord)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined)
      return fail(path, `only the fields ${Object.keys(fields).join(', ')}`, name, Object.keys(fields));
    record[name] = valueOfJson(field, item, path === '' ? name : `${path}.${name}`);
  }
  return record;
};

// Keys that are read one by one, or only tell where a command stood and what is wrong with it.
const TOLD_ELSEWHERE = new Set(['name', 'object', 'fields', 'index', 'byteOffset', 'error']);

const fromJsonOne = (json: JsonCommand, place: string): EncodableCommand => {
  if (typeof json !== 'object' || json === null) return fail(place, 'an object', json);
  const { name, object, fields } = json;
  const rest = Object.fromEntries(
    Object.entries(json).filter(([key]) => !TOLD_ELSEWHERE.has(key)),
  ) as JsonRecord;
  if (name === 'UNKNOWN') {
    const parts = recordOfJson(UNKNOWN_FIELDS, rest, place);
    return { name, ...parts } as unknown as EncodableCommand;
  }
  const layout = layoutOf(json);
  if (layout === undefined) {
    const isObject = name === 'CREATE_OBJECT';
    const names = Object.keys(isObject ? OBJECTS : COMMANDS);
    return fail(`${place}.${isObject ? 'object' : 'name'}`, 'a known name', isObject ? object : name, names);
  }
  // That the fields are those of the command is what the encoder checks.
  return {
    name,
    ...(object !== undefined && { object }),
    fields: recordOfJson(layout.fields, fields, `${place}.fields`),
    ...recordOfJson(REMAINDER_FIELDS, rest, place),
  } as unknown as EncodableCommand;
};

/**
 * Commands for `encode`, from what {@link toJson} made of them; the inverse of it.
 * @throws VirglError ERR_VIRGL_DECODE that says where, what is allowed, and what might have been meant
 */
export const fromJson = (commands: readonly JsonCommand[]): EncodableCommand[] => {
  if (!Array.isArray(commands)) return fail('', 'an array of commands', commands);
  return commands.map((command: JsonCommand, index) => fromJsonOne(command, `[${index}]`));
};
