// Reads parts of a source, one read at a time; what is asked for meanwhile, by any viewer, is read together.

import { type Frame, FramePool, type Piece } from './frame';
import { contains, intersection, isEmptyRect, Region } from './region';
import type { DisplaySource, Rect } from './source';

interface Waiting {
  rects: readonly Rect[];
  resolve(frame: Frame): void;
  reject(error: unknown): void;
}

/** Reads a {@link DisplaySource} for many. */
export class Capturer {
  readonly #source: DisplaySource;
  readonly #pool = new FramePool();
  #waiting: Waiting[] = [];
  #isReading = false;

  constructor(source: DisplaySource) {
    this.#source = source;
  }

  /** Whether pixels are being read just now: what changes may or may not be among them. */
  get isReading(): boolean {
    return this.#isReading || this.#waiting.length > 0;
  }

  /**
   * The pixels of some rectangles, maybe among others; black outside the picture. The caller releases the frame.
   * @throws what `source.read` rejects with
   */
  capture(rects: readonly Rect[]): Promise<Frame> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rects, resolve, reject });
      // Those that a change has woken ask in the same turn.
      if (this.#waiting.length === 1 && !this.#isReading) queueMicrotask(() => void this.#readAll());
    });
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    while (this.#waiting.length > 0) {
      const served = this.#waiting;
      this.#waiting = [];
      await this.#serve(served);
    }
    this.#isReading = false;
  }

  async #serve(served: readonly Waiting[]): Promise<void> {
    const wanted = new Region(served.flatMap(({ rects }) => rects));
    const frame = this.#pool.take(wanted.rects);
    try {
      await Promise.all(frame.pieces.map((piece) => this.#read(frame, piece)));
      for (const { resolve } of served) resolve(frame.hold());
    } catch (error) {
      for (const { reject } of served) reject(error);
    } finally {
      frame.release();
    }
  }

  async #read(frame: Frame, piece: Piece): Promise<void> {
    const { rect, strideBytes } = piece;
    const bytes = frame.bytes(piece);
    const inside = intersection(rect, { x: 0, y: 0, ...this.#source.size });
    if (!contains(inside, rect)) bytes.fill(0);
    if (isEmptyRect(inside)) return;
    const offset = (inside.y - rect.y) * strideBytes + (inside.x - rect.x) * 4;
    await this.#source.read(inside, bytes.subarray(offset), strideBytes);
  }
}
