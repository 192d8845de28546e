// Which processors a driver and its backends run on. Where two that wait for each other lie is otherwise the scheduler's choice, and a
// sleeping processor takes longer to wake on a virtual machine than a command takes.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';

/** Backends where the driver is, or elsewhere; without one, wherever the scheduler puts them. */
export type Placement = 'same' | 'other';

/** The processes that this one has started. */
export const childPids = (): number[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

const pin = (pid: number, processors: string): void => {
  execFileSync('taskset', ['-p', '-c', processors, String(pid)], { stdio: 'ignore' });
};

/** Puts the driver, which is this process, and backends where they belong. */
export const place = (placement: Placement | undefined, backends: readonly number[]): void => {
  const last = os.cpus().length - 1;
  const all = `0-${last}`;
  pin(process.pid, placement === undefined ? all : '0');
  const theirs = placement === undefined ? all : placement === 'same' ? '0' : `${last}`;
  for (const pid of backends) pin(pid, theirs);
};
