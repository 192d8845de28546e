// The descriptors that a session waits for, as one list that is only made anew when it changes: rounds are many.

import type { ReceiveSyncOptions } from '../../host';

/** Everything that has descriptors to wait for. */
export interface WaitSource {
  readFds(): readonly number[];
  writeFds(): readonly number[];
}

const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index]);

/** Descriptors of several sources. */
export class WaitSet {
  readonly #sources: readonly WaitSource[];
  #readers: readonly (readonly number[])[] = [];
  #writers: readonly (readonly number[])[] = [];
  #alsoWake: readonly number[] = Object.freeze([]);
  #alsoWakeWritable: readonly number[] = Object.freeze([]);
  #ready = new Uint8Array(0);
  /** By how long they wait; a handful, because most waits are for ever. */
  readonly #options = new Map<number, ReceiveSyncOptions>();

  constructor(sources: readonly WaitSource[]) {
    this.#sources = sources;
  }

  /** How to wait so long for all of them. */
  options(waitMs: number): ReceiveSyncOptions {
    this.#refresh();
    this.#ready.fill(0);
    const known = this.#options.get(waitMs);
    if (known !== undefined) return known;
    const options = Object.freeze({
      waitMs,
      alsoWake: this.#alsoWake,
      alsoWakeWritable: this.#alsoWakeWritable,
      ready: this.#ready,
    });
    if (Number.isInteger(waitMs)) this.#options.set(waitMs, options);
    return options;
  }

  /** Whether a descriptor of a source has ended the last wait. */
  isReady(source: number): boolean {
    let at = 0;
    for (let index = 0; index < source; index += 1) at += this.#readers[index].length;
    for (let end = at + this.#readers[source].length; at < end; at += 1)
      if (this.#ready[at] !== 0) return true;
    at = this.#alsoWake.length;
    for (let index = 0; index < source; index += 1) at += this.#writers[index].length;
    for (let end = at + this.#writers[source].length; at < end; at += 1)
      if (this.#ready[at] !== 0) return true;
    return false;
  }

  #refresh(): void {
    const readers = this.#sources.map((source) => source.readFds());
    const writers = this.#sources.map((source) => source.writeFds());
    const isKnown =
      this.#readers.length === readers.length &&
      readers.every((fds, index) => isSame(fds, this.#readers[index])) &&
      writers.every((fds, index) => isSame(fds, this.#writers[index]));
    if (isKnown) return;
    this.#readers = readers;
    this.#writers = writers;
    this.#alsoWake = Object.freeze(readers.flat());
    this.#alsoWakeWritable = Object.freeze(writers.flat());
    this.#ready = new Uint8Array(this.#alsoWake.length + this.#alsoWakeWritable.length);
    this.#options.clear();
  }
}
