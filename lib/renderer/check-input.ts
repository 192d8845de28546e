// Checks of what scripts pass: an object with known keys, a list, a whole number in its range.

import { invalidArgument, VirglError } from '../protocol/error';
import { nearestName } from '../protocol/nearest-name';

type Values = Readonly<Record<string, unknown>>;

const unknownKey = (
  operation: string,
  field: string,
  key: string,
  value: unknown,
  keys: readonly string[],
): VirglError => {
  const near = nearestName(key, keys);
  const hint = near === undefined ? `it takes ${keys.join(', ')}` : `did you mean ${near}?`;
  const message = `${operation}: unknown ${field} ${JSON.stringify(key)}; ${hint}`;
  return new VirglError('ERR_VIRGL_ARGUMENT', message, { operation, field: key, value });
};

/** Throws unless `value` is an object and, if `keys` are given, has no others. @throws VirglError */
export const checkObject = (
  operation: string,
  field: string,
  value: unknown,
  keys?: readonly string[],
): void => {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    throw invalidArgument(operation, field, 'an object', value);
  if (keys === undefined) return;
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) throw unknownKey(operation, field, key, (value as Values)[key], keys);
  }
};

/** Throws unless `value` is an array. @throws VirglError */
export const checkList = (operation: string, field: string, value: unknown): void => {
  if (!Array.isArray(value)) throw invalidArgument(operation, field, 'an array', value);
};

/** Throws unless `value` is a whole number from `min` to `max`. @throws VirglError */
export const checkWhole = (
  operation: string,
  field: string,
  value: unknown,
  [min, max]: readonly [number, number],
): void => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return;
  throw invalidArgument(operation, field, `a whole number from ${min} to ${max}`, value);
};

/** Throws unless `value` is a finite number. @throws VirglError */
export const checkNumber = (operation: string, field: string, value: unknown): void => {
  if (!Number.isFinite(value)) throw invalidArgument(operation, field, 'a number', value);
};
