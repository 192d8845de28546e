// The implicit fences of a client whose requests the pump runs: it makes and counts them.

import { DONE, type RequestPump } from '../../host';
import type { Fences } from './fences';

/** Fences of a pump. */
export class PumpedFences implements Fences {
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

  get isDue(): boolean {
    return this.#pump.isFenceDue;
  }

  submitted(): void {
    this.#told(this.#pump.submitted());
  }

  make(): void {
    this.#told(this.#pump.makeFence());
  }

  idle(): Promise<void> {
    return this.#told(this.#pump.awaitFences());
  }

  #told(quiet: boolean): Promise<void> {
    return quiet ? DONE : this.#pump.fenceAnswer().catch(this.#fail);
  }
}
