// A verb in a process of its own: how long it takes, and the most memory that it had.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../paths';

/** What a command took. */
export interface Spent {
  seconds: number;
  /** Resident, shared pages included; as the kernel keeps it. */
  peakBytes: number;
  output: string;
}

const VIRGL = path.join(ROOT, 'dist', 'cli', 'main.js');
const LOOK_MS = 10;
const BYTES_PER_KIB = 1024;
const MS_PER_S = 1000;

const peakOf = (pid: number): number => {
  try {
    const [, kib = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib) * BYTES_PER_KIB;
  } catch {
    // It is gone.
    return 0;
  }
};

/** Runs `virgl` with arguments. @throws Error unless it exits with 0 */
export const spentBy = (args: readonly string[]): Promise<Spent> =>
  new Promise((resolve, reject) => {
    const begin = performance.now();
    const child = spawn(process.execPath, [VIRGL, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let peakBytes = 0;
    const look = setInterval(() => {
      peakBytes = Math.max(peakBytes, peakOf(child.pid ?? 0));
    }, LOOK_MS);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(look);
      const seconds = (performance.now() - begin) / MS_PER_S;
      if (code === 0) resolve({ seconds, peakBytes, output });
      else reject(new Error(`virgl ${args.join(' ')} ended with ${code}: ${output.slice(-1000)}`));
    });
  });
