// The colours that a picture has, as long as they are few.

import type { PixelView } from './pixel-view';

const SLOTS = 1024;
/** Multiplicative hashing (Knuth 6.4): the upper bits of the product are well mixed. */
const GOLDEN = 0x9e3779b1;
const HASH_SHIFT = 22;
const RGB = 0xffffff;

/** Counts colours; one is used for many pictures, because a new table for each would cost more than counting. */
export class Palette {
  /** Most colours that can be counted. */
  static readonly MOST = 256;
  readonly #keys = new Uint32Array(SLOTS);
  readonly #indices = new Uint16Array(SLOTS);
  /** The slot holds a colour of the picture that was counted last. */
  readonly #stamps = new Uint32Array(SLOTS);
  readonly #colours = new Uint32Array(Palette.MOST);
  #stamp = 0;
  #count = 0;

  /** 0xRRGGBB, in the order in which they were met. */
  get colours(): Uint32Array {
    return this.#colours.subarray(0, this.#count);
  }

  /** Finds the colours of a picture; false where there are more than `most`. */
  count({ pixels, first, stride, width, height }: PixelView, most: number): boolean {
    this.#stamp += 1;
    this.#count = 0;
    let last = -1;
    for (let y = 0; y < height; y++) {
      const row = first + y * stride;
      for (let at = row; at < row + width; at++) {
        const colour = (pixels[at] as number) & RGB;
        if (colour === last) continue;
        last = colour;
        if (!this.#meet(colour, most)) return false;
      }
    }
    return true;
  }

  /** The number of a colour that was counted. */
  indexOf(colour: number): number {
    return this.#indices[this.#slotOf(colour & RGB)] as number;
  }

  /** The numbers of all pixels of the picture that was counted. */
  indices({ pixels, first, stride, width, height }: PixelView): Uint8Array {
    const indices = new Uint8Array(width * height);
    let next = 0;
    let last = -1;
    let index = 0;
    for (let y = 0; y < height; y++) {
      const row = first + y * stride;
      for (let at = row; at < row + width; at++) {
        const colour = (pixels[at] as number) & RGB;
        if (colour !== last) index = this.indexOf(colour);
        last = colour;
        indices[next++] = index;
      }
    }
    return indices;
  }

  #meet(colour: number, most: number): boolean {
    const slot = this.#slotOf(colour);
    if (this.#stamps[slot] === this.#stamp) return true;
    if (this.#count === most) return false;
    this.#stamps[slot] = this.#stamp;
    this.#keys[slot] = colour;
    this.#indices[slot] = this.#count;
    this.#colours[this.#count++] = colour;
    return true;
  }

  #slotOf(colour: number): number {
    let slot = Math.imul(colour, GOLDEN) >>> HASH_SHIFT;
    while (this.#stamps[slot] === this.#stamp && this.#keys[slot] !== colour) slot = (slot + 1) % SLOTS;
    return slot;
  }
}
