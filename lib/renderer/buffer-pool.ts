// Reusing memory for pictures: to touch fresh memory takes longer than to copy a picture into old.

import { invalidArgument } from '../protocol/error';
import { checkWhole } from './check-input';

/** Arrays of bytes that are lent and given back. */
export class BufferPool {
  readonly #free = new Map<number, Uint8Array[]>();
  /** Weak: who never gives an array back does not keep it alive. */
  readonly #outside = new WeakSet<Uint8Array>();
  #lent = 0;

  /** How many arrays are lent out. */
  get lent(): number {
    return this.#lent;
  }

  /** An array of exactly this size, with whatever is in it. Give it back with {@link release}. */
  acquire(sizeBytes: number): Uint8Array {
    checkWhole('acquire', 'sizeBytes', sizeBytes, [0, Number.MAX_SAFE_INTEGER]);
    const bytes = this.#free.get(sizeBytes)?.pop() ?? new Uint8Array(sizeBytes);
    this.#outside.add(bytes);
    this.#lent += 1;
    return bytes;
  }

  /**
   * Gives an array back. It must not be used afterwards.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if it is not lent out
   */
  release(bytes: Uint8Array): void {
    if (!this.#outside.delete(bytes))
      throw invalidArgument('release', 'bytes', 'an array that this pool has lent', bytes);
    this.#lent -= 1;
    const free = this.#free.get(bytes.byteLength);
    if (free === undefined) this.#free.set(bytes.byteLength, [bytes]);
    else free.push(bytes);
  }
}
