// `virgl trace record`: an unmodified program, or a script, with all that it draws kept in a file.

import { type Command, Option } from 'commander';
import { constants } from 'node:os';
import { VirglError } from '../../protocol/error';
import { type RecordedFile, recordProgram, recordScript } from '../../trace';
import { reportFailure } from '../failure';
import { eventLog } from '../vtest-log';

interface Options {
  out: string;
  script?: string;
  pictures: 'some' | 'all' | 'none';
  verbose?: true;
}

// As shells tell of a program that a signal ended.
const SIGNAL_EXIT_BASE = 128;
const BYTES_PER_MIB = 1024 * 1024;

const describe = ({ file, frames, calls, sizeBytes, errors, problem }: RecordedFile): string => {
  const counts = `${frames} frames, ${calls} calls, ${(sizeBytes / BYTES_PER_MIB).toFixed(1)} MiB`;
  const failed = errors === 0 ? '' : `, ${errors} errors`;
  return `${file}: ${counts}${failed}${problem === undefined ? '' : `; ${problem}`}`;
};

const record = async (command: readonly string[], options: Options): Promise<void> => {
  const { out, script, pictures, verbose } = options;
  if (script === undefined && command.length === 0)
    throw new VirglError('ERR_VIRGL_ARGUMENT', 'trace record: expected a program, or --script FILE');
  const log = eventLog({ verbose });
  const recorded =
    script === undefined
      ? await recordProgram(command, {
          file: out,
          record: { pictures },
          server: {
            onEvent: (event) => {
              const isOrdinary =
                event.event === 'disconnected' ? event.reason === undefined : event.event !== 'warning';
              if (verbose === true || !isOrdinary) log(event);
            },
          },
          onWarning: (message) => console.error(`virgl trace record: ${message}`),
        })
      : await recordScript(script, { file: out, record: { pictures }, args: command });
  for (const file of recorded.files) console.error(describe(file));
  if (recorded.files.length === 0)
    console.error('virgl trace record: nothing was submitted, and no file is left');
  const { exitCode, signal } = recorded;
  process.exitCode = exitCode ?? SIGNAL_EXIT_BASE + (signal === undefined ? 0 : constants.signals[signal]);
};

/** Adds the verb. */
export const addTraceRecord = (trace: Command): void => {
  trace
    .command('record')
    .description('run an unmodified program, or a script, and keep all that it draws')
    .argument('[command...]', 'the program and its arguments; with --script the arguments of the script')
    .requiredOption(
      '-o, --out <file>',
      'where the trace goes; further connections get .2, .3, … before the extension',
    )
    .option('--script <file>', 'record what this script draws; one that exports `render` is given a renderer')
    .addOption(
      new Option(
        '--pictures <which>',
        'of which frames the picture is read for `replay --verify`: some (three, then one a second), all, none',
      )
        .choices(['some', 'all', 'none'])
        .default('some'),
    )
    .option('--verbose', "also write the server's log")
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nExamples:\n  virgl trace record -o glmark2.vgtrace -- glmark2-es2 -b build --off-screen\n' +
        '  virgl trace record -o triangle.vgtrace --script examples/triangle.ts',
    )
    .action((command: string[], options: Options) => record(command, options).catch(reportFailure));
};
