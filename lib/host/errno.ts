// Names of errno values.

import { constants } from 'node:os';

const NAMES = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));

/** For example `EINVAL (22)`. */
export const describeErrno = (errno: number): string => `${NAMES.get(errno) ?? 'errno'} (${errno})`;
