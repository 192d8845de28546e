// The way of records from the thread that makes them to the thread that writes them: a ring of words in shared memory, a stream without
// borders, so that a record may be longer than the ring. The maker tells nobody that there is more: the writer looks by itself.

import type { RecordRingMemory } from '../../host';
import { wordsFor } from './words';

const HEAD_WORD = 0;
const TAIL_WORD = 16;
/** What the maker wakes the writer by. */
const WAKE_WORD = 32;
/** Whether the writer waits for that only, and not for time to pass. */
const ASLEEP_WORD = 33;
/** Whether nothing more will come. */
const CLOSING_WORD = 34;
/** Whether records may come from somebody who can't wake the writer. */
const UNANNOUNCED_WORD = 35;
const STATE_WORD = 48;
const ERRNO_WORD = 49;
const MESSAGE_LENGTH_WORD = 50;
const MESSAGE_WORD = 64;
const MESSAGE_BYTES = 1024;
const WORD = Uint32Array.BYTES_PER_ELEMENT;
const DATA_WORD = MESSAGE_WORD + MESSAGE_BYTES / WORD;

/** How the writer is. */
export const WriterState = { starting: 0, writing: 1, done: 2, failed: 3 } as const;

/** Why the writer failed. */
export interface WriterFailure {
  message: string;
  /** 0 if it was not the system. */
  errno: number;
}

/** How long a maker waits for the writer to take anything at all. */
const STALL_MS = 60_000;
const LOOK_MS = 100;
/** How long a writer sleeps at most that nobody may wake. */
const UNANNOUNCED_MS = 40;

const controlOf = (memory: SharedArrayBuffer): Int32Array => new Int32Array(memory, 0, DATA_WORD);

const messageOf = (memory: SharedArrayBuffer): Uint8Array =>
  new Uint8Array(memory, MESSAGE_WORD * WORD, MESSAGE_BYTES);

/** The maker's end. */
export class RingMaker {
  /** For the other end. */
  readonly memory: SharedArrayBuffer;
  readonly #control: Int32Array;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #capacity: number;
  /** Words put so far, and how many of them are known to have been taken; both modulo 2³². */
  #head = 0;
  #tail = 0;

  /** @param capacityWords a power of two */
  constructor(capacityWords: number) {
    this.memory = new SharedArrayBuffer((DATA_WORD + capacityWords) * WORD);
    this.#control = controlOf(this.memory);
    this.#words = new Uint32Array(this.memory, DATA_WORD * WORD);
    this.#bytes = new Uint8Array(this.memory, DATA_WORD * WORD);
    this.#capacity = capacityWords;
  }

