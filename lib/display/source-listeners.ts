// Who listens to a source, for those who write one.

import type { SourceListener } from './source';

/** The listeners of a source. */
export class SourceListeners {
  readonly #all = new Set<SourceListener>();
  #isClosed = false;
  #whenWatched: (() => void)[] = [];

  /** Whether anybody listens. */
  get isWatched(): boolean {
    return this.#all.size > 0;
  }

  /** As `DisplaySource.subscribe`. */
  add(listener: SourceListener): () => void {
    if (this.#isClosed) queueMicrotask(() => listener.closed());
    else this.#all.add(listener);
    this.#wake();
    return () => void this.#all.delete(listener);
  }

  /** Tells all of them. */
  tell(what: (listener: SourceListener) => void): void {
    for (const listener of this.#all) what(listener);
  }

  /** For how long after a change none of them needs anything read. */
  restMs(): number {
    const rests = Array.from(this.#all, (listener) => listener.restMs?.() ?? 0);
    return rests.length === 0 ? 0 : Math.min(...rests);
  }

  /** Resolves when somebody listens, or when it ends. */
  async watched(): Promise<void> {
    if (this.isWatched || this.#isClosed) return;
    await new Promise<void>((resolve) => this.#whenWatched.push(resolve));
  }

  /** Tells all of them that it is over. Safe to call twice. */
  close(): void {
    this.#isClosed = true;
    const told = [...this.#all];
    this.#all.clear();
    for (const listener of told) listener.closed();
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#whenWatched) resolve();
    this.#whenWatched = [];
  }
}
