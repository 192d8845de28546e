// Which vtest servers there are to test with.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ServerKind } from '../clients/support/server';

const OURS = path.join(__dirname, '..', '..', 'dist', 'cli', 'vtest-command.js');

const isInstalled = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;

/** Whether a server can be started here; says on stderr which one can't. */
export const isServerAvailable = (kind: ServerKind): boolean => {
  const isThere = kind === 'ours' ? existsSync(OURS) : isInstalled('virgl_test_server');
  if (!isThere) process.stderr.write(`tests with the ${kind} vtest server are skipped: it is not there\n`);
  return isThere;
};
