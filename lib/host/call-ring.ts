// The script's end of the queue to the render thread; native/call_ring.h is the other end and has the layout.

const HEAD_WORD = 0;
const TAIL_WORD = 16;
const ASLEEP_WORD = 32;
const ANSWERS_WORD = 40;
const WATCHING_WORD = 48;
const DATA_WORD = 64;
const ENTRY_HEADER_WORDS = 2;

/** While the consumer is awake, this much may be held back until the next microtask: publishing costs a cache miss. */
const HELD_BACK_WORDS = 512;

/** A ring of words in shared memory with one producer (this class) and one consumer. */
export class CallRing {
  /** The memory, for the consumer. */
  readonly words: Uint32Array;
  readonly #control: Int32Array;
  readonly #capacity: number;
  /** Words put so far, modulo 2³², and how many of them the consumer can see. */
  #head = 0;
  #published = 0;
  /** Words that the consumer is known to have taken; it may have taken more. */
  #tail = 0;

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

  /** Whether entries wait to be published. */
  get holdsBack(): boolean {
    return this.#head !== this.#published;
  }

  /**
   * Makes room for an entry and writes its header.
   * @returns the index into {@link words} where its arguments go, or -1 while there is no room; then {@link commit}
   */
  reserve(call: number, argumentWords: number): number {
    const length = argumentWords + ENTRY_HEADER_WORDS;
    const at = this.#head & (this.#capacity - 1);
    const toEnd = this.#capacity - at;
    // An entry is never split: if it does not fit before the end, the rest of the ring is skipped.
    const skipped = length <= toEnd ? 0 : toEnd;
    const needed = skipped + length;
    if (((this.#head - this.#tail) >>> 0) + needed > this.#capacity) {
      this.#tail = Atomics.load(this.#control, TAIL_WORD) >>> 0;
      if (((this.#head - this.#tail) >>> 0) + needed > this.#capacity) return -1;
    }
    const start = DATA_WORD + (skipped === 0 ? at : 0);
    if (skipped !== 0) this.words[DATA_WORD + at] = 0;
    this.words[start] = length;
    this.words[start + 1] = call;
    this.#head = (this.#head + needed) >>> 0;
    return start + ENTRY_HEADER_WORDS;
  }

  /** Whether what is held back should be shown at once: there is much of it, or the consumer has nothing else to do. */
  isUrgent(): boolean {
    return (
      (this.#head - this.#published) >>> 0 >= HELD_BACK_WORDS ||
      Atomics.load(this.#control, ASLEEP_WORD) !== 0
    );
  }

  /**
   * Shows everything reserved so far to the consumer.
   * @returns whether the consumer sleeps and has to be woken
   */
  publish(): boolean {
    this.#published = this.#head;
    Atomics.store(this.#control, HEAD_WORD, this.#head | 0);
    return Atomics.load(this.#control, ASLEEP_WORD) !== 0;
  }

  /** Says that the producer looks for answers by itself, and need not be told in another way. */
  watch(watching: boolean): void {
    Atomics.store(this.#control, WATCHING_WORD, watching ? 1 : 0);
  }

  /** Whether answers have come since the last time this was asked. */
  takeAnswers(): boolean {
    return (
      Atomics.load(this.#control, ANSWERS_WORD) !== 0 &&
      Atomics.exchange(this.#control, ANSWERS_WORD, 0) !== 0
    );
  }
}
