// Compiles the C peer against the libvirglrenderer that pkg-config finds.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { BUILD } from '../paths';

const SOURCE = path.join(__dirname, 'c', 'peer.c');
const FLAGS = ['-O2', '-Wall', '-Wextra', '-Werror'];

const pkgConfig = (): string[] => {
  const output = execFileSync('pkg-config', ['--cflags', '--libs', 'virglrenderer'], { encoding: 'utf8' });
  return output.trim().split(/\s+/);
};

/**
 * Compiles bench/peers/c/peer.c with `$CC` or gcc.
 * @returns the program
 */
export const buildC = (): string => {
  const program = path.join(BUILD, 'peer');
  fs.mkdirSync(BUILD, { recursive: true });
  execFileSync(process.env.CC ?? 'gcc', [...FLAGS, '-o', program, SOURCE, ...pkgConfig()], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return program;
};
