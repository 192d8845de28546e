// What a viewer sees with losses (JPEG): when it has been still for a while, it is sent once more without.

import { Region } from '../region';
import type { Rect } from '../source';
import type { Copy } from '../viewer';

/** So that whatever changes meanwhile does not wait long behind it: 256x256. */
const MOST_PIXELS = 64 * 1024;

const shifted = (rect: Rect, { from, to }: Copy): Rect => ({
  ...rect,
  x: rect.x + to.x - from.x,
  y: rect.y + to.y - from.y,
});

/** The upper part of a rectangle. */
const beginningOf = (rect: Rect): Rect => ({
  ...rect,
  height: Math.min(rect.height, Math.max(1, Math.floor(MOST_PIXELS / rect.width))),
});

/** Areas of one viewer by their age, which is counted in periods: {@link age} begins a new one. */
export class LossyAreas {
  /** Sent in this period. */
  readonly #fresh = new Region();
  /** Sent before, and the same since. */
  readonly #still = new Region();

  get isEmpty(): boolean {
    return this.#fresh.isEmpty && this.#still.isEmpty;
  }

  /** Pixels have been sent, some of them with losses. */
  sent(rects: readonly Rect[], lossy: readonly Rect[]): void {
    for (const rect of rects) this.#remove(rect);
    for (const rect of lossy) this.#fresh.add(rect);
  }

  /** The viewer has copied pixels, losses and all. */
  copied(copy: Copy): void {
    const source = { ...copy.to, ...copy.from };
    const moved = [this.#fresh, this.#still].flatMap((region) => region.within(source).rects);
    this.#remove(copy.to);
    for (const rect of moved) this.#fresh.add(shifted(rect, copy));
  }

  /** A period is over. */
  age(): void {
    for (const rect of this.#fresh.rects) this.#still.add(rect);
    this.#fresh.clear();
  }

  hasStill(within: Rect): boolean {
    return this.#still.overlaps(within);
  }

  /** Takes something that has been still for a period or longer, so that it is no more. */
  takeStill(within: Rect): Rect | undefined {
    const [first] = this.#still.within(within).rects;
    if (first === undefined) return undefined;
    const rect = beginningOf(first);
    this.#still.remove(rect);
    return rect;
  }

  clear(): void {
    this.#fresh.clear();
    this.#still.clear();
  }

  #remove(rect: Rect): void {
    this.#fresh.remove(rect);
    this.#still.remove(rect);
  }
}
