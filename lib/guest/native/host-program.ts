// Programs on the host that the guest's are compared with.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { VirglError } from '../../protocol/error';
import { lastLines } from '../tool';

/** How one is run. */
export interface HostProgramOptions {
  env: Readonly<Record<string, string>>;
  timeoutMs: number;
}

const OPERATION = 'guest bench';

/**
 * Runs a program to its end. Its stdin stays open and silent, as in the guest.
 * @returns what it wrote to stdout
 * @throws VirglError `ERR_VIRGL_SYSTEM` when it is missing, fails or takes too long
 */
export const runHostProgram = async (
  program: string,
  args: readonly string[],
  { env, timeoutMs }: HostProgramOptions,
): Promise<string> => {
  const child = spawn(program, [...args], { env: { ...process.env, ...env }, timeout: timeoutMs });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes) => (output.stdout += String(bytes)));
  child.stderr.on('data', (bytes) => (output.stderr += String(bytes)));
  let how: string;
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (code === 0) return output.stdout;
    how = signal === null ? `failed (${code})` : `was ended by ${signal}`;
  } catch (error) {
    how = `does not start: ${(error as Error).message}`;
  }
  const words = lastLines(output.stderr);
  const message = `${OPERATION}: ${program} ${how}${words === '' ? '' : `: ${words}`}`;
  throw new VirglError('ERR_VIRGL_SYSTEM', message, { operation: OPERATION });
};
