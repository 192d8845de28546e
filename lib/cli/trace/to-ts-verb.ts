// `virgl trace to-ts`: a trace as a program.

import type { Command } from 'commander';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { toTypeScript, TraceReader } from '../../trace';
import { reportFailure } from '../failure';

interface Options {
  output: string;
  classes: boolean;
}

const writeProgram = async (file: string, { output, classes }: Options): Promise<void> => {
  using reader = TraceReader.open(file);
  const { dir, name } = path.parse(output);
  const dataName = `${name}.bin`;
  const { source, data, counts, leftOut } = await toTypeScript(reader, { dataName, classes });
  writeFileSync(output, source);
  writeFileSync(path.join(dir, dataName), data);
  const { commands, byClass, raw } = counts;
  const share = commands === 0 ? 0 : Math.floor((100 * byClass) / commands);
  const all = commands.toLocaleString('en');
  console.log(`${output}: ${share} % of ${all} commands by typed classes, ${raw} as raw dwords`);
  console.log(`${path.join(dir, dataName)}: ${data.length} bytes`);
  if (leftOut > 0) console.log(`${leftOut} calls took a descriptor and are left out`);
  const { problem } = reader.summary;
  if (problem !== undefined) console.error(`virgl: the trace is not complete: ${problem.message}`);
};

/** Adds the verb. */
export const addTraceToTs = (trace: Command): void => {
  trace
    .command('to-ts')
    .description(
      'make a TypeScript program of a trace, which gives a host the same bytes; large data goes beside it',
    )
    .argument('<file>', 'a trace')
    .requiredOption('-o, --output <file.ts>', 'the program')
    .option('--no-classes', 'use host calls and CommandEncoder only, not Renderer, Context and their objects')
    .addHelpText(
      'after',
      '\nExamples:\n  virgl trace to-ts small.vgtrace -o small.ts\n  npx tsx small.ts --png small.png',
    )
    .action(async (file: string, options: Options) => {
      try {
        await writeProgram(file, options);
      } catch (error) {
        reportFailure(error);
      }
    });
};
