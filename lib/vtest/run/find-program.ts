// Whether there is such a program, as execvp(3) looks for it: known before anything is started for it.

import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { VirglError } from '../../protocol/error';

type Verdict = 'there' | 'missing' | 'not executable';

const look = (file: string): Verdict => {
  try {
    if (!statSync(file).isFile()) return 'missing';
  } catch {
    return 'missing';
  }
  try {
    accessSync(file, constants.X_OK);
    return 'there';
  } catch {
    return 'not executable';
  }
};

/** @throws VirglError `ERR_VIRGL_SYSTEM` where a shell would say 127 or 126 */
export const checkProgram = (program: string, searchPath = process.env.PATH ?? ''): void => {
  const isPath = program.includes('/');
  const files = isPath
    ? [program]
    : searchPath.split(path.delimiter).map((folder) => path.join(folder || '.', program));
  const verdicts = program === '' ? [] : files.map(look);
  if (verdicts.includes('there')) return;
  const why = verdicts.includes('not executable')
    ? 'is not executable'
    : isPath
      ? 'does not exist'
      : 'is not in PATH';
  throw new VirglError('ERR_VIRGL_SYSTEM', `the program ${JSON.stringify(program)} ${why}`, {
    operation: 'runProgram',
    field: 'program',
    value: program,
  });
};
