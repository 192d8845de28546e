// `virgl trace report`: a trace as one page.

import type { Command } from 'commander';
import { TraceReader } from '../../trace';
import { writeReport } from '../../trace/report';
import { openPrivateHost } from '../../vtest';
import { reportFailure } from '../failure';
import type { FrameRange } from '../../trace';
import { FRAMES_HELP, parseFrames, parseNumber } from './frame-range';

interface Options {
  out: string;
  frames?: FrameRange;
  maxDraws?: number;
  maxSize?: number;
  pictures: boolean;
}

const MEBIBYTE = 2 ** 20;

const report = async (file: string, { out, frames, maxDraws, maxSize, pictures }: Options): Promise<void> => {
  using reader = TraceReader.open(file);
  const { problem } = reader.summary;
  const summary = await writeReport(reader, out, {
    ...(frames && { frames }),
    ...(maxDraws !== undefined && { maxDraws }),
    ...(maxSize !== undefined && { maxBytes: maxSize * MEBIBYTE }),
    ...(problem !== undefined && { notices: [`The file is not complete: ${problem.message}`] }),
    ...(pictures && { host: await openPrivateHost() }),
  });
  for (const notice of summary.notices) console.error(`virgl: ${notice}`);
  console.log(summary.file);
};

/** Adds the verb. */
export const addTraceReport = (trace: Command): void => {
  trace
    .command('report')
    .description('write a trace as one HTML page: frames, draws, state, shaders, buffers, textures')
    .argument('<file>', 'trace')
    .requiredOption('-o, --out <folder>', 'where index.html is written')
    .option('--frames <range>', `${FRAMES_HELP}; default: all`, parseFrames)
    .option(
      '--max-draws <count>',
      'draws, clears and copies with state and pictures; default 100',
      parseNumber,
    )
    .option('--max-size <MiB>', 'bound of all pictures together; default 48', parseNumber)
    .option('--no-pictures', 'from the records alone, without a replay')
    .action((file: string, options: Options) => report(file, options).catch(reportFailure));
};
