// Session processes of a vtest server: what they run, and what they are told.

import path from 'node:path';
import { VTEST_COMMAND_NAMES } from '../commands';
import type { SessionLimits } from '../session/limits';
import type { WorkerOptions, WorkerProgram } from './worker-process';

/** For `WorkerConfig.session`. */
export interface VtestSessionConfig {
  limits: Partial<SessionLimits>;
  idleTimeoutMs?: number;
}

const PROGRAM: WorkerProgram = {
  // Compiled, also where this module is run from its source.
  module: path.join(__dirname, '..', '..', '..', 'dist', 'vtest', 'process', 'worker.js'),
  commandNames: VTEST_COMMAND_NAMES,
};

/** How to start one. */
export const vtestWorker = (
  options: Omit<WorkerOptions, 'program' | 'session'> & { session: VtestSessionConfig },
): WorkerOptions => ({ ...options, program: PROGRAM });
