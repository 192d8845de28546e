// Compiles the C peers; the one that renders is linked to the libvirglrenderer that pkg-config finds.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { BUILD } from '../paths';

/** The programs in bench/peers/c, with the libraries that they need. */
const PACKAGES = { gpu: ['virglrenderer'], peer: ['virglrenderer'], stream: [], vtest: [] } as const;
const FLAGS = ['-O2', '-Wall', '-Wextra', '-Werror'];

const pkgConfig = (packages: readonly string[]): string[] => {
  if (packages.length === 0) return [];
  const output = execFileSync('pkg-config', ['--cflags', '--libs', ...packages], { encoding: 'utf8' });
  return output.trim().split(/\s+/);
};

/**
 * Compiles bench/peers/c/NAME.c with `$CC` or gcc.
 * @returns the program
 */
export const buildC = (name: keyof typeof PACKAGES): string => {
  const program = path.join(BUILD, name);
  const source = path.join(__dirname, 'c', `${name}.c`);
  fs.mkdirSync(BUILD, { recursive: true });
  execFileSync(process.env.CC ?? 'gcc', [...FLAGS, '-o', program, source, ...pkgConfig(PACKAGES[name])], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return program;
};
