// The script's end of the queue to the render thread; native/call_ring.h is the other end and has the layout.

const HEAD_WORD = 0;
const TAIL_WORD = 16;
const ASLEEP_WORD = 32;
const DATA_WORD = 64;
const ENTRY_HEADER_WORDS = 2;

/** A ring of words in shared memory with one producer (this class) and one consumer. */
export class CallRing {
  /** The memory, for the consumer. */
  readonly words: Uint32Array;
  readonly #control: Int32Array;
  readonly #capacity: number;
  /** Words put so far, modulo 2³². */
  #head = 0;

  /** @param dataWords a power of two, at least 1024 */
  constructor(dataWords: number) {
    const memory = new SharedArrayBuffer((DATA_WORD + dataWords) * Uint32Array.BYTES_PER_ELEMENT);
    this.words = new Uint32Array(memory);
    this.#control = new Int32Array(memory, 0, DATA_WORD);
    this.#capacity = dataWords;
  }

  /** The longest list of arguments that one entry may hold: a quarter of the ring, so that there is always progress. */
  get maxArgumentWords(): number {
    return this.#capacity / 4;
  }

  /**
   * Makes room for an entry and writes its header.
   * @returns the index into {@link words} where its arguments go, or -1 while there is no room; then {@link commit}
   */
  reserve(call: number, argumentWords: number): number {
    const length = argumentWords + ENTRY_HEADER_WORDS;
    const tail = Atomics.load(this.#control, TAIL_WORD) >>> 0;
    const used = (this.#head - tail) >>> 0;
    const at = this.#head & (this.#capacity - 1);
    const toEnd = this.#capacity - at;
    // An entry is never split: if it does not fit before the end, the rest of the ring is skipped.
    const skipped = length <= toEnd ? 0 : toEnd;
    if (used + skipped + length > this.#capacity) return -1;
    const start = DATA_WORD + (skipped === 0 ? at : 0);
    if (skipped !== 0) this.words[DATA_WORD + at] = 0;
    this.words[start] = length;
    this.words[start + 1] = call;
    this.#head = (this.#head + skipped + length) >>> 0;
    return start + ENTRY_HEADER_WORDS;
  }

  /**
   * Shows everything reserved so far to the consumer.
   * @returns whether the consumer sleeps and has to be woken
   */
  commit(): boolean {
    Atomics.store(this.#control, HEAD_WORD, this.#head | 0);
    return Atomics.load(this.#control, ASLEEP_WORD) !== 0;
  }
}