  get state(): number {
    return Atomics.load(this.#control, STATE_WORD);
  }

  /** What the writer said when it failed. */
  get failure(): WriterFailure {
    const length = Atomics.load(this.#control, MESSAGE_LENGTH_WORD);
    const message = Buffer.from(messageOf(this.memory).slice(0, length)).toString('utf8');
    return { message, errno: Atomics.load(this.#control, ERRNO_WORD) };
  }

  /** For native code (native/pump/record_ring.h), which puts whole records too, while nobody else does. */
  lend(): RecordRingMemory {
    Atomics.store(this.#control, UNANNOUNCED_WORD, 1);
    // The writer may be asleep until somebody wakes it.
    this.#wake();
    return {
      ring: new Uint32Array(this.memory),
      layout: {
        head: HEAD_WORD,
        tail: TAIL_WORD,
        state: STATE_WORD,
        data: DATA_WORD,
        writing: WriterState.writing,
      },
    };
  }

  /** To be called before a record is put. */
  begin(): void {
    this.#head = Atomics.load(this.#control, HEAD_WORD) >>> 0;
  }

  /** @returns whether it was taken in: false if the writer takes no more */
  putWords(words: Uint32Array, length: number): boolean {
    for (let at = 0; at < length;) {
      const count = this.#room(length - at);
      if (count === 0) return false;
      const start = this.#head & (this.#capacity - 1);
      this.#words.set(at === 0 && count === words.length ? words : words.subarray(at, at + count), start);
      this.#head = (this.#head + count) >>> 0;
      at += count;
    }
    return true;
  }

  /** Bytes, padded to a word. @returns as {@link putWords} */
  putBytes(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length;) {
      const count = this.#room(wordsFor(bytes.length - at));
      if (count === 0) return false;
      const start = this.#head & (this.#capacity - 1);
      const next = Math.min(bytes.length, at + count * WORD);
      this.#bytes.set(at === 0 && next === bytes.length ? bytes : bytes.subarray(at, next), start * WORD);
      this.#head = (this.#head + count) >>> 0;
      at = next;
    }
    return true;
  }

  /** Lets the writer see what was put. */
  publish(): void {
    Atomics.store(this.#control, HEAD_WORD, this.#head | 0);
    if (
      Atomics.load(this.#control, ASLEEP_WORD) !== 0 ||
      (this.#head - this.#tail) >>> 0 > this.#capacity / 2
    )
      this.#wakeIfBehind();
  }

  /** Blocks until the writer has begun. @returns whether it has */
  waitForStart(timeoutMs: number): boolean {
    Atomics.wait(this.#control, STATE_WORD, WriterState.starting, timeoutMs);
    return this.state !== WriterState.starting;
  }

  /** Says that nothing more comes. */
  end(): void {
    Atomics.store(this.#control, CLOSING_WORD, 1);
    this.#wake();
  }

  /** Blocks until the writer is done, for a process that ends. */
  waitForEnd(timeoutMs: number): void {
    Atomics.wait(this.#control, STATE_WORD, WriterState.writing, timeoutMs);
  }

  #wakeIfBehind(): void {
    this.#tail = Atomics.load(this.#control, TAIL_WORD) >>> 0;
    const isAsleep = Atomics.load(this.#control, ASLEEP_WORD) !== 0;
    if (isAsleep || (this.#head - this.#tail) >>> 0 > this.#capacity / 2) this.#wake();
  }

  #wake(): void {
    if (Atomics.exchange(this.#control, WAKE_WORD, 1) === 0) Atomics.notify(this.#control, WAKE_WORD);
  }

  /** How many words of `wanted` can be put in one piece, at least one; 0 if the writer takes no more. */
  #room(wanted: number): number {
    let free = this.#capacity - ((this.#head - this.#tail) >>> 0);
    if (free < wanted) free = this.#freeNow(wanted);
    const toEnd = this.#capacity - (this.#head & (this.#capacity - 1));
    return Math.min(wanted, free, toEnd);
  }

  #freeNow(wanted: number): number {
    const deadline = performance.now() + STALL_MS;
    for (;;) {
      const tail = Atomics.load(this.#control, TAIL_WORD);
      this.#tail = tail >>> 0;
      const free = this.#capacity - ((this.#head - this.#tail) >>> 0);
      if (free >= Math.min(wanted, this.#capacity / 4)) return free;
      if (this.state !== WriterState.writing || performance.now() > deadline) return 0;
      Atomics.store(this.#control, HEAD_WORD, this.#head | 0);
      this.#wake();
      Atomics.wait(this.#control, TAIL_WORD, tail, LOOK_MS);
    }
  }
}

/** The writer's end. */
export class RingTaker {
  readonly #memory: SharedArrayBuffer;
  readonly #control: Int32Array;
  readonly #words: Uint32Array;
  readonly #capacity: number;
  #tail = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#memory = memory;
    this.#control = controlOf(memory);
    this.#words = new Uint32Array(memory, DATA_WORD * WORD);
    this.#capacity = this.#words.length;
  }

  /** Words that wait. */
  get waiting(): number {
    return (Atomics.load(this.#control, HEAD_WORD) - this.#tail) >>> 0;
  }

  get isHalfFull(): boolean {
    return this.waiting > this.#capacity / 2;
  }

  get isClosing(): boolean {
    return Atomics.load(this.#control, CLOSING_WORD) !== 0;
  }

  /** Fills an array from the ring. @returns false if the rest of it will never come */
  take(into: Uint32Array): boolean {
    for (let at = 0; at < into.length;) {
      const start = this.#tail & (this.#capacity - 1);
      const count = Math.min(into.length - at, this.waiting, this.#capacity - start);
      if (count === 0) {
        const head = this.#tail | 0;
        if (this.isClosing && this.waiting === 0) return false;
        this.#release();
        Atomics.wait(this.#control, HEAD_WORD, head, LOOK_MS);
        continue;
      }
      into.set(this.#words.subarray(start, start + count), at);
      this.#tail = (this.#tail + count) >>> 0;
      at += count;
    }
    if (((this.#tail - Atomics.load(this.#control, TAIL_WORD)) >>> 0) * 8 > this.#capacity) this.#release();
    return true;
  }

  /** Sleeps for a while, or (with no time) until there is something to do. */
  sleep(timeoutMs?: number): void {
    this.#release();
    const isUnannounced = Atomics.load(this.#control, UNANNOUNCED_WORD) !== 0;
    if (timeoutMs === undefined && isUnannounced) Atomics.wait(this.#control, WAKE_WORD, 0, UNANNOUNCED_MS);
    else if (timeoutMs === undefined) {
      Atomics.store(this.#control, ASLEEP_WORD, 1);
      // What came before that was said would be slept over.
      if (this.waiting === 0 && !this.isClosing) Atomics.wait(this.#control, WAKE_WORD, 0);
      Atomics.store(this.#control, ASLEEP_WORD, 0);
    } else Atomics.wait(this.#control, WAKE_WORD, 0, timeoutMs);
    Atomics.store(this.#control, WAKE_WORD, 0);
  }

  /** Says that it has begun. */
  begin(): void {
    Atomics.store(this.#control, STATE_WORD, WriterState.writing);
    Atomics.notify(this.#control, STATE_WORD);
  }

  /** Says how it ended. */
  end(failure?: WriterFailure): void {
    if (failure !== undefined) {
      const bytes = Buffer.from(failure.message).subarray(0, MESSAGE_BYTES);
      messageOf(this.#memory).set(bytes);
      Atomics.store(this.#control, MESSAGE_LENGTH_WORD, bytes.length);
      Atomics.store(this.#control, ERRNO_WORD, failure.errno);
    }
    Atomics.store(this.#control, STATE_WORD, failure === undefined ? WriterState.done : WriterState.failed);
    Atomics.notify(this.#control, STATE_WORD);
    this.#release();
    Atomics.notify(this.#control, TAIL_WORD);
  }

  /** Gives what was taken back to the maker. */
  #release(): void {
    if (Atomics.load(this.#control, TAIL_WORD) >>> 0 === this.#tail) return;
    Atomics.store(this.#control, TAIL_WORD, this.#tail | 0);
    Atomics.notify(this.#control, TAIL_WORD);
  }
}
