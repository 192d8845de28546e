// How fast a host plays a trace: only what shows the right pixels counts.

import type { RenderHost } from '../../host';
import { invalidArgument } from '../../protocol/error';
import type { TraceSource } from '../model';
import type { FrameRange } from './play-options';
import type { PlayReport } from './play-report';
import { play } from './player';

/** Options of {@link benchmark}. */
export interface BenchmarkOptions {
  /** How often the trace is played for the clock. Default 3. */
  loops?: number;
  frames?: FrameRange;
}

/** What was measured. */
export interface Benchmark {
  /** Of the first time, which compares everything. */
  report: PlayReport;
  /** Of each further time; empty if the report is not good. */
  framesPerSecond: number[];
}

/**
 * Plays a trace once to compare, and if that went well again for the clock. The host is reset in between.
 * @throws VirglError as {@link play}
 */
export const benchmark = async (
  source: TraceSource,
  host: RenderHost,
  { loops = 3, frames }: BenchmarkOptions = {},
): Promise<Benchmark> => {
  if (!Number.isSafeInteger(loops) || loops < 1)
    throw invalidArgument('benchmark', 'loops', 'an integer of at least 1', loops);
  const report = await play(source, host, { verify: true, ...(frames && { frames }) });
  const framesPerSecond: number[] = [];
  for (let loop = 0; loop < loops && report.isGood; loop += 1) {
    await host.reset();
    const { frames: count, durationMs } = await play(source, host, { ...(frames && { frames }) });
    framesPerSecond.push((count * 1000) / durationMs);
  }
  return { report, framesPerSecond };
};
