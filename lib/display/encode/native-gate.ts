// Keeps a thread from being ended while it is in foreign native code: a library that returns into a thread which is being ended
// throws where nobody can catch it, and takes the process with it.

const STATE = { outside: 0, inside: 1, shut: 2 } as const;

/** Does a piece of work in native code. */
export type NativeGuard = <T>(work: () => T) => T;

/** For code on a thread that nobody ends. */
export const unguarded: NativeGuard = (work) => work();

/** A gate between a thread that works and one that may end it, both of which have its memory. */
export class NativeGate {
  readonly memory: SharedArrayBuffer;
  readonly #state: Int32Array;

  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#state = new Int32Array(memory);
  }

  /**
   * On the thread that works.
   * @throws Error when the gate is shut
   */
  readonly guard: NativeGuard = (work) => {
    if (Atomics.compareExchange(this.#state, 0, STATE.outside, STATE.inside) === STATE.shut)
      throw new Error('the thread is being ended');
    try {
      return work();
    } finally {
      Atomics.store(this.#state, 0, STATE.outside);
      Atomics.notify(this.#state, 0);
    }
  };

  /** On the other: from now on the thread is not in native code, and does not get there. Waits no longer than told. */
  shut(patienceMs: number): void {
    const until = performance.now() + patienceMs;
    while (Atomics.compareExchange(this.#state, 0, STATE.outside, STATE.shut) === STATE.inside) {
      const left = until - performance.now();
      if (left <= 0) return;
      Atomics.wait(this.#state, 0, STATE.inside, left);
    }
  }
}
