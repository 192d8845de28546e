// Programs of the system that the guest is built and run with: called with arguments, never through a shell.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { VirglError } from '../protocol/error';

const execute = promisify(execFile);

/** How a program is started. */
export interface ToolOptions {
  cwd?: string;
  /** What it reads from stdin. */
  input?: Uint8Array | string;
  signal?: AbortSignal;
}

interface Failure {
  code?: string | number;
  signal?: string;
  stderr?: Buffer;
}

/** Debian packages of the programs that are called. */
const PACKAGES: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  'apt-cache': 'apt',
  'dpkg-deb': 'dpkg',
  mksquashfs: 'squashfs-tools',
  ldconfig: 'libc-bin',
  xz: 'xz-utils',
  cc: 'gcc',
  Xvfb: 'xvfb',
  setpriv: 'util-linux',
};

/** Programs of administrators lie outside the PATH of others. */
const SEARCH_PATH = [process.env.PATH, '/usr/sbin', '/sbin'].filter(Boolean).join(':');

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;
const LINES_OF_FAILURE = 6;

/** A program, as one that the kernel ends with this process, however that ends. */
export const TIED_TO_PARENT = { program: 'setpriv', args: ['--pdeathsig', 'KILL', '--'] } as const;

/** The last lines of what a program said. */
export const lastLines = (text: string, count = LINES_OF_FAILURE): string =>
  text.trimEnd().split('\n').slice(-count).join('\n');

/** The error for a program that is not installed. */
export const missingTool = (operation: string, program: string): VirglError => {
  const name = PACKAGES[program];
  const advice = name === undefined ? 'install it' : `install the package ${name}`;
  return new VirglError('ERR_VIRGL_SYSTEM', `${operation}: the program ${program} is missing: ${advice}`, {
    operation,
    field: 'program',
    value: program,
  });
};

const failed = (operation: string, program: string, failure: Failure & Error): VirglError => {
  if (failure.code === 'ENOENT') return missingTool(operation, program);
  const said = lastLines(String(failure.stderr ?? '')) || failure.message;
  const how = failure.signal ? `was ended by ${failure.signal}` : `failed (${failure.code})`;
  return new VirglError('ERR_VIRGL_SYSTEM', `${operation}: ${program} ${how}: ${said}`, {
    operation,
    cause: failure,
  });
};

/**
 * Runs a program to its end.
 * @param operation what it is run for, for the error
 * @returns what it wrote to stdout
 * @throws VirglError `ERR_VIRGL_SYSTEM` with its last words, or with the package to install
 */
export const runTool = async (
  operation: string,
  program: string,
  args: readonly string[],
  { cwd, input, signal }: ToolOptions = {},
): Promise<Buffer> => {
  const env = { ...process.env, PATH: SEARCH_PATH, LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' };
  const options = { cwd, env, signal, maxBuffer: MAX_OUTPUT_BYTES, encoding: 'buffer' as const };
  try {
    const running = execute(program, [...args], options);
    // A program that ends before it has read everything says so by its exit code.
    running.child.stdin?.on('error', () => undefined);
    running.child.stdin?.end(input);
    const { stdout } = await running;
    return stdout;
  } catch (error) {
    throw failed(operation, program, error as Failure & Error);
  }
};
