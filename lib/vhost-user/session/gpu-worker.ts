// Session processes of a vhost-user-gpu server: what they run, and what they are told.

import path from 'node:path';
import { COMMANDS } from '../../virtio-gpu';
import type { WorkerOptions, WorkerProgram } from '../../vtest/process';
import type { GpuSessionConfig } from './gpu-session';

const PROGRAM: WorkerProgram = {
  // Compiled, also where this module is run from its source.
  module: path.join(__dirname, '..', '..', '..', 'dist', 'vhost-user', 'session', 'worker.js'),
  commandNames: new Map(Object.entries(COMMANDS).map(([name, { id }]) => [id, name])),
};

/** How to start one. */
export const gpuWorker = (
  options: Omit<WorkerOptions, 'program' | 'session'> & { session: GpuSessionConfig },
): WorkerOptions => ({
  ...options,
  host: {
    ...options.host,
    flags: [...new Set([...(options.host.flags ?? []), 'threadSync'] as const)],
    // A guest's driver goes on with such contexts, and QEMU lets it.
    ignoreLostContexts: true,
    // The loop of the session waits for fences together with everything else.
    fenceWaitMicroseconds: 0,
  },
  program: PROGRAM,
});
