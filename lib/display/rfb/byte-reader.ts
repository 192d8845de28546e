// What a viewer sends, taken as it is needed: what nobody asks for stays in the system's buffers, and then with the viewer.

import type { Duplex } from 'node:stream';
import { Stop } from './stop';

/** Reads bytes of a stream by their number. */
export class ByteReader {
  readonly #stream: Duplex;
  #chunks: Buffer[] = [];
  #available = 0;
  #received = 0;
  #error: Error | undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('error', this.#noteError);
  }

  /** All that was taken from the stream. */
  get receivedBytes(): number {
    return this.#received;
  }

  /**
   * The next bytes.
   * @throws Stop `left` when the stream ends before
   */
  async take(lengthBytes: number): Promise<Buffer> {
    while (this.#available < lengthBytes) await this.#more();
    return this.#cut(lengthBytes);
  }

  /** Passes over bytes without keeping them. */
  async skip(lengthBytes: number): Promise<void> {
    let rest = lengthBytes;
    while (rest > 0) {
      if (this.#available === 0) await this.#more();
      const step = Math.min(rest, this.#available);
      this.#cut(step);
      rest -= step;
    }
  }

  /** Leaves the stream to another; what was not asked for is put back. */
  detach(): void {
    this.#stream.removeListener('error', this.#noteError);
    if (this.#available > 0) this.#stream.unshift(this.#cut(this.#available));
  }

  readonly #noteError = (error: Error): void => {
    this.#error = error;
  };

  async #more(): Promise<void> {
    for (;;) {
      const chunk = this.#stream.read() as Buffer | null;
      if (chunk !== null) {
        this.#chunks.push(chunk);
        this.#available += chunk.length;
        this.#received += chunk.length;
        return;
      }
      if (this.#error !== undefined) throw new Stop('left', `the connection broke: ${this.#error.message}`);
      if (this.#stream.readableEnded || this.#stream.destroyed)
        throw new Stop('left', 'the viewer closed the connection');
      await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const names = ['readable', 'end', 'close', 'error'] as const;
      const done = (): void => {
        for (const name of names) this.#stream.removeListener(name, done);
        resolve();
      };
      for (const name of names) this.#stream.on(name, done);
    });
  }

  #cut(lengthBytes: number): Buffer {
    this.#available -= lengthBytes;
    const [first] = this.#chunks;
    if (first !== undefined && first.length > lengthBytes) {
      this.#chunks[0] = first.subarray(lengthBytes);
      return first.subarray(0, lengthBytes);
    }
    const all = this.#chunks.length === 1 ? (first as Buffer) : Buffer.concat(this.#chunks);
    this.#chunks = all.length > lengthBytes ? [all.subarray(lengthBytes)] : [];
    return all.subarray(0, lengthBytes);
  }
}
