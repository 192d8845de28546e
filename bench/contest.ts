// Two contestants do the same work in turn, so that both see the same machine, and their medians are compared.

import type { Picture } from './picture';
import { median } from './median';

/** Somebody who does a benchmark's work. */
export interface Contestant {
  /** Does it so many times. Resolves to the nanoseconds that took in all. */
  run(iterations: number): Promise<number>;
  /** What was read back last; undefined if nothing is read. */
  picture(): Promise<Picture | undefined>;
  /** What was made last, in short; for those who make no pictures. */
  digest?(): Promise<string>;
  close(): Promise<void>;
}

/** A pair that is ready. */
export interface Contest {
  peer: Contestant;
  ours: Contestant;
  /** Iterations of both in one round. */
  iterations: number;
}

/** Nanoseconds of one iteration, a number per round. */
export interface Samples {
  peerNs: number[];
  oursNs: number[];
}

/** Medians of {@link Samples}. */
export interface Medians {
  peerNs: number;
  oursNs: number;
}

// Until the script is compiled and the shaders are.
const WARM_UP_ROUNDS = 3;

/** Lets both run in turn, peer first. */
export const measure = async ({ peer, ours, iterations }: Contest, rounds: number): Promise<Samples> => {
  const samples: Samples = { peerNs: [], oursNs: [] };
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    const peerNs = (await peer.run(iterations)) / iterations;
    const oursNs = (await ours.run(iterations)) / iterations;
    if (round < 0) continue;
    samples.peerNs.push(peerNs);
    samples.oursNs.push(oursNs);
  }
  return samples;
};

/** The medians of a contest. */
export const mediansOf = ({ peerNs, oursNs }: Samples): Medians => ({
  peerNs: median(peerNs),
  oursNs: median(oursNs),
});
