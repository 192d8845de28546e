// Ctrl-C and its kin, for verbs that have to put something away before they end.

import os from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** What shells add to the number of a signal. */
const SIGNAL_EXIT_BASE = 128;

/** Why a verb ends early. */
export class Interruption extends Error {
  /** As shells have it: 130 for Ctrl-C. */
  readonly exitCode: number;

  constructor(signal: (typeof SIGNALS)[number]) {
    super(`ended by ${signal}`);
    this.name = 'Interruption';
    this.exitCode = SIGNAL_EXIT_BASE + os.constants.signals[signal];
  }
}

/** Aborts, with an {@link Interruption}, at the first signal; a second of the same kind ends this program at once. */
export const abortOnSignals = (): AbortSignal => {
  const stop = new AbortController();
  for (const signal of SIGNALS) process.once(signal, () => stop.abort(new Interruption(signal)));
  return stop.signal;
};
