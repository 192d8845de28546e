// Whether what a client submitted is done. Facts: the implicit fences of vtest_renderer.c: one per SUBMIT_CMD, and
// RESOURCE_BUSY_WAIT asks for all of them, whatever resource it names.

import type { RenderHost } from '../../host';

/** The implicit fences of one client. */
export interface Fences {
  /** Whether something that was submitted is not known to be done. */
  readonly busy: boolean;
  /** Whether something was submitted after the newest fence. */
  readonly isDue: boolean;
  /** After a submit. */
  submitted(): void;
  /** Makes the fence that is due, if one is. */
  make(): void;
  /** When all is done that was submitted so far. */
  idle(): Promise<void>;
}

/** Submits that share one fence, at most. */
const MAX_UNFENCED = 8;

/**
 * Fences as calls of a host. A fence is made when nothing else is left to do: it starts the driver, whose threads then
 * take the processor from this one, and Mesa waits for the reply to its next request (a resource to stand for the fence).
 */
export class SubmitFences implements Fences {
  readonly #host: RenderHost;
  readonly #fail: (error: unknown) => void;
  #submitted = 0;
  #fenced = 0;
  #completed = 0;
  #newest: Promise<void> = Promise.resolve();

  /** @param fail what happens when a fence can't be had */
  constructor(host: RenderHost, fail: (error: unknown) => void) {
    this.#host = host;
    this.#fail = fail;
  }

  get busy(): boolean {
    return this.#completed !== this.#submitted;
  }

  get isDue(): boolean {
    return this.#fenced !== this.#submitted;
  }

  submitted(): void {
    this.#submitted += 1;
    if (this.#submitted - this.#fenced >= MAX_UNFENCED) this.make();
  }

  make(): void {
    if (!this.isDue) return;
    const number = (this.#fenced = this.#submitted);
    this.#newest = this.#host
      .createFence()
      .then(() => void (this.#completed = Math.max(this.#completed, number)), this.#fail);
  }

  idle(): Promise<void> {
    this.make();
    return this.#newest;
  }
}
