// The password: in a file or on stdin, never on the command line, where every user of the machine would see it.

import { fstatSync, readFileSync, openSync, closeSync } from 'node:fs';
import { invalidArgument, VirglError } from '../../protocol/error';

const STDIN_NAME = '-';
const STDIN = 0;
const MAX_BYTES = 4096;
const READABLE_BY_OTHERS = 0o004;

/** A password and what is to be said of where it was. */
export interface ReadPassword {
  password: string;
  warning?: string;
}

/**
 * Reads the first line of a file.
 * @param file a path; `-` is stdin
 * @throws VirglError `ERR_VIRGL_SYSTEM` if there is none, `ERR_VIRGL_ARGUMENT` if nothing is in it
 */
export const readPasswordFile = (file: string): ReadPassword => {
  const operation = 'password file';
  let descriptor: number | undefined;
  try {
    descriptor = file === STDIN_NAME ? STDIN : openSync(file, 'r');
    const password = readFileSync(descriptor).subarray(0, MAX_BYTES).toString('utf8').split(/\r?\n/, 1)[0];
    if (password === '')
      throw invalidArgument(operation, file, 'a password on the first line', 'an empty line');
    const status = fstatSync(descriptor);
    const isOpen = status.isFile() && (status.mode & READABLE_BY_OTHERS) !== 0;
    return isOpen ? { password, warning: `everybody on this machine can read ${file}` } : { password };
  } catch (error) {
    if (error instanceof VirglError) throw error;
    throw new VirglError('ERR_VIRGL_SYSTEM', `${operation}: ${(error as Error).message}`, {
      operation,
      cause: error,
    });
  } finally {
    if (descriptor !== undefined && descriptor !== STDIN) closeSync(descriptor);
  }
};
