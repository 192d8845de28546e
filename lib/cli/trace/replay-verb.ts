// `virgl trace replay`: plays a trace on a host of this machine, compares, and shows frames.

import { type Command, InvalidArgumentError } from 'commander';
import fs from 'node:fs';
import path from 'node:path';
import { encodePng } from '../../image';
import {
  benchmark,
  flipped,
  imageOf,
  play,
  type PlayedPicture,
  type PlayReport,
  TraceReader,
} from '../../trace';
import { reportFailure } from '../failure';
import type { FrameRange } from '../../trace';
import { FRAMES_HELP, parseFrames } from './frame-range';
import { openReplayHost, parseHost } from './replay-host';

interface Options {
  frames?: FrameRange;
  png?: string;
  flip?: true;
  verify?: true;
  loop?: number;
  bench?: true;
  host: string;
}

const SHOWN_DIFFERENCES = 10;

const parseLoops = (text: string): number => {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 1.');
};

const printReport = (report: PlayReport, isVerified: boolean): void => {
  const { frames, calls, submits, failedSubmits, durationMs } = report;
  const failed = failedSubmits === 0 ? '' : `, of which ${failedSubmits} failed`;
  console.log(
    `${frames} frames, ${calls} calls, ${submits} submits${failed}, ${(durationMs / 1000).toFixed(2)} s`,
  );
  for (const line of report.capsetDifferences) console.log(line);
  if (isVerified) {
    const { compared, equal, pictures, emptyPictures } = report;
    console.log(`${equal} of ${compared} read-backs and pictures are as recorded`);
    if (emptyPictures > 0)
      console.log(`${emptyPictures} of ${pictures} pictures of frames are of one colour`);
  }
  for (const { message } of report.differences.slice(0, SHOWN_DIFFERENCES)) console.log(message);
  const more = report.differenceCount - SHOWN_DIFFERENCES;
  if (more > 0) console.log(`and ${more} differences more`);
};

const pngWriter = ({
  png: folder = '.',
  flip,
}: Options): ((frame: number, picture: PlayedPicture | undefined) => void) => {
  fs.mkdirSync(folder, { recursive: true });
  return (frame, picture) => {
    if (picture === undefined) {
      console.log(`frame ${frame} has no picture`);
      return;
    }
    const file = path.join(folder, `frame-${frame}.png`);
    const image = imageOf(picture);
    fs.writeFileSync(file, encodePng(flip ? flipped(image) : image));
    console.log(`wrote ${file}`);
  };
};

const replay = async (file: string, options: Options): Promise<void> => {
  const { frames, png, verify, bench, loop, host: where } = options;
  using trace = TraceReader.open(file);
  await using host = await openReplayHost(where, trace.meta);
  if (bench === true || loop !== undefined) {
    const { report, framesPerSecond } = await benchmark(trace, host, { loops: loop, frames });
    printReport(report, true);
    if (report.isGood) console.log(`${framesPerSecond.map((rate) => rate.toFixed(1)).join(', ')} frames/s`);
    process.exitCode = report.isGood ? 0 : 1;
    return;
  }
  const onFrame = png === undefined ? undefined : pngWriter(options);
  const report = await play(trace, host, { verify: verify === true, frames, onFrame });
  printReport(report, verify === true);
  process.exitCode = report.isGood ? 0 : 1;
};

/** Adds the verb. */
export const addTraceReplay = (trace: Command): void => {
  trace
    .command('replay')
    .description('play a trace; exits with 1 if something is not as it was recorded')
    .argument('<file>', 'a trace')
    .option('--frames <frames>', FRAMES_HELP, parseFrames)
    .option('--png <folder>', 'write the picture of each frame that is asked for')
    .option(
      '--flip',
      'write pictures with their last row first, as OpenGL programs mean those that they do not show',
    )
    .option('--verify', 'compare every read-back and every picture with the trace')
    .option('--loop <n>', 'play it once to compare and so often for the clock', parseLoops)
    .option('--bench', 'frames/s, if the pixels are right')
    .option(
      '--host <where>',
      'native, process, or vtest:PATH, the socket of a vtest server',
      parseHost,
      'native',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  virgl trace replay glmark2.vgtrace --verify\n  virgl trace replay glmark2.vgtrace --frames 10 --png out\n' +
        '  virgl trace replay glmark2.vgtrace --loop 5 --bench',
    )
    .action((file: string, options: Options) => replay(file, options).catch(reportFailure));
};
