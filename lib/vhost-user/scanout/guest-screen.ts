// One display of a guest, seen from the supervisor of its session process.

import type { SharedMemory } from '../../host';
import type { CursorImage } from '../../image';
import { VirglError } from '../../protocol/error';
import type { Rect } from '../../virtio-gpu';
import { clipped, type Size } from './scanout-sink';

/** A pointer. */
export type ScreenCursor = CursorImage;

/** Told of what changes on a screen. */
export interface ScreenListener {
  resized(): void;
  /** These pixels have changed; until this returns they don't change again. */
  damaged(rect: Rect): void;
  cursorChanged(): void;
  /** There is nothing more to come. */
  closed(): void;
  /** For how long after `damaged` nothing more needs to be read for it, in ms. Default 0. */
  restMs(): number;
}

/** The pixels of a screen. */
export interface ScreenPicture extends Size {
  /** BGRX rows without gaps. */
  pixels: Uint8Array;
}

const PIXEL_BYTES = 4;
const OFF: Size = { width: 0, height: 0 };

/** A display. While nobody has subscribed, nothing is read back. */
export class GuestScreen {
  readonly label: string;
  readonly index: number;
  readonly #watch: (on: boolean) => void;
  readonly #listeners = new Set<Partial<ScreenListener>>();
  #size: Size = OFF;
  #cursor: ScreenCursor | undefined;
  #memory: SharedMemory | undefined;
  /** Whether the memory has been filled. */
  #hasPixels = false;
  #closed = false;

  /** @param watch told when somebody wants to see it, and when nobody does any more */
  constructor(label: string, index: number, watch: (on: boolean) => void) {
    this.label = label;
    this.index = index;
    this.#watch = watch;
  }

  /** 0x0 while it shows nothing. */
  get size(): Size {
    return this.#size;
  }

  get cursor(): ScreenCursor | undefined {
    return this.#cursor;
  }

  /** Tells of changes from now on; returns how to stop. */
  subscribe(listener: Partial<ScreenListener>): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1 && !this.#closed) this.#watch(true);
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      this.#drop();
      if (!this.#closed) this.#watch(false);
    };
  }

  /** For how long after a change nobody needs more of it read, in ms. */
  restMs(): number {
    const rests = Array.from(this.#listeners, (listener) => listener.restMs?.() ?? 0);
    return rests.length === 0 ? 0 : Math.min(...rests);
  }

  /**
   * Copies a rectangle as BGRX rows.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` for one that is not on the screen; `ERR_VIRGL_CLOSED` when the guest is gone
   */
  async read(rect: Rect, into: Uint8Array, strideBytes: number): Promise<void> {
    const stop = this.subscribe({});
    try {
      await this.#filled();
      this.#copy(rect, into, strideBytes);
    } finally {
      stop();
    }
  }

  /** What it shows now. @throws VirglError `ERR_VIRGL_CLOSED` when it is off, or the guest is gone */
  async picture(): Promise<ScreenPicture> {
    const stop = this.subscribe({});
    try {
      await this.#filled();
      return this.copy() as ScreenPicture;
    } finally {
      stop();
    }
  }

  /** What was read back last; undefined before anything was. */
  copy(): ScreenPicture | undefined {
    const memory = this.#hasPixels ? this.#memory : undefined;
    return memory && { ...this.#size, pixels: memory.bytes.slice() };
  }

  /** The guest has chosen another size. */
  resize(size: Size): void {
    this.#drop();
    this.#size = size;
    for (const listener of this.#listeners) listener.resized?.();
  }

  /** Its pixels are there from now on. */
  useMemory(memory: SharedMemory, size: Size): void {
    this.#drop();
    this.#size = size;
    this.#memory = memory;
  }

  /** Pixels have been read into its memory. */
  fill(rect: Rect): void {
    this.#hasPixels = true;
    for (const listener of this.#listeners) listener.damaged?.(rect);
  }

  showCursor(cursor: ScreenCursor): void {
    this.#cursor = cursor;
    for (const listener of this.#listeners) listener.cursorChanged?.();
  }

  /** The guest is gone. */
  close(): void {
    this.#closed = true;
    this.#drop();
    this.#size = OFF;
    for (const listener of [...this.#listeners]) listener.closed?.();
  }

  #copy(rect: Rect, into: Uint8Array, strideBytes: number): void {
    const { width, height } = this.#size;
    const inside = clipped(rect, this.#size);
    if (inside?.width !== rect.width || inside.height !== rect.height)
      throw new VirglError(
        'ERR_VIRGL_ARGUMENT',
        `read: expected a rectangle inside of ${width}x${height} for rect but received ${rect.width}x${rect.height} at ${rect.x},${rect.y}`,
        { operation: 'read', field: 'rect', value: rect },
      );
    const bytes = this.#memory?.bytes ?? new Uint8Array(0);
    for (let row = 0; row < rect.height; row += 1) {
      const from = ((rect.y + row) * width + rect.x) * PIXEL_BYTES;
      into.set(bytes.subarray(from, from + rect.width * PIXEL_BYTES), row * strideBytes);
    }
  }

  #drop(): void {
    this.#memory?.close();
    this.#memory = undefined;
    this.#hasPixels = false;
  }

  /** Waits for pixels. */
  async #filled(): Promise<void> {
    if (this.#hasPixels) return;
    const off = (): VirglError =>
      new VirglError('ERR_VIRGL_CLOSED', `${this.label} shows nothing`, { operation: 'read' });
    if (this.#closed || this.#size.width === 0) throw off();
    let stop = (): void => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        stop = this.subscribe({
          damaged: () => resolve(),
          closed: () => reject(off()),
          resized: () => {
            if (this.#size.width === 0) reject(off());
          },
        });
      });
    } finally {
      stop();
    }
  }
}
