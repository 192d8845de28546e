// `virgl trace state`: everything bound at a command.

import type { Command } from 'commander';
import { printState, stateAt, TraceReader } from '../../trace';
import { reportFailure } from '../failure';
import { endWithReader } from '../stream-files';
import { parseNumber } from './frame-range';

interface StateOptions {
  at: number;
  json?: true;
}

const state = (file: string, { at, json }: StateOptions): void => {
  endWithReader();
  using reader = TraceReader.open(file);
  const found = stateAt(reader, at);
  process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : printState(found));
};

/** Adds the verb. */
export const addTraceState = (trace: Command): void => {
  trace
    .command('state')
    .description('print everything that is bound and alive at a command: what a draw drew with')
    .argument('<file>', 'a trace')
    .requiredOption('--at <number>', 'the command, as `virgl trace dump` numbers it', parseNumber)
    .option('--json', 'as JSON')
    .action((file: string, options: StateOptions) => {
      try {
        state(file, options);
      } catch (error) {
        reportFailure(error);
      }
    });
};
