// The records of one chunk that was read: a walk over their first words, and the contents among them.

import { LENGTH_SHIFT, KIND_MASK, RecordNumber } from './layout';
import { faulty, wordsFor } from './words';

const WORD = Uint32Array.BYTES_PER_ELEMENT;

/** The words of a chunk. */
export class ChunkRecords {
  readonly words: Uint32Array;
  /** Contents that stand before this chunk. */
  readonly firstContent: number;
  /** Where each content's record begins, once somebody asked. */
  #contents: number[] | undefined;

  constructor(raw: Uint8Array, firstContent: number) {
    const aligned = raw.byteOffset % WORD === 0 ? raw : new Uint8Array(raw);
    this.words = new Uint32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.length / WORD));
    this.firstContent = firstContent;
  }

  get sizeBytes(): number {
    return this.words.byteLength;
  }

  /**
   * Where the record at `at` ends.
   * @throws VirglError `ERR_VIRGL_DECODE` where it does not fit in the chunk
   */
  endOf(at: number): number {
    const length = (this.words[at] as number) >>> LENGTH_SHIFT;
    if (length === 0 || at + length > this.words.length)
      throw faulty(`its length of ${length} dwords can't be true`);
    return at + length;
  }

  /** Whether a record begins at `at` and all of it is here: for chunks that were cut. */
  isWhole(at: number): boolean {
    const length = (this.words[at] ?? 0) >>> LENGTH_SHIFT;
    return length !== 0 && at + length <= this.words.length;
  }

  /** The bytes of a content by its id; undefined if it is not here. */
  content(id: number): Uint8Array | undefined {
    this.#contents ??= this.#findContents();
    const at = this.#contents[id - this.firstContent];
    if (at === undefined) return undefined;
    const length = this.words[at + 1] as number;
    if (at + 2 + wordsFor(length) > this.endOf(at))
      throw faulty(`a content of ${length} bytes is not all there`);
    return new Uint8Array(this.words.buffer, this.words.byteOffset + (at + 2) * WORD, length);
  }

  #findContents(): number[] {
    const found: number[] = [];
    for (let at = 0; this.isWhole(at); at = this.endOf(at))
      if (((this.words[at] as number) & KIND_MASK) === RecordNumber.content) found.push(at);
    return found;
  }
}
