// A verb of `virgl` in a process of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

/** How it ended. */
export interface EndedVerb {
  code: number | null;
  stdout: string;
  stderr: string;
}

const VIRGL = path.join(__dirname, '..', '..', 'dist', 'cli', 'main.js');

/**
 * Runs it to its end.
 * @param onStderr called with what it has written so far, and the process
 */
export const runVerb = (
  args: readonly string[],
  onStderr: (text: string, child: ChildProcess) => void = () => undefined,
): Promise<EndedVerb> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [VIRGL, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      onStderr(stderr, child);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
