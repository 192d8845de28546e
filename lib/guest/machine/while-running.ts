// Something that is done while a program of the guest runs, and is at a certain point.

import { VirglError } from '../../protocol/error';
import type { Guest } from './guest';

const OPERATION = 'guest run';
const TIMEOUT_MS = 90_000;

/**
 * Runs a script, does something once it has said a word on stdout, and kills it.
 * @returns what was done
 * @throws VirglError `ERR_VIRGL_SYSTEM` when the script ends before
 */
export const whileRunning = async <T>(
  guest: Guest,
  script: string,
  word: string,
  act: () => Promise<T>,
): Promise<T> => {
  let said = '';
  let isThere = (): void => undefined;
  const ready = new Promise<void>((resolve) => (isThere = resolve));
  const onStdout = (bytes: Buffer): void => {
    said += String(bytes);
    if (said.includes(word)) isThere();
  };
  const program = guest.run(script, { timeoutMs: TIMEOUT_MS, onStdout });
  const ended = program.then(({ exitCode, stdout, stderr }) => {
    const message = `${OPERATION}: the script ended with ${exitCode} before it said ${word}: ${stdout}${stderr}`;
    throw new VirglError('ERR_VIRGL_SYSTEM', message, { operation: OPERATION });
  });
  ended.catch(() => undefined);
  await Promise.race([ready, ended]);
  try {
    return await act();
  } finally {
    guest.kill();
    await program;
  }
};
