// The terminal of this process, while QEMU has it: QEMU sets it so that every key is the guest's, and one that is killed leaves it so.

import { spawnSync } from 'node:child_process';
import { isatty } from 'node:tty';

const STDIN = 0;
const LIMIT_MS = 2000;

const stty = (argument: string): string =>
  spawnSync('stty', [argument], { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8', timeout: LIMIT_MS })
    .stdout ?? '';

/** Notes how the terminal is set; returns what sets it so again. Where stdin is none, neither does anything. */
export const keepTerminal = (): (() => void) => {
  const settings = isatty(STDIN) ? stty('-g').trim() : '';
  return () => {
    if (settings !== '') stty(settings);
  };
};
