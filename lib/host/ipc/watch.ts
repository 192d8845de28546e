// Waiting for descriptors without blocking the thread: one epoll thread per environment, see native/readiness.h.

import { addon, callNative, type NativeWatched } from '../addon';

const READ = 1;
const WRITE = 2;

/** Those that wait, by token. They are kept alive by it, as somebody waits for their promises. */
const waiting = new Map<number, Watch>();
let lastToken = 0;
let started = false;

const onReady = (token: number): void => {
  // It may have been closed since: its token is not used again.
  const watch = waiting.get(token);
  if (watch === undefined) return;
  waiting.delete(token);
  try {
    watch.ready();
  } finally {
    if (waiting.size === 0) addon().keepAwake(false);
  }
};

/** What a socket, listener or eventfd is waited for with. */
export class Watch {
  // Never used twice, so that an answer that comes too late is nobody's.
  readonly #token = (lastToken += 1);

  /**
   * @param native the descriptor
   * @param ready called once for each {@link wait}; may be called when there is nothing after all
   */
  constructor(
    private readonly native: NativeWatched,
    readonly ready: () => void,
  ) {}

  /**
   * Calls `ready` when the descriptor can be read or written, or has failed. Until then the process stays alive.
   * @throws VirglError `ERR_VIRGL_SYSTEM`
   */
  wait(read: boolean, write: boolean): void {
    if (!started) {
      callNative(() => addon().startReadiness(onReady));
      started = true;
    }
    callNative(() => this.native.watch(this.#token, (read ? READ : 0) | (write ? WRITE : 0)));
    if (waiting.size === 0) addon().keepAwake(true);
    waiting.set(this.#token, this);
  }

  /** Nobody waits any more. */
  cancel(): void {
    if (waiting.delete(this.#token) && waiting.size === 0) addon().keepAwake(false);
  }
}

/** So many results in a row may come at once before the event loop gets a turn. */
const MAX_AT_ONCE = 256;
let atOnce = 0;

/**
 * Whether a result that is there at once must wait for the next turn of the event loop: promises alone never let it turn, and a
 * peer that always has more to say would keep timers and everybody else waiting.
 */
export const isTurnDue = (): boolean => {
  atOnce = (atOnce + 1) % MAX_AT_ONCE;
  return atOnce === 0;
};

/** The next turn of the event loop. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * The longest that native code blocks the thread at a time. In between JavaScript runs, so that a worker can be terminated and a
 * process can exit while one of its workers waits.
 */
const SLICE_MS = 250;

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
