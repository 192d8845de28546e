// What a benchmark should reach, and whether it did.

import type { Medians } from './contest';

/** A limit on the time against the peer's, on the rate against the peer's, or on the time alone. */
export type Goal =
  | { kind: 'time'; atMostTimesPeer: number }
  | { kind: 'rate'; atLeastTimesPeer: number }
  | { kind: 'microseconds'; atMost: number }
  | { kind: 'none' };

/** Our time or rate as a multiple of the peer's. */
export const ratioOf = (goal: Goal, { peerNs, oursNs }: Medians): number =>
  goal.kind === 'rate' ? peerNs / oursNs : oursNs / peerNs;

/** Whether the goal is reached. */
export const isMet = (goal: Goal, medians: Medians): boolean => {
  switch (goal.kind) {
    case 'time':
      return ratioOf(goal, medians) <= goal.atMostTimesPeer;
    case 'rate':
      return ratioOf(goal, medians) >= goal.atLeastTimesPeer;
    case 'none':
      return true;
    case 'microseconds':
      return medians.oursNs / 1000 <= goal.atMost;
  }
};

/** The goal for a table. */
export const goalText = (goal: Goal): string => {
  switch (goal.kind) {
    case 'time':
      return `<= ${goal.atMostTimesPeer}x`;
    case 'rate':
      return `>= ${goal.atLeastTimesPeer}x`;
    case 'none':
      return '';
    case 'microseconds':
      return `<= ${goal.atMost} us`;
  }
};
