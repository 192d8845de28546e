// What goes to a viewer: handed over in portions, so that one sees whether it still takes any.

import type { Duplex } from 'node:stream';

/** Longer pieces are cut, shorter ones joined: one write costs as much as copying this. */
const PORTION_BYTES = 128 * 1024;

/** Writes to a stream, in order. */
export class ByteWriter {
  readonly #stream: Duplex;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #sent = 0;
  #isWriting = false;
  #lastProgress = performance.now();
  #idle: (() => void)[] = [];

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  get sentBytes(): number {
    return this.#sent;
  }

  /** What the stream has not taken yet, and may still take. */
  get backlogBytes(): number {
    return this.#stream.destroyed ? 0 : this.#queuedBytes;
  }

  /** For how long nothing has been taken of what waits. */
  get stalledMs(): number {
    return this.#queuedBytes === 0 ? 0 : performance.now() - this.#lastProgress;
  }

  /** Appends what belongs together. */
  send(...parts: readonly Uint8Array[]): void {
    if (this.#queuedBytes === 0) this.#lastProgress = performance.now();
    for (const part of parts) {
      if (part.length === 0) continue;
      this.#queue.push(part);
      this.#queuedBytes += part.length;
    }
    if (!this.#isWriting) this.#writeNext();
  }

  /** When the stream has taken everything, or is gone. */
  idle(): Promise<void> {
    if (!this.#isWriting || this.#stream.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Nothing more will be taken. */
  abandon(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#becomeIdle();
  }

  #writeNext(): void {
    if (this.#queue.length === 0 || this.#stream.destroyed) return this.#becomeIdle();
    this.#isWriting = true;
    const portion = this.#portion();
    this.#stream.write(portion, (error) => {
      this.#lastProgress = performance.now();
      this.#sent += portion.length;
      this.#queuedBytes = Math.max(0, this.#queuedBytes - portion.length);
      // Why it broke, the reader hears too.
      if (error) this.abandon();
      else this.#writeNext();
    });
  }

  #portion(): Uint8Array {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (this.#queue.length > 0 && length < PORTION_BYTES) {
      const part = this.#queue[0] as Uint8Array;
      const room = PORTION_BYTES - length;
      if (part.length <= room) this.#queue.shift();
      else this.#queue[0] = part.subarray(room);
      parts.push(part.subarray(0, room));
      length += Math.min(room, part.length);
    }
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  }

  #becomeIdle(): void {
    this.#isWriting = false;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }
}
