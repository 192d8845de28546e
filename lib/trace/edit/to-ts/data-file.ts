// The file of large data beside a generated program. The same bytes are stored once.

import { createHash } from 'node:crypto';

const ALIGNMENT = 8;

/** Collects bytes and tells where they lie. */
export class DataFile {
  readonly #offsets = new Map<string, number>();
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** Where the bytes lie in the file. */
  add(bytes: Uint8Array): number {
    const key = `${bytes.length}:${createHash('sha256').update(bytes).digest('base64')}`;
    const known = this.#offsets.get(key);
    if (known !== undefined) return known;
    const offset = this.#length;
    this.#offsets.set(key, offset);
    this.#parts.push(bytes.slice(), new Uint8Array(-bytes.length & (ALIGNMENT - 1)));
    this.#length = offset + Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT;
    return offset;
  }

  /** The whole file. */
  finish(): Uint8Array {
    return Uint8Array.from(Buffer.concat(this.#parts));
  }
}
