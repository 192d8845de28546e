// How long things are waited for: in turns of the event loop, and in slices of a blocked thread.

import { isMainThread } from 'node:worker_threads';

/** So many results in a row may come at once before the event loop gets a turn. */
const MAX_AT_ONCE = 256;
let atOnce = 0;

/**
 * For every result that is there at once; now and then it waits for the next turn of the event loop. Promises alone never let it
 * turn, and a peer that always has more to say would keep timers and everybody else waiting.
 */
export const turnIfDue = async (): Promise<void> => {
  atOnce = (atOnce + 1) % MAX_AT_ONCE;
  if (atOnce === 0) await new Promise((resolve) => setImmediate(resolve));
};

/**
 * The longest that native code blocks the thread at a time. In between JavaScript runs, so that a worker can be terminated, and the
 * process can exit, while it waits. Nobody ends the main thread like that.
 */
const SLICE_MS = isMainThread ? 2 ** 30 : 250;

/**
 * Calls `attempt` with the milliseconds that it may block, until it returns something or the time is over.
 * @param waitMs -1 for ever
 */
export const inSlices = <Result>(
  waitMs: number,
  attempt: (sliceMs: number) => Result | undefined,
): Result | undefined => {
  if (waitMs === 0) return attempt(0);
  if (waitMs === -1) {
    for (;;) {
      const result = attempt(SLICE_MS);
      if (result !== undefined) return result;
    }
  }
  const until = performance.now() + waitMs;
  for (let left = waitMs; left > 0; left = until - performance.now()) {
    const result = attempt(Math.min(left, SLICE_MS));
    if (result !== undefined) return result;
  }
  return undefined;
};
