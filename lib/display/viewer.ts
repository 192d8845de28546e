// What one viewer of a display has not seen yet.

import type { Capturer } from './capture';
import type { Frame } from './frame';
import { contains, overlap, Region } from './region';
import type { Rect } from './source';

/** Told of what a viewer should know. */
export interface ViewerListener {
  /** There is something to see that the viewer has not seen. */
  damaged(): void;
  resized(): void;
  cursorChanged(): void;
  clipboardChanged(text: string): void;
  labelChanged(): void;
  closed(): void;
  /** As `SourceListener.restMs`. */
  restMs?(): number;
}

/** Pixels that moved without change. */
export interface Copy {
  from: { x: number; y: number };
  to: Rect;
}

const isWithin = ({ from, to }: Copy, rect: Rect): boolean =>
  contains(rect, to) && contains(rect, { ...to, ...from });

/** What was new for a viewer at one moment. */
export interface Update {
  /** To be done before the pixels are drawn. */
  copy: Copy | undefined;
  rects: readonly Rect[];
  /** Whoever asked releases it. */
  frame: Frame;
}

/** One viewer of a display. What it has not seen yet adds up here until it asks. */
export class DisplayViewer {
  readonly listener: ViewerListener;
  readonly #capturer: Capturer;
  readonly #detach: () => void;
  readonly #unseen = new Region();
  #copy: Copy | undefined;

  constructor(capturer: Capturer, listener: ViewerListener, detach: () => void) {
    this.#capturer = capturer;
    this.listener = listener;
    this.#detach = detach;
  }

  /** Whether there is anything new in a rectangle. */
  hasNews(within: Rect): boolean {
    return this.#unseen.overlaps(within) || (this.#copy !== undefined && overlap(this.#copy.to, within));
  }

  /** These pixels are new. */
  damage(rect: Rect): void {
    this.#unseen.add(rect);
    this.listener.damaged();
  }

  /** Pixels have moved. It is only good for who has seen them where they were; who is behind gets them as new ones. */
  copied(from: { x: number; y: number }, to: Rect): void {
    const source = { ...to, ...from };
    if (this.#copy !== undefined || this.#unseen.overlaps(source) || this.#capturer.isReading)
      return this.damage(to);
    this.#unseen.remove(to);
    this.#copy = { from, to };
    this.listener.damaged();
  }

  /**
   * Takes what is new in a rectangle, so that it is not any more.
   * @throws what `DisplaySource.read` rejects with; then it is still new
   */
  async take(within: Rect, canCopy: boolean): Promise<Update> {
    let copy = this.#copy;
    this.#copy = undefined;
    if (copy !== undefined && !(canCopy && isWithin(copy, within))) {
      this.#unseen.add(copy.to);
      copy = undefined;
    }
    const { rects } = this.#unseen.within(within);
    this.#unseen.remove(within);
    try {
      return { copy, rects, frame: await this.#capturer.capture(rects) };
    } catch (error) {
      for (const rect of copy === undefined ? rects : [...rects, copy.to]) this.#unseen.add(rect);
      throw error;
    }
  }

  /**
   * Reads a part once more.
   * @throws what `DisplaySource.read` rejects with
   */
  read(rect: Rect): Promise<Frame> {
    return this.#capturer.capture([rect]);
  }

  /** Ends it. */
  detach(): void {
    this.#detach();
  }
}
