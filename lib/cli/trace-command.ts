// `virgl trace`: recorded sessions. Each verb is in a file of its own.

import type { Command } from 'commander';
import { addTraceDiff } from './trace/diff-verb';
import { addTraceDump } from './trace/dump-verb';
import { addTraceInfo } from './trace/info-verb';
import { addTraceRecord } from './trace/record-verb';
import { addTraceReplay } from './trace/replay-verb';
import { addTraceReport } from './trace/report-verb';
import { addTraceShrink } from './trace/shrink-verb';
import { addTraceState } from './trace/state-verb';
import { addTraceToTs } from './trace/to-ts-verb';
import { addTraceTrim } from './trace/trim-verb';

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
  virgl trace info glmark2.vgtrace
  virgl trace dump glmark2.vgtrace --frames 10-12 --calls draw
  virgl trace replay glmark2.vgtrace --verify
  virgl trace state glmark2.vgtrace --at 1234
  virgl trace diff good.vgtrace bad.vgtrace --pixels --html differences
  virgl trace report glmark2.vgtrace -o report
  virgl trace trim glmark2.vgtrace --frames 10-12 -o small.vgtrace
  virgl trace shrink bad.vgtrace --check ./still-bad.sh -o tiny.vgtrace
  virgl trace to-ts tiny.vgtrace -o tiny.ts`,
    );
  addTraceRecord(trace);
  addTraceReplay(trace);
  addTraceInfo(trace);
  addTraceDump(trace);
  addTraceState(trace);
  addTraceDiff(trace);
  addTraceReport(trace);
  addTraceTrim(trace);
  addTraceShrink(trace);
  addTraceToTs(trace);
};
