// A picture and its viewers.

import { invalidArgument } from '../protocol/error';
import { EncoderPool } from './encode/encoder-pool';
import { Capturer } from './capture';
import { CpuBudget } from './cpu-budget';
import { DisplayViewer, type ViewerListener } from './viewer';
import type { CursorImage, DisplaySource, InputSink, Rect, Size } from './source';

/** Options of {@link Display}. */
export interface DisplayOptions {
  /**
   * Threads that encode pictures, shared by all viewers; 0 encodes on the thread of the caller. Default: one for each processor, at
   * most 4.
   */
  encoderThreads?: number;
  /**
   * What showing may take of the processors' time while others are at work, from 0.01 to 1: frames are left out to keep to it, unless
   * somebody types or points. For sources that others draw; what this process draws itself would count too. Default 1: no limit.
   */
  cpuShare?: number;
}

/** What is shown while the source is off. */
const SIZE_WHILE_OFF: Size = { width: 640, height: 480 };

const LEAST_SHARE = 0.01;

/** @throws VirglError `ERR_VIRGL_ARGUMENT` */
const checkShare = (share = 1): number => {
  if (typeof share === 'number' && share >= LEAST_SHARE && share <= 1) return share;
  throw invalidArgument('Display', 'cpuShare', `a number from ${LEAST_SHARE} to 1`, share);
};

/**
 * Shows a {@link DisplaySource} to any number of viewers, each at its own pace. While there is no viewer the source is not listened
 * to, and while no viewer can take a picture none is read.
 */
export class Display implements Disposable {
  readonly source: DisplaySource;
  readonly encoders: EncoderPool;
  readonly budget: CpuBudget;
  readonly #capturer: Capturer;
  readonly #viewers = new Set<DisplayViewer>();
  #unsubscribe: (() => void) | undefined;
  #lastSize = SIZE_WHILE_OFF;
  #isClosed = false;

  /** @throws VirglError `ERR_VIRGL_ARGUMENT` */
  constructor(source: DisplaySource, options: DisplayOptions = {}) {
    this.source = source;
    this.encoders = new EncoderPool(options.encoderThreads);
    this.budget = new CpuBudget(checkShare(options.cpuShare));
    this.#capturer = new Capturer(source);
  }

  get label(): string {
    return this.source.label;
  }

  /** While the source is off: that of its last picture. */
  get size(): Size {
    const { width, height } = this.source.size;
    if (width > 0 && height > 0) this.#lastSize = { width, height };
    return this.#lastSize;
  }

  get cursor(): CursorImage | undefined {
    return this.source.cursor;
  }

  get input(): InputSink | undefined {
    return this.source.input;
  }

  /** How many look at it. */
  get viewers(): number {
    return this.#viewers.size;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** A new viewer, for which all of the picture is new. */
  attach(listener: ViewerListener): DisplayViewer {
    const viewer = new DisplayViewer(this.#capturer, listener, () => this.#detach(viewer));
    this.#viewers.add(viewer);
    viewer.damage(this.#all());
    if (this.#isClosed) queueMicrotask(() => listener.closed());
    else this.#unsubscribe ??= this.#subscribe();
    return viewer;
  }

  /** Ends all viewers. The source is left as it is. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    for (const viewer of this.#viewers) viewer.listener.closed();
    this.encoders.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #all(): Rect {
    return { x: 0, y: 0, ...this.size };
  }

  #subscribe(): () => void {
    const tell = (what: (listener: ViewerListener) => void): void => {
      for (const { listener } of this.#viewers) what(listener);
    };
    return this.source.subscribe({
      resized: () => {
        for (const viewer of this.#viewers) {
          viewer.listener.resized();
          viewer.damage(this.#all());
        }
      },
      damaged: (rect) => {
        for (const viewer of this.#viewers) viewer.damage(rect);
      },
      copied: (from, to) => {
        for (const viewer of this.#viewers) viewer.copied(from, to);
      },
      cursorChanged: () => tell((listener) => listener.cursorChanged()),
      clipboardChanged: (text) => tell((listener) => listener.clipboardChanged(text)),
      labelChanged: () => tell((listener) => listener.labelChanged()),
      closed: () => this.close(),
      restMs: () => Math.min(...Array.from(this.#viewers, ({ listener }) => listener.restMs?.() ?? 0)),
    });
  }

  #detach(viewer: DisplayViewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }
}
