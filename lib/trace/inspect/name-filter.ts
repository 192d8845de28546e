// Chooses commands and host calls by a word of their names: `draw`, `clear`, `submit`, `transfer`, `shader`, or a whole name.

import { HOST_CALL_NAMES } from '../../host/call-table';
import { COMMANDS, OBJECTS } from '../../protocol';
import { VirglError } from '../../protocol/error';
import { nearestName } from '../../protocol/nearest-name';

// What people call so though it has not the word in its name.
const ALSO: Readonly<Record<string, readonly string[]>> = {
  draw: ['LAUNCH_GRID'],
  transfer: ['RESOURCE_INLINE_WRITE'],
};

const UNDECODED = 'UNKNOWN';

/** Everything that `dump` can choose, as {@link NameFilter} is asked for it. */
const ALL_NAMES: readonly string[] = [
  ...Object.keys(COMMANDS).filter((name) => name !== 'CREATE_OBJECT'),
  ...Object.keys(OBJECTS).map((object) => `CREATE_OBJECT ${object}`),
  UNDECODED,
  ...HOST_CALL_NAMES,
];

// DRAW_VBO: draw, vbo. transferWriteIov: transfer, write, iov.
const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_ ]/);

const matches = (name: string, wanted: string): boolean => {
  const lower = wanted.toLowerCase();
  if (name.toLowerCase() === lower || name.toLowerCase().startsWith(`${lower} `)) return true;
  return wordsOf(name).some((word) => word.replace(/\d+d?$/, '') === lower || word === lower);
};

/** Which names a word stands for. */
const namesOf = (wanted: string): string[] => {
  const found = ALL_NAMES.filter((name) => matches(name, wanted));
  if (found.length > 0) return [...found, ...(ALSO[wanted.toLowerCase()] ?? [])];
  const near = nearestName(wanted, [...ALL_NAMES, ...new Set(ALL_NAMES.flatMap(wordsOf))]);
  const advice = near === undefined ? 'such as draw, clear, submit or transfer' : `did you mean ${near}?`;
  throw new VirglError(
    'ERR_VIRGL_ARGUMENT',
    `dump: expected a command or host call, or a word of its name, for calls but received ${JSON.stringify(wanted)} (${advice})`,
    { operation: 'dump', field: 'calls', value: wanted },
  );
};

/**
 * The names that words stand for.
 * @param wanted words or names; letter case does not matter
 * @throws VirglError ERR_VIRGL_ARGUMENT for a word that is in no name, with the nearest one
 */
export const nameFilter = (wanted: readonly string[]): ReadonlySet<string> =>
  new Set(wanted.flatMap(namesOf));
