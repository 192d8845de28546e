// A point in a context's work.

/** Says when everything that a context was given before has been executed by the GPU. */
export class Fence {
  #signaled = false;

  /**
   * Made by `Context.fence`.
   * @param finished resolves when the fence is reached; rejects if it never will be
   */
  constructor(readonly finished: Promise<void>) {
    finished.then(
      () => {
        this.#signaled = true;
      },
      // Whoever waits is told; a fence that nobody waits for is no unhandled rejection.
      () => undefined,
    );
  }

  /** Whether it has been reached. */
  get signaled(): boolean {
    return this.#signaled;
  }
}
