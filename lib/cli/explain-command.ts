// `virgl explain`: what a number or name of the protocol means.

import type { Command } from 'commander';
import { explain, nearestExplained } from '../protocol';
import { reportFailure } from './failure';
import { endWithReader } from './stream-files';

interface ExplainOptions {
  json?: true;
  brief?: true;
}

// Only the likeliest reading is told in full when there are many.
const FULL_READINGS = 3;

const format = (value: string, { brief }: ExplainOptions): string => {
  const readings = explain(value);
  const lines = readings.flatMap(({ title, lines: more }, index) => [
    title,
    ...(brief || (index > 0 && readings.length > FULL_READINGS) ? [] : more.map((line) => `  ${line}`)),
  ]);
  return lines.join('\n');
};

const advice = (value: string): string => {
  const near = nearestExplained(value);
  return `virgl: nothing is called ${value}${near === undefined ? '' : `; did you mean ${near}?`}`;
};

const run = (values: readonly string[], options: ExplainOptions): void => {
  endWithReader();
  const unknown = values.filter((value) => explain(value).length === 0);
  if (options.json) {
    console.log(JSON.stringify(Object.fromEntries(values.map((value) => [value, explain(value)])), null, 2));
  } else {
    const known = values.filter((value) => !unknown.includes(value));
    if (known.length > 0) console.log(known.map((value) => format(value, options)).join('\n\n'));
  }
  for (const value of unknown) console.error(advice(value));
  if (unknown.length > 0) process.exitCode = 1;
};

/** Adds the verb. */
export const addExplain = (program: Command): void => {
  program
    .command('explain')
    .description('tell what a header dword, errno, capability, format, opcode, flag or name means')
    .argument('<value...>', 'numbers, also in hex, and names; KIND:VALUE asks for one kind, e.g. format:22')
    .option('--json', 'as JSON')
    .option('--brief', 'one line per reading')
    // Negative errnos are values, not options.
    .allowUnknownOption()
    .addHelpText(
      'after',
      '\nExamples:\n  virgl explain 786440\n  virgl explain EINVAL 0x14000a NV12\n  virgl explain -- -22',
    )
    .action((values: string[], options: ExplainOptions) => {
      try {
        run(values, options);
      } catch (error) {
        reportFailure(error);
      }
    });
};
