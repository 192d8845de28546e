// Whether what a client submitted is done. Facts: the implicit fences of vtest_renderer.c: one per SUBMIT_CMD, and
// RESOURCE_BUSY_WAIT asks for all of them, whatever resource it names.

import type { RenderHost } from '../../host';

/** The implicit fences of one client. */
export class SubmitFences {
  #submitted = 0;
  #completed = 0;
  #newest: Promise<void> = Promise.resolve();

  get busy(): boolean {
    return this.#completed !== this.#submitted;
  }

  /** After a submit. @param fail what happens when the fence can't be had */
  add(host: RenderHost, fail: (error: unknown) => void): void {
    const number = (this.#submitted += 1);
    this.#newest = host
      .createFence()
      .then(() => void (this.#completed = Math.max(this.#completed, number)), fail);
  }

  /** When all is done that was submitted so far. */
  idle(): Promise<void> {
    return this.#newest;
  }
}
