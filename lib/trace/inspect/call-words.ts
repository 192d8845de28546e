// Host calls for people and as JSON: words for numbers that have some, lengths for bytes.

import type { EnumName, FlagsName } from '../../protocol';
import { enumWord, flagWords } from '../../protocol/text/words';
import type { JsonValue } from '../../protocol';
import type { CallRecord } from '../model';

// Arguments whose numbers have names.
const ENUM_ARGUMENTS: Readonly<Record<string, EnumName>> = { target: 'TextureTarget', format: 'Format' };
const FLAG_ARGUMENTS: Readonly<Record<string, FlagsName>> = { bind: 'Bind' };

const numberJson = (name: string, value: number): JsonValue => {
  const enumName = ENUM_ARGUMENTS[name];
  if (enumName !== undefined) return enumWord(enumName, value) ?? value;
  const flagsName = FLAG_ARGUMENTS[name];
  return flagsName === undefined ? value : flagWords(flagsName, value);
};

/**
 * An argument, or anything of a record, as JSON: numbers that have names are words, bytes are told by their length, and big
 * integers are numbers if those can hold them.
 */
export const argumentJson = (name: string, value: unknown): JsonValue => {
  if (typeof value === 'number') return numberJson(name, value);
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (ArrayBuffer.isView(value)) return { lengthBytes: value.byteLength };
  if (Array.isArray(value)) return value.map((item) => argumentJson('', item));
  if (typeof value !== 'object' || value === null) return value as string | boolean | null;
  return argumentsJson(value);
};

/** All arguments as JSON; those that are undefined are left out. */
export const argumentsJson = (args: object): Record<string, JsonValue> =>
  Object.fromEntries(
    Object.entries(args)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, argumentJson(name, value)]),
  );

const isLength = (value: object): value is { lengthBytes: number } =>
  'lengthBytes' in value && Object.keys(value).length === 1;

const word = (value: JsonValue): string => {
  if (Array.isArray(value)) {
    const isFlags = value.length > 0 && value.every((item) => typeof item === 'string');
    return isFlags ? value.join('|') : `[${value.map(word).join(' ')}]`;
  }
  if (typeof value === 'object' && value !== null)
    return isLength(value) ? `<${value.lengthBytes} bytes>` : `{${words(value as object).trimStart()}}`;
  return typeof value === 'string' && !/^[\w.+-]+$/.test(value) ? JSON.stringify(value) : String(value);
};

const words = (values: object): string =>
  Object.entries(values as Record<string, JsonValue>)
    .map(([name, value]) => ` ${name}=${word(value)}`)
    .join('');

/** Values by name as ` name=value …`, each as {@link argumentJson} has it. */
export const argumentWords = (args: object): string => words(argumentsJson(args));

/** A call as text: `transferWriteIov resourceId=3 box={x=0 …}`. */
export const callText = ({ name, args }: CallRecord): string => `${name}${argumentWords(args ?? {})}`;
