// Which contents were stored already, by their hash. Bounded: the hashes that were not met for longest are forgotten, and such a content
// is stored once more when it comes again.

import { hash as hashOf } from 'node:crypto';

const MOST_HASHES = 65536;

/** Ids of contents that a file has. */
export class ContentIds {
  readonly #ids = new Map<string, number>();

  /** The id of these bytes, or `next` after noting it for them. */
  idOf(bytes: Uint8Array, next: number): number {
    const hash = hashOf('sha256', bytes, 'binary');
    const known = this.#ids.get(hash);
    const id = known ?? next;
    // Last in order: met just now.
    if (known !== undefined) this.#ids.delete(hash);
    this.#ids.set(hash, id);
    if (this.#ids.size > MOST_HASHES) this.#ids.delete(this.#ids.keys().next().value as string);
    return id;
  }
}
