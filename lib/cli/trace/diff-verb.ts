// `virgl trace diff`: what two traces do not have in common. Exits with 0 if that is nothing, 1 if there is something, 2 if it can't
// be told.

import type { Command } from 'commander';
import path from 'node:path';
import { diff, diffText, type TraceDiff, writeDiffPage } from '../../trace/diff';
import { TraceReader } from '../../trace';
import { openPrivateHost } from '../../vtest';
import { reportFailure } from '../failure';

interface Options {
  html?: string;
  strict?: true;
  ignoreIds?: true;
  pixels?: true;
}

const TROUBLE_EXIT_CODE = 2;

const exitCodeOf = ({ equal, changeCount, loneFrames, pixels }: TraceDiff): number => {
  if (equal) return 0;
  const isOnlyTrouble = changeCount === 0 && loneFrames.length === 0 && pixels?.different.length === 0;
  return isOnlyTrouble ? TROUBLE_EXIT_CODE : 1;
};

const compare = async (
  fileA: string,
  fileB: string,
  { html, strict, ignoreIds, pixels }: Options,
): Promise<void> => {
  using a = TraceReader.open(fileA);
  using b = TraceReader.open(fileB);
  for (const [file, { summary }] of [
    [fileA, a],
    [fileB, b],
  ] as const)
    if (summary.problem !== undefined) console.error(`virgl: ${file}: ${summary.problem.message}`);
  const options = { ...(strict && { strict }), ...(ignoreIds && { ignoreIds }) };
  let result: TraceDiff;
  if (pixels) {
    await using hostA = await openPrivateHost();
    await using hostB = await openPrivateHost();
    result = await diff(a, b, { ...options, hosts: [hostA, hostB] });
  } else {
    result = await diff(a, b, options);
  }
  process.stdout.write(diffText(result));
  if (html !== undefined)
    console.log(writeDiffPage(result, html, [path.basename(fileA), path.basename(fileB)]));
  process.exitCode = exitCodeOf(result);
};

/** Adds the verb. */
export const addTraceDiff = (trace: Command): void => {
  trace
    .command('diff')
    .description('compare two traces: commands, state and pixels; exits with 1 if they differ, 2 on trouble')
    .argument('<a>', 'trace')
    .argument('<b>', 'trace')
    .option('--pixels', 'replay both, and compare the pictures of their frames pixel by pixel')
    .option('--html <folder>', 'write it as a page, index.html, too')
    .option(
      '--ignore-ids',
      'resources and contexts count by the order in which they were made, not by their ids',
    )
    .option('--strict', 'what virglrenderer logged counts too')
    .action(async (a: string, b: string, options: Options) => {
      try {
        await compare(a, b, options);
      } catch (error) {
        reportFailure(error);
        process.exitCode = TROUBLE_EXIT_CODE;
      }
    });
};
