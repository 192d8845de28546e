// Options objects are checked once, here: an unknown key is an error that names the nearest known one.
import { invalidArgument } from '../protocol/error';

const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
};

/** The known word that is a few letters away, or that one starts with the other. */
const nearest = (word: string, known: readonly string[]): string | undefined => {
  const lower = word.toLowerCase();
  return known
    .map((candidate) => ({ candidate, distance: editDistance(lower, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => {
      const other = candidate.toLowerCase();
      const startsAlike =
        Math.min(lower.length, other.length) >= 3 && (lower.startsWith(other) || other.startsWith(lower));
      return startsAlike || distance <= Math.max(1, candidate.length / 3);
    })
    .sort((a, b) => a.distance - b.distance)[0]?.candidate;
};

/** Throws unless `options` is an object that has none but the known keys. */
export const checkOptions = (operation: string, options: unknown, known: readonly string[]): void => {
  if (typeof options !== 'object' || options === null) {
    throw invalidArgument(operation, 'options', 'an object', options);
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
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
  const near = typeof value === 'string' ? nearest(value, choices) : undefined;
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
