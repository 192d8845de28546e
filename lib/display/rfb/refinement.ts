// When a viewer gets without losses what it has seen with losses: after it was still for a while, in small parts, and never before
// something that is new.

import type { Rect } from '../source';
import type { Copy } from '../viewer';
import { LossyAreas } from './lossy-areas';

/** What is still for so long, and at most twice that, is sent again. */
const STILL_MS = 500;

/** The refinement of one viewer. */
export class Refinement {
  readonly #areas = new LossyAreas();
  readonly #wake: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param wake told when there is more to take */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** An update was sent, some of its pixels with losses. */
  sent(copy: Copy | undefined, rects: readonly Rect[], lossy: readonly Rect[]): void {
    if (copy !== undefined) this.#areas.copied(copy);
    this.#areas.sent(rects, lossy);
    if (!this.#areas.isEmpty) this.#timer ??= setInterval(() => this.#tick(), STILL_MS);
  }

  hasWork(within: Rect): boolean {
    return this.#areas.hasStill(within);
  }

  /** The next part to send. */
  take(within: Rect): Rect | undefined {
    return this.#areas.takeStill(within);
  }

  /** The viewer sees nothing any more of what it was sent. */
  forget(): void {
    this.#areas.clear();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    if (this.#areas.isEmpty) return this.close();
    this.#areas.age();
    this.#wake();
  }
}
