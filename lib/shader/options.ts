// Options objects are checked once, here: an unknown key is an error that names the nearest known one.
import { invalidArgument } from '../protocol/error';
import { nearestName } from '../protocol/nearest-name';

/** Throws unless `options` is an object that has none but the known keys. */
export const checkOptions = (operation: string, options: unknown, known: readonly string[]): void => {
  if (typeof options !== 'object' || options === null) {
    throw invalidArgument(operation, 'options', 'an object', options);
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = nearestName(key, known);
    const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
    throw invalidArgument(operation, 'options', `one of ${known.join(', ')}${hint}`, key);
  }
};

/** Throws unless `value` is one of the list; names the nearest one. */
export function checkChoice<Choice extends string>(
  operation: string,
  field: string,
  value: unknown,
  choices: readonly Choice[],
): asserts value is Choice {
  if (choices.some((choice) => choice === value)) return;
  const near = typeof value === 'string' ? nearestName(value, choices) : undefined;
  const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
  throw invalidArgument(operation, field, `one of ${choices.join(', ')}${hint}`, value);
}

/** Throws unless `value` is an integer from `low` to `high`. */
export const checkInteger = (
  operation: string,
  field: string,
  value: unknown,
  low: number,
  high: number,
): void => {
  if (Number.isInteger(value) && (value as number) >= low && (value as number) <= high) return;
  throw invalidArgument(operation, field, `an integer from ${low} to ${high}`, value);
};
