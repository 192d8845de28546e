// `virgl dump`: a command stream as text or JSON.

import type { Command } from 'commander';
import { decode, printStream, printSubmissions, toJson } from '../protocol';
import { reportFailure } from './failure';
import { endWithReader, FILE_HELP, FRAMED_HELP, readBytes, splitSubmissions } from './stream-files';

interface DumpOptions {
  json?: true;
  framed?: true;
}

// One command per line, so that tools for lines work too.
const jsonOf = (stream: Uint8Array): string => {
  const commands = toJson(decode(stream, { onError: 'raw' }));
  return `[\n${commands.map((command) => JSON.stringify(command)).join(',\n')}\n]`;
};

const dump = async (file: string, { json, framed }: DumpOptions): Promise<void> => {
  endWithReader();
  const bytes = await readBytes(file);
  if (framed) {
    const streams = splitSubmissions(bytes);
    process.stdout.write(json ? `[${streams.map(jsonOf).join(',\n')}]\n` : printSubmissions(streams));
  } else {
    process.stdout.write(json ? `${jsonOf(bytes)}\n` : printStream(bytes));
  }
};

/** Adds the verb. */
export const addDump = (program: Command): void => {
  program
    .command('dump')
    .description('print a command stream, one command per line')
    .argument('<file>', FILE_HELP)
    .option('--json', 'as JSON')
    .option('--framed', FRAMED_HELP)
    .addHelpText(
      'after',
      '\nExamples:\n  virgl dump frame.virgl | grep DRAW_VBO\n  virgl dump --framed --json session.virgl.gz',
    )
    .action((file: string, options: DumpOptions) => dump(file, options).catch(reportFailure));
};
