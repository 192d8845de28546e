// `virgl trace info`: what a trace is, in short.

import type { Command } from 'commander';
import { printInfo, traceInfo, TraceReader } from '../../trace';
import { reportFailure } from '../failure';
import { endWithReader } from '../stream-files';

interface InfoOptions {
  commands?: boolean;
  json?: true;
}

// Smaller traces are walked through without being asked for: it takes no time to speak of.
const SMALL_RAW_BYTES = 2 ** 24;

const info = (file: string, { commands, json }: InfoOptions): void => {
  endWithReader();
  using reader = TraceReader.open(file);
  const contents = commands ?? reader.summary.rawBytes <= SMALL_RAW_BYTES;
  const told = traceInfo(reader, { contents });
  if (json) {
    const { problem, ...overview } = told.overview;
    const shown = {
      ...overview,
      ...(problem && { problem: problem.message }),
      frames: overview.frames.length,
    };
    process.stdout.write(`${JSON.stringify({ ...told, overview: shown }, null, 2)}\n`);
  } else {
    process.stdout.write(printInfo(told));
    if (!contents) process.stdout.write('\n(--commands counts commands, draws and resources too)\n');
  }
};

/** Adds the verb. */
export const addTraceInfo = (trace: Command): void => {
  trace
    .command('info')
    .description('tell who made a trace, how large it is, and what is in it')
    .argument('<file>', 'a trace')
    .option(
      '--commands',
      'count commands, draws and resources, which reads all of it; default for small traces',
    )
    .option('--no-commands', 'only what the index tells')
    .option('--json', 'as JSON')
    .action((file: string, options: InfoOptions) => {
      try {
        info(file, options);
      } catch (error) {
        reportFailure(error);
      }
    });
};
