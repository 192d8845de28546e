// A display of whichever guest is there, for viewers: they stay while guests come and go.

import type { CursorImage, DisplaySource, InputSink, Rect, Size, SourceListener } from '../../display';
import { SourceListeners } from '../../display/source-listeners';
import { VirglError } from '../../protocol/error';
import type { GuestScreen } from '../../vhost-user';

const OFF: Size = { width: 0, height: 0 };

/** Shows one screen at a time; nothing while there is none. */
export class GuestSource implements DisplaySource {
  readonly input: InputSink | undefined;
  readonly #index: number;
  readonly #listeners = new SourceListeners();
  #screen: GuestScreen | undefined;
  #stop: (() => void) | undefined;

  /** @param index which of a guest's displays */
  constructor(index: number, input?: InputSink) {
    this.#index = index;
    this.input = input;
  }

  get label(): string {
    return this.#screen?.label ?? `no guest, display ${this.#index}`;
  }

  get size(): Size {
    return this.#screen?.size ?? OFF;
  }

  get cursor(): CursorImage | undefined {
    return this.#screen?.cursor;
  }

  /** Whether a guest is shown. */
  get isTaken(): boolean {
    return this.#screen !== undefined;
  }

  /** Shows this screen until its guest is gone. */
  show(screen: GuestScreen): void {
    this.#screen = screen;
    if (this.#listeners.isWatched) this.#watch(screen);
    this.#changed();
  }

  /** The guest is gone. */
  clear(): void {
    this.#unwatch();
    this.#screen = undefined;
    this.#changed();
  }

  /** No guest will come any more. */
  close(): void {
    this.clear();
    this.#listeners.close();
  }

  async read(rect: Rect, into: Uint8Array, strideBytes: number): Promise<void> {
    try {
      await this.#screen?.read(rect, into, strideBytes);
    } catch (error) {
      // It has another size since, or is off: what comes next is asked for again.
      if (!(error instanceof VirglError)) throw error;
    }
  }

  subscribe(listener: SourceListener): () => void {
    const stop = this.#listeners.add(listener);
    if (this.#screen !== undefined) this.#watch(this.#screen);
    return () => {
      stop();
      if (!this.#listeners.isWatched) this.#unwatch();
    };
  }

  #watch(screen: GuestScreen): void {
    this.#stop ??= screen.subscribe({
      resized: () => this.#listeners.tell((listener) => listener.resized()),
      damaged: (rect) => this.#listeners.tell((listener) => listener.damaged(rect)),
      cursorChanged: () => this.#listeners.tell((listener) => listener.cursorChanged()),
      restMs: () => this.#listeners.restMs(),
    });
  }

  #unwatch(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #changed(): void {
    this.#listeners.tell((listener) => {
      listener.labelChanged?.();
      listener.resized();
      listener.cursorChanged();
    });
  }
}
