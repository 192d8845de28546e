// `virgl trace`: recorded sessions. Each verb is in a file of its own.

import type { Command } from 'commander';
import { addTraceDump } from './trace/dump-verb';
import { addTraceInfo } from './trace/info-verb';
import { addTraceShrink } from './trace/shrink-verb';
import { addTraceState } from './trace/state-verb';
import { addTraceToTs } from './trace/to-ts-verb';
import { addTraceTrim } from './trace/trim-verb';

/** Adds the verb with its own verbs. */
export const addTrace = (program: Command): void => {
  const trace = program
    .command('trace')
    .description('look into recorded sessions (traces)')
    .addHelpText(
      'after',
      `
Examples:
  virgl trace info glmark2.vgtrace
  virgl trace dump glmark2.vgtrace --frames 10-12 --calls draw
  virgl trace state glmark2.vgtrace --at 1234
  virgl trace trim glmark2.vgtrace --frames 10-12 -o small.vgtrace
  virgl trace shrink bad.vgtrace --check ./still-bad.sh -o tiny.vgtrace
  virgl trace to-ts tiny.vgtrace -o tiny.ts`,
    );
  addTraceInfo(trace);
  addTraceDump(trace);
  addTraceState(trace);
  addTraceTrim(trace);
  addTraceShrink(trace);
  addTraceToTs(trace);
};
