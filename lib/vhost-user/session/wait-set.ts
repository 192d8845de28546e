// The descriptors that a session waits for, as one list that is only made anew when it changes: rounds are many.

import { PollSet } from '../../host';

/** Everything that has descriptors to wait for. Lists stay the same objects as long as nothing in them changes. */
export interface WaitSource {
  readFds(): readonly number[];
  writeFds(): readonly number[];
}

/** The descriptors of one moment. */
interface KnownSet {
  /** As the sources gave them: readers, writers, and then the bells. */
  lists: readonly (readonly number[])[];
  /** Where each list begins in the set. */
  begins: readonly number[];
  poll: PollSet;
}

/** Sets that are kept: those of displays and fences come and go with every frame. */
const MAX_SETS = 8;

/** Descriptors of several sources, and doorbells, which are taken by the wait that finds them. */
export class WaitSet {
  readonly #sources: readonly WaitSource[];
  readonly #bells: () => readonly number[];
  readonly #sets: KnownSet[] = [];
  #current: KnownSet | undefined;

  /** @param bells their list, as those of sources */
  constructor(bells: () => readonly number[], sources: readonly WaitSource[]) {
    this.#bells = bells;
    this.#sources = sources;
  }

  /** Waits for any of them, as {@link PollSet.wait}. */
  wait(waitMs: number, lookMicroseconds = 0): boolean {
    let set = this.#current;
    if (set === undefined || !this.#isNow(set)) {
      set = this.#sets.find((known) => this.#isNow(known)) ?? this.#make();
      this.#current = set;
    }
    return set.poll.wait(waitMs, lookMicroseconds);
  }

  /** Whether a descriptor of a source was ready when the last wait ended. */
  isReady(source: number): boolean {
    return this.#isAnyReady(source) || this.#isAnyReady(source + this.#sources.length);
  }

  #isAnyReady(list: number): boolean {
    if (this.#current === undefined) return false;
    const { begins, poll } = this.#current;
    for (let at = begins[list], end = begins[list + 1]; at < end; at += 1)
      if (poll.ready[at] !== 0) return true;
    return false;
  }

  #isNow({ lists }: KnownSet): boolean {
    const count = this.#sources.length;
    for (let index = 0; index < count; index += 1) {
      const source = this.#sources[index];
      if (source.readFds() !== lists[index] || source.writeFds() !== lists[count + index]) return false;
    }
    return this.#bells() === lists[2 * count];
  }

  #make(): KnownSet {
    const readers = this.#sources.map((source) => source.readFds());
    const writers = this.#sources.map((source) => source.writeFds());
    const bells = this.#bells();
    const begins = [bells.length];
    for (const { length } of [...readers, ...writers]) begins.push((begins.at(-1) ?? 0) + length);
    const poll = new PollSet({ bells, readers: readers.flat(), writers: writers.flat() });
    const set = { lists: [...readers, ...writers, bells], begins, poll };
    if (this.#sets.length === MAX_SETS) this.#sets.shift();
    this.#sets.push(set);
    return set;
  }
}
