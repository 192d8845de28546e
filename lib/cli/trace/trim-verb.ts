// `virgl trace trim`: some frames of a trace, with what they need.

import type { Command } from 'commander';
import { writeFileSync } from 'node:fs';
import { NativeHost } from '../../host';
import { encodeTrace, MemoryTrace, TraceReader, trim, trimMeta } from '../../trace';
import { reportFailure } from '../failure';
import type { FrameRange } from '../../trace';
import { FRAMES_HELP, parseFrames } from './frame-range';

interface TrimVerbOptions {
  output: string;
  frames: FrameRange;
  verify: boolean;
}

const run = async (file: string, { output, frames, verify }: TrimVerbOptions): Promise<void> => {
  using reader = TraceReader.open(file);
  const small = new MemoryTrace(trimMeta(reader.meta, frames));
  const openHost = (): Promise<NativeHost> => NativeHost.open({ ignoreLostContexts: true });
  const { before, after, kept, verified } = await trim(
    reader,
    { frames, ...(verify && { openHost }) },
    small,
  );
  writeFileSync(output, encodeTrace(small.meta, small.list));
  console.log(`${output}: ${after} of ${before} commands`);
  if (kept === 'everything')
    console.log('nothing of earlier frames is left out: with less the pictures were others');
  if (verified === undefined) return;
  console.log(`${verified.equal} of ${verified.compared} read-backs and pictures are the same here`);
  if (verified.equal < verified.compared) process.exitCode = 1;
};

/** Adds the verb. */
export const addTraceTrim = (trace: Command): void => {
  trace
    .command('trim')
    .description(
      'cut frames out of a trace, with what they need of those before them; plays them to see that they look the same',
    )
    .argument('<file>', 'a trace')
    .requiredOption('--frames <range>', FRAMES_HELP, parseFrames)
    .requiredOption('-o, --output <file>', 'the smaller trace')
    .option('--no-verify', 'do not play what was cut')
    .addHelpText('after', '\nExample:\n  virgl trace trim glmark2.vgtrace --frames 10-12 -o small.vgtrace')
    .action((file: string, options: TrimVerbOptions) => run(file, options).catch(reportFailure));
};
