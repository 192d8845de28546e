// An area made of a few rectangles that do not overlap. Where it would take more than a few, it covers a little too much.

import { bounds, intersection, isEmptyRect, type Rect } from '../image';

export { bounds, intersection, isEmptyRect } from '../image';

/** More than that are merged: a frame of many rectangles costs more than the pixels between them. */
const MOST_RECTS = 24;

/** Whether two rectangles have a pixel in common. */
export const overlap = (a: Rect, b: Rect): boolean => !isEmptyRect(intersection(a, b));

/** How many pixels a rectangle has. */
export const area = ({ width, height }: Rect): number => width * height;

/** Whether all of `inner` is in `outer`. */
export const contains = (outer: Rect, inner: Rect): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

/** What is in `rect` but not in `hole`: at most four rectangles. */
const without = (rect: Rect, hole: Rect): Rect[] => {
  const cut = intersection(rect, hole);
  if (isEmptyRect(cut)) return [rect];
  const below = cut.y + cut.height;
  const beside = cut.x + cut.width;
  return [
    { x: rect.x, y: rect.y, width: rect.width, height: cut.y - rect.y },
    { x: rect.x, y: cut.y, width: cut.x - rect.x, height: cut.height },
    { x: beside, y: cut.y, width: rect.x + rect.width - beside, height: cut.height },
    { x: rect.x, y: below, width: rect.width, height: rect.y + rect.height - below },
  ].filter((piece) => !isEmptyRect(piece));
};

/** Where something has changed: at most {@link MOST_RECTS} rectangles without overlaps. */
export class Region {
  #rects: Rect[] = [];

  constructor(rects: readonly Rect[] = []) {
    for (const rect of rects) this.add(rect);
  }

  get rects(): readonly Rect[] {
    return this.#rects;
  }

  get isEmpty(): boolean {
    return this.#rects.length === 0;
  }

  add(rect: Rect): void {
    if (isEmptyRect(rect)) return;
    this.#rects = this.#rects.filter((old) => !contains(rect, old));
    let pieces = [rect];
    for (const old of this.#rects) pieces = pieces.flatMap((piece) => without(piece, old));
    this.#rects.push(...pieces);
    while (this.#rects.length > MOST_RECTS) this.#mergeCheapest();
  }

  /** What of it lies in a rectangle. */
  within(rect: Rect): Region {
    const part = new Region();
    part.#rects = this.#rects.map((old) => intersection(old, rect)).filter((piece) => !isEmptyRect(piece));
    return part;
  }

  /** Takes out what lies in a rectangle. */
  remove(rect: Rect): void {
    this.#rects = this.#rects.flatMap((old) => without(old, rect));
    while (this.#rects.length > MOST_RECTS) this.#mergeCheapest();
  }

  overlaps(rect: Rect): boolean {
    return this.#rects.some((old) => overlap(old, rect));
  }

  clear(): void {
    this.#rects = [];
  }

  /** Makes one of the two whose common bounds add the fewest pixels, and of all that these bounds touch. */
  #mergeCheapest(): void {
    let cheapest = { waste: Infinity, merged: this.#rects[0] as Rect };
    this.#rects.forEach((a, index) => {
      for (const b of this.#rects.slice(index + 1)) {
        const merged = bounds(a, b);
        const waste = area(merged) - area(a) - area(b);
        if (waste < cheapest.waste) cheapest = { waste, merged };
      }
    });
    let { merged } = cheapest;
    for (;;) {
      const touched = this.#rects.filter((rect) => overlap(rect, merged));
      this.#rects = this.#rects.filter((rect) => !overlap(rect, merged));
      if (touched.length === 0) break;
      merged = touched.reduce(bounds, merged);
    }
    this.#rects.push(merged);
  }
}
