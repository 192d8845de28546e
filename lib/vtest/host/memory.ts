// Bytes that lie in several places, seen as one piece of memory, and copies of boxes between such pieces.

import { markAsUntransferable } from 'node:worker_threads';
import type { MemoryRange } from '../../host';
import { type Extent, isTight, type Placement } from './layout';

/** Bytes in one or several places. Those that are gone (memory that was closed meanwhile) are skipped. */
export class Spans {
  readonly byteLength: number;
  readonly #views: readonly Uint8Array[];
  /** Where each view begins. */
  readonly #starts: number[] = [];
  readonly #isStable: boolean;

  constructor(views: readonly Uint8Array[], isStable = false) {
    this.#views = views;
    this.#isStable = isStable;
    let at = 0;
    for (const { byteLength } of views) {
      this.#starts.push(at);
      at += byteLength;
    }
    this.byteLength = at;
  }

  /** The bytes of an array, or of ranges of shared memory. */
  static of(memory: Uint8Array | readonly MemoryRange[]): Spans {
    if (memory instanceof Uint8Array) {
      // The bytes are used until the call has been executed: a transfer to a thread would take them away.
      if (!(memory.buffer instanceof SharedArrayBuffer)) markAsUntransferable(memory.buffer);
      return new Spans([memory], true);
    }
    return new Spans(
      memory.map(({ memory: shared, offsetBytes, lengthBytes }) =>
        shared.bytes.subarray(offsetBytes, offsetBytes + lengthBytes),
      ),
    );
  }

  /** The bytes themselves, if they lie in one place and can't be closed by anyone. */
  stableView(offset: number, length: number): Uint8Array | undefined {
    return this.#isStable ? this.#views[0].subarray(offset, offset + length) : undefined;
  }

  /** Copies from here into an array. */
  read(offset: number, target: Uint8Array): void {
    this.#each(offset, target.byteLength, (view, at) => target.set(view, at));
  }

  /** Copies an array to here. */
  write(offset: number, source: Uint8Array): void {
    this.#each(offset, source.byteLength, (view, at) => view.set(source.subarray(at, at + view.byteLength)));
  }

  /** Calls back with the pieces of a range, and where each lies in it. */
  #each(offset: number, length: number, use: (view: Uint8Array, at: number) => void): void {
    if (this.#views.length === 1) {
      const [view] = this.#views;
      if (view.byteLength > 0) use(view.subarray(offset, offset + length), 0);
      return;
    }
    for (let index = this.#viewAt(offset), at = 0; at < length && index < this.#views.length; index += 1) {
      const view = this.#views[index];
      const start = offset + at - this.#starts[index];
      const end = index + 1 < this.#starts.length ? this.#starts[index + 1] : this.byteLength;
      const count = Math.min(length - at, end - this.#starts[index] - start);
      if (view.byteLength > 0) use(view.subarray(start, start + count), at);
      at += count;
    }
  }

  /** The view that a byte lies in. */
  #viewAt(offset: number): number {
    let low = 0;
    for (let high = this.#starts.length; high - low > 1;) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** A box in memory. */
interface Placed {
  memory: Spans;
  at: Placement;
}

/** Copies a box out of scattered memory into one array. */
export const gather = (extent: Extent, from: Placed, into: Uint8Array, at: Placement): void =>
  copyRows(extent, from.at, at, (source, target, length) =>
    from.memory.read(source, into.subarray(target, target + length)),
  );

/** Copies a box out of one array into scattered memory. */
export const scatter = (extent: Extent, from: Uint8Array, at: Placement, into: Placed): void =>
  copyRows(extent, at, into.at, (source, target, length) =>
    into.memory.write(target, from.subarray(source, source + length)),
  );

const copyRows = (
  extent: Extent,
  from: Placement,
  to: Placement,
  copy: (source: number, target: number, length: number) => void,
): void => {
  const { rowBytes, rows, layers } = extent;
  if (isTight(extent, from) && isTight(extent, to)) {
    copy(from.offset, to.offset, rowBytes * rows * layers);
    return;
  }
  for (let layer = 0; layer < layers; layer += 1) {
    for (let row = 0; row < rows; row += 1) {
      const source = from.offset + layer * from.layerStride + row * from.stride;
      copy(source, to.offset + layer * to.layerStride + row * to.stride, rowBytes);
    }
  }
};
