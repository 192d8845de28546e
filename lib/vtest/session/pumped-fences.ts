// The implicit fences of a client whose requests the pump runs: it makes and counts them.

import { DONE, type RequestPump } from '../../host';
import type { Fences } from './fences';

/** Fences of a pump. */
export class PumpedFences implements Fences {
  readonly isDue = false;
  readonly #pump: RequestPump;
  readonly #fail: (error: unknown) => void;

  /** @param fail what happens when a fence can't be had */
  constructor(pump: RequestPump, fail: (error: unknown) => void) {
    this.#pump = pump;
    this.#fail = fail;
  }

  get busy(): boolean {
    return this.#pump.isBusy;
  }

  submitted(): void {
    if (!this.#pump.makeFence()) this.#pump.fenceAnswer().catch(this.#fail);
  }

  make(): void {
    // Each was made behind its submit.
  }

  idle(): Promise<void> {
    this.#pump.awaitFences();
    return DONE;
  }
}
