// `virgl trace`: recorded sessions. Each verb is in a file of its own.

import type { Command } from 'commander';
import { addTraceRecord } from './trace/record-verb';
import { addTraceReplay } from './trace/replay-verb';

/** Adds the verb with its own verbs. */
export const addTrace = (program: Command): void => {
  const trace = program
    .command('trace')
    .description('record what programs draw, and look into it')
    .addHelpText(
      'after',
      `
Examples:
  virgl trace record -o glmark2.vgtrace -- glmark2-es2 -b build --off-screen
  virgl trace replay glmark2.vgtrace --verify`,
    );
  addTraceRecord(trace);
  addTraceReplay(trace);
};
