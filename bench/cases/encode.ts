// How fast commands are written, next to C that stores the same dwords one by one.

import { CommandEncoder } from 'virgl/protocol';
import type { Benchmark } from '../benchmark';
import { hashOfDwords } from '../hash';
import { LocalContestant } from '../local';
import { startStreamPeer } from '../peers/stream-peer';
import { DRAW_DWORDS, encodeDraw, encodeStateChange, STATE_CHANGE_DWORDS } from '../state-change';

interface EncodeWork {
  name: 'draw' | 'state';
  encode: (encoder: CommandEncoder, index: number) => void;
  /** How often until the encoder is reset: what Mesa sends at a time, roughly. */
  batch: number;
  dwords: number;
}

const encodeBatches = ({ encode, batch, dwords }: EncodeWork): LocalContestant => {
  const encoder = new CommandEncoder({ capacityDwords: batch * dwords });
  return new LocalContestant({
    run: (iterations) => {
      for (let done = 0; done < iterations; done += batch) {
        encoder.reset();
        for (let index = 0; index < batch; index += 1) encode(encoder, index);
      }
    },
    digest: () => hashOfDwords(encoder.view()),
  });
};

const contestOf = async (work: EncodeWork, iterations: number) => ({
  peer: await startStreamPeer(work.name, String(work.batch)),
  ours: encodeBatches(work),
  iterations,
});

/** drawVbo: 13 dwords. */
export const encodeDraws: Benchmark = {
  name: 'encode-draw',
  peer: 'C',
  unit: 'M/s',
  goal: { kind: 'none' },
  prepare: () => contestOf({ name: 'draw', encode: encodeDraw, batch: 5000, dwords: DRAW_DWORDS }, 200_000),
};

/** All state that a draw can need: 21 commands, 100 dwords. */
export const encodeStates: Benchmark = {
  name: 'encode-state',
  peer: 'C',
  unit: 'M/s',
  goal: { kind: 'none' },
  prepare: () =>
    contestOf({ name: 'state', encode: encodeStateChange, batch: 500, dwords: STATE_CHANGE_DWORDS }, 20_000),
};
