// Whether a program is there.

import { spawnSync } from 'node:child_process';

/** Whether a program is on PATH, or at the path that is given. */
export const isInstalled = (program: string): boolean =>
  spawnSync('sh', ['-c', 'command -v "$0"', program]).status === 0;
