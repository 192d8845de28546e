// Arguments that don't fit their types, as JSON: recorders see also the calls that a host refuses for their arguments, and such a
// call is to be refused again by whoever plays it. What JSON has no word for is an object with one `$` key.

import { faulty, textOf, utf8 } from './words';

const replace = (value: unknown): unknown => {
  if (typeof value === 'bigint') return { $bigint: String(value) };
  if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) };
  if (value === undefined) return { $undefined: true };
  if (typeof value === 'function' || typeof value === 'symbol') return { $other: typeof value };
  if (ArrayBuffer.isView(value)) {
    const type = value instanceof Uint32Array ? 'Uint32Array' : 'Uint8Array';
    const { buffer, byteOffset, byteLength } = value;
    return { $bytes: Buffer.from(buffer, byteOffset, byteLength).toString('base64'), type };
  }
  if (Array.isArray(value)) return value.map(replace);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner)]));
};

const restore = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(restore);
  if (value === null || typeof value !== 'object') return value;
  const given = value as Record<string, unknown>;
  if (typeof given.$bigint === 'string') return BigInt(given.$bigint);
  if (typeof given.$number === 'string') return Number(given.$number);
  if (given.$undefined === true) return undefined;
  if (typeof given.$other === 'string') return { ...given };
  if (typeof given.$bytes === 'string') {
    const bytes = Uint8Array.from(Buffer.from(given.$bytes, 'base64'));
    return given.type === 'Uint32Array' ? new Uint32Array(bytes.buffer) : bytes;
  }
  return Object.fromEntries(Object.entries(given).map(([key, inner]) => [key, restore(inner)]));
};

/** Any value as JSON. Functions and the like are only named. */
export const argsToJson = (args: unknown): Uint8Array => utf8(JSON.stringify(replace(args)));

/** What {@link argsToJson} made. */
export const argsFromJson = (bytes: Uint8Array): unknown => {
  try {
    return restore(JSON.parse(textOf(bytes)));
  } catch (error) {
    throw faulty(`its arguments are not the JSON they should be: ${(error as Error).message}`);
  }
};
