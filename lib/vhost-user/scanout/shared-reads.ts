// One read-back for all who show the same: QEMU's display and viewers ask for the same rectangle in the same moment, and copying pixels
// is cheaper than reading them from the GPU again.

import type { Rect } from '../../virtio-gpu';
import type { ReadScanout, ScanoutSink } from './scanout-sink';

const PIXEL_BYTES = 4;

/** What was read of a display last, and where it is. */
interface LastRead {
  rect: Rect;
  into: Uint8Array;
  strideBytes: number;
  done: Promise<void>;
}

const isSame = (a: Rect, b: Rect): boolean =>
  a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;

const copyRows = (
  { rect, into: from, strideBytes: fromStride }: LastRead,
  into: Uint8Array,
  stride: number,
): void => {
  const rowBytes = rect.width * PIXEL_BYTES;
  if (fromStride === stride) {
    into.set(from.subarray(0, (rect.height - 1) * stride + rowBytes));
    return;
  }
  for (let row = 0; row < rect.height; row += 1)
    into.set(from.subarray(row * fromStride, row * fromStride + rowBytes), row * stride);
};

/** Reads displays, and what has not changed since it was read last only once. */
export class SharedReads implements ScanoutSink {
  readonly #source: ReadScanout;
  readonly #last = new Map<number, LastRead>();

  /** @param source reads from the GPU */
  constructor(source: ReadScanout) {
    this.#source = source;
  }

  shown(index: number): void {
    this.#last.delete(index);
  }

  damaged(index: number): void {
    this.#last.delete(index);
  }

  /** Cursors are not read back. */
  cursorChanged(): void {}

  cursorMoved(): void {}

  /** Reads a rectangle, as {@link ReadScanout}. What it is read into is the caller's until the same caller reads again. */
  readonly read: ReadScanout = async (index, rect, into, strideBytes) => {
    const last = this.#last.get(index);
    if (last === undefined || !isSame(last.rect, rect)) return this.#readAnew(index, rect, into, strideBytes);
    await last.done;
    // Meanwhile something may have changed, or its memory been closed.
    if (this.#last.get(index) !== last || last.into.byteLength === 0)
      return this.#readAnew(index, rect, into, strideBytes);
    copyRows(last, into, strideBytes);
  };

  async #readAnew(index: number, rect: Rect, into: Uint8Array, strideBytes: number): Promise<void> {
    const read: LastRead = { rect, into, strideBytes, done: this.#source(index, rect, into, strideBytes) };
    this.#last.set(index, read);
    try {
      await read.done;
    } catch (error) {
      if (this.#last.get(index) === read) this.#last.delete(index);
      throw error;
    }
  }
}
