// Where frames end. Nothing in the command stream says so; clients that show what they draw read it back, and clients that don't clear
// what they draw to when the next frame begins.

import type { CallEffects, ReadBack } from '../observe/host-observer';

/** By what frames are told apart. */
export type FrameRule = 'auto' | 'readback' | 'clear' | 'none';

/** What was drawn to last. */
export interface FrameTarget {
  contextId: number;
  resourceId: number;
}

/** Where a detector is in a frame. */
export interface FrameProgress {
  /** Whether something was drawn since the last frame ended. */
  hasDrawn: boolean;
  last: FrameTarget | undefined;
  /** Resources that were cleared in this frame by an earlier submit. */
  cleared: readonly number[];
  /** Resources that were drawn to in it. */
  drawn: readonly number[];
}

/** Follows what is drawn, and says where a frame ends. */
export class FrameDetector {
  readonly #rule: FrameRule;
  /** Drawn to since the last frame ended, of those that are still there. */
  readonly #drawn = new Set<number>();
  #hasDrawn = false;
  /** Cleared in this frame by an earlier submit. */
  readonly #cleared = new Set<number>();
  #last: FrameTarget | undefined;

  constructor(rule: FrameRule) {
    this.#rule = rule;
  }

  /** Whether something was drawn since the last frame ended, which is a frame then if nothing follows. */
  get hasDrawn(): boolean {
    return this.#hasDrawn && this.#rule !== 'none';
  }

  /** What was drawn to last. */
  get target(): FrameTarget | undefined {
    return this.#last;
  }

  /** Whether what is cleared once more begins another frame. */
  get clearsBeginFrames(): boolean {
    return this.#rule === 'auto' || this.#rule === 'clear';
  }

  /** Whether a stream begins another frame; a frame ends before it then. */
  isBegunBy({ stream }: CallEffects): boolean {
    if (!this.clearsBeginFrames) return false;
    if (stream === undefined || stream.cleared.size === 0) return false;
    for (const id of stream.cleared) if (this.#cleared.has(id)) return true;
    return false;
  }

  /** Whether a read-back is the end of a frame; the frame ends behind it then. */
  isEndedBy({ isWhole, resource }: ReadBack): boolean {
    if (this.#rule !== 'auto' && this.#rule !== 'readback') return false;
    return isWhole && this.#drawn.has(resource.id);
  }

  /** A stream of a context was submitted. */
  submitted(contextId: number, { stream }: CallEffects): void {
    if (stream === undefined) return;
    for (const id of stream.cleared) this.#cleared.add(id);
    for (const id of stream.drawn) {
      this.#drawn.add(id);
      this.#hasDrawn = true;
      this.#last = { contextId, resourceId: id };
    }
  }

  /** A resource is gone, and its id may come again. */
  forget(resourceId: number): void {
    this.#drawn.delete(resourceId);
    this.#cleared.delete(resourceId);
    if (this.#last?.resourceId === resourceId) this.#last = undefined;
  }

  /** Where it is in a frame, for somebody who follows it from here on. */
  lend(): FrameProgress {
    return {
      hasDrawn: this.#hasDrawn,
      last: this.#last,
      cleared: [...this.#cleared],
      drawn: [...this.#drawn],
    };
  }

  /** Goes on from there. */
  takeBack({ hasDrawn, last, cleared, drawn }: FrameProgress): void {
    this.end();
    this.#hasDrawn = hasDrawn;
    this.#last = last;
    for (const id of cleared) this.#cleared.add(id);
    for (const id of drawn) this.#drawn.add(id);
  }

  /** The frame is over. */
  end(): void {
    this.#drawn.clear();
    this.#cleared.clear();
    this.#hasDrawn = false;
  }
}
