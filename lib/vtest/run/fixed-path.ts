// Clients that look only at /tmp/.virgl_test (Mesa before 23.0) are led to a server at another path: by a mount namespace in which
// that name is the server's socket; where none is permitted, by a symbolic link while nobody else uses that name.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { constants } from 'node:os';
import { UnixSocket } from '../../host';
import { VirglError } from '../../protocol/error';
import { DEFAULT_SOCKET_PATH } from '../server/options';

/** How a program is started so that it finds the server. */
export interface Detour extends Disposable {
  /** What to put in front of the program and its arguments. */
  readonly prefix: readonly string[];
  /** Why older clients will not find the server, if they will not. */
  readonly problem?: string;
}

const NOTHING_TO_UNDO = (): void => undefined;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** What connect(2) says of a socket that nobody listens on. */
const NOBODY: readonly unknown[] = [constants.errno.ENOENT, constants.errno.ECONNREFUSED];

/** Whether a link is there whose server is gone. */
const isStaleLink = (path: string): boolean => {
  if (!fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return false;
  try {
    UnixSocket.connect(path).close();
    return false;
  } catch (error) {
    return error instanceof VirglError && NOBODY.includes(error.errno);
  }
};

/** Removes the link, unless it is another one's by now. */
const removeLink = (socketPath: string, fixedPath: string): void => {
  try {
    if (fs.readlinkSync(fixedPath) === socketPath) fs.rmSync(fixedPath, { force: true });
  } catch (error) {
    // EINVAL: no link.
    if (!['ENOENT', 'EINVAL'].includes(codeOf(error) ?? '')) throw error;
  }
};

/** Makes something at a path unless something is there. Returns whether it did. */
const tryMake = (make: () => void): boolean => {
  try {
    make();
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
};

const MOUNT = 'mount --bind "$0" "$1" && shift && exec "$@"';

const namespace = (socketPath: string, fixedPath: string): readonly string[] | undefined => {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-current-user'];
  const unshare = ['unshare', ...user, '--mount', '--propagation', 'private'];
  const prefix = [...unshare, 'sh', '-c', MOUNT, socketPath, fixedPath];
  const [program, ...args] = [...prefix, 'true'];
  return spawnSync(program, args, { env: process.env }).status === 0 ? prefix : undefined;
};

/** Makes the fixed path lead to a server's socket until it is disposed of. */
export const detour = (socketPath: string, fixedPath = DEFAULT_SOCKET_PATH): Detour => {
  if (isStaleLink(fixedPath)) fs.rmSync(fixedPath, { force: true });
  // Something to mount upon. It stays: the file that one removes, others may have mounted upon, and would lose.
  const isOurs = tryMake(() => fs.writeFileSync(fixedPath, '', { flag: 'wx' }));
  const prefix = namespace(socketPath, fixedPath);
  if (prefix !== undefined) return { prefix, [Symbol.dispose]: NOTHING_TO_UNDO };
  if (isOurs) fs.rmSync(fixedPath, { force: true });
  if (tryMake(() => fs.symlinkSync(socketPath, fixedPath)))
    return { prefix: [], [Symbol.dispose]: () => removeLink(socketPath, fixedPath) };
  return {
    prefix: [],
    problem: `${fixedPath} is in use, and mount namespaces are not permitted here: programs with a Mesa before 23.0 will connect to what is there`,
    [Symbol.dispose]: NOTHING_TO_UNDO,
  };
};
