// Runs scripts of test/native/children in a process of their own.

import { spawn } from 'node:child_process';
import path from 'node:path';

/** How a child ended. */
export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

const CHILDREN = path.join(__dirname, '..', 'native', 'children');
const LIMIT_MS = 110_000;

/** Runs `children/SCRIPT ARGS…` and waits for its end. A child that hangs is killed and ends with a signal. */
export const runChild = (
  script: string,
  args: readonly string[] = [],
  nodeOptions: readonly string[] = [],
): Promise<ChildEnd> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeOptions, path.join(CHILDREN, script), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    const end: ChildEnd = { code: null, signal: null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (end.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (end.stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ ...end, code, signal }));
  });
