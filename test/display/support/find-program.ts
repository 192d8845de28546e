// Programs that a test may find on this machine.

import fs from 'node:fs';
import path from 'node:path';

/** Where a program is, or undefined. */
export const findProgram = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((directory) => path.join(directory, name))
    .find((file) => fs.existsSync(file));
