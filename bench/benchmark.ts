// What a benchmark is, and how one is run.

import { type Contest, type Medians, measure, mediansOf, type Samples } from './contest';
import { type Goal, isMet, ratioOf } from './goal';
import type { Lab } from './lab';
import { requireTriangle } from './picture';

/** How a time is shown: as such, or as iterations per second, which may be frames or bytes. */
export type Unit = 'ns' | 'us' | 'fps' | 'M/s' | 'MB/s';

/** Somebody to compare with does the same work as we do. */
export interface Benchmark {
  name: string;
  peer: 'C' | 'headless-gl' | 'virgl_test_server';
  unit: Unit;
  goal: Goal;
  /** Makes both contestants ready. */
  prepare(lab: Lab): Promise<Contest>;
  /** Checks what they read back; by default both must be the same bytes. */
  compare?(contest: Contest): Promise<void>;
}

/** A benchmark that cannot be run on this machine, which is no fault. */
export class Unavailable extends Error {}

interface Named {
  name: string;
}

/** What came out of a benchmark. */
export type Result =
  | (Named & {
      outcome: 'measured';
      peer: Benchmark['peer'];
      unit: Unit;
      medians: Medians;
      ratio: number;
      goal: Goal;
      met: boolean;
      samples: Samples;
    })
  | (Named & { outcome: 'skipped' | 'failed'; reason: string });

const requireSameDigest = async ({ peer, ours }: Contest): Promise<void> => {
  const [own, theirs] = [await ours.digest?.(), await peer.digest?.()];
  if (own !== theirs) throw new Error(`results differ: ${theirs}, ours ${own}`);
};

const requireSameOutcome = async (contest: Contest): Promise<void> => {
  const { peer, ours } = contest;
  if (ours.digest !== undefined) {
    await requireSameDigest(contest);
    return;
  }
  const own = await ours.picture();
  if (own === undefined) return;
  const theirs = await peer.picture();
  if (theirs?.hash !== own.hash) {
    throw new Error(`pictures differ: ${JSON.stringify(theirs)}, ours ${JSON.stringify(own)}`);
  }
  requireTriangle(own, 'both');
};

const closeAll = async ({ peer, ours }: Contest): Promise<void> => {
  await ours.close();
  await peer.close();
};

/** Runs one benchmark; whatever goes wrong is its result. */
export const runBenchmark = async (benchmark: Benchmark, lab: Lab, rounds: number): Promise<Result> => {
  const { name, peer, unit, goal, compare = requireSameOutcome } = benchmark;
  try {
    const contest = await benchmark.prepare(lab);
    try {
      const samples = await measure(contest, rounds);
      await compare(contest);
      const medians = mediansOf(samples);
      const ratio = ratioOf(goal, medians);
      return {
        name,
        outcome: 'measured',
        peer,
        unit,
        medians,
        ratio,
        goal,
        met: isMet(goal, medians),
        samples,
      };
    } finally {
      await closeAll(contest);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { name, outcome: error instanceof Unavailable ? 'skipped' : 'failed', reason };
  }
};
