// `virgl trace dump`: a trace as text or JSON lines.

import type { Command } from 'commander';
import { dumpEntries, dumpJson, dumpText, TraceReader } from '../../trace';
import { reportFailure } from '../failure';
import { endWithReader } from '../stream-files';
import type { FrameRange } from '../../trace';
import { FRAMES_HELP, parseFrames } from './frame-range';

interface DumpOptions {
  frames?: FrameRange;
  calls?: string[];
  json?: true;
}

// A write per line would be most of the time.
const CHUNK_CHARACTERS = 2 ** 16;

const isDrained = (): boolean | Promise<void> =>
  !process.stdout.writableNeedDrain ||
  new Promise<void>((resolve) => {
    process.stdout.once('drain', resolve);
  });

const dump = async (file: string, { frames, calls, json }: DumpOptions): Promise<void> => {
  endWithReader();
  using reader = TraceReader.open(file);
  let text = '';
  try {
    for (const entry of dumpEntries(reader, { frames, calls })) {
      text += `${json ? JSON.stringify(dumpJson(entry)) : dumpText(entry)}\n`;
      if (text.length < CHUNK_CHARACTERS) continue;
      process.stdout.write(text);
      text = '';
      await isDrained();
    }
  } finally {
    process.stdout.write(text);
  }
  const { problem } = reader.summary;
  if (problem !== undefined) console.error(`virgl: the trace is not complete: ${problem.message}`);
};

/** Adds the verb. */
export const addTraceDump = (trace: Command): void => {
  trace
    .command('dump')
    .description('print what is in a trace: one command or call a line, with its number first')
    .argument('<file>', 'a trace')
    .option('--frames <range>', FRAMES_HELP, parseFrames)
    .option(
      '--calls <names...>',
      'only these: draw, clear, submit, transfer, shader, or names of commands and host calls',
    )
    .option('--json', 'as JSON, one object a line')
    .addHelpText(
      'after',
      '\nExamples:\n  virgl trace dump glmark2.vgtrace | less\n  virgl trace dump glmark2.vgtrace --frames 10-12 --calls draw clear',
    )
    .action((file: string, options: DumpOptions) => dump(file, options).catch(reportFailure));
};
