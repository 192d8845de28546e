// Reusing memory for pictures: to touch fresh memory takes longer than to copy a picture into old.

/** Arrays of bytes that are lent and given back. */
export class BufferPool {
  readonly #free = new Map<number, Uint8Array[]>();
  #lent = 0;

  /** How many arrays are lent out. */
  get lent(): number {
    return this.#lent;
  }

  /** An array of exactly this size, with whatever is in it. Give it back with {@link release}. */
  acquire(sizeBytes: number): Uint8Array {
    this.#lent += 1;
    return this.#free.get(sizeBytes)?.pop() ?? new Uint8Array(sizeBytes);
  }

  /** Gives an array back. It must not be used afterwards. */
  release(bytes: Uint8Array): void {
    this.#lent -= 1;
    const free = this.#free.get(bytes.byteLength);
    if (free === undefined) this.#free.set(bytes.byteLength, [bytes]);
    else free.push(bytes);
  }
}
