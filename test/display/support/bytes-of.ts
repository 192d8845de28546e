// Bytes of a stream, taken by their number.

import type { Readable } from 'node:stream';

/** Reads a stream. */
export class StreamBytes {
  readonly #stream: Readable;
  #rest: Buffer = Buffer.alloc(0);
  received = 0;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on('error', () => undefined);
  }

  /** The next bytes; rejects when the stream ends before. */
  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [this.#rest];
    let have = this.#rest.length;
    while (have < length) {
      const chunk = this.#stream.read() as Buffer | null;
      if (chunk !== null) {
        parts.push(chunk);
        have += chunk.length;
        this.received += chunk.length;
        continue;
      }
      if (this.#stream.readableEnded || this.#stream.destroyed) {
        this.#rest = Buffer.concat(parts);
        throw new Error(`the stream ended ${length - have} bytes too early`);
      }
      await new Promise<void>((resolve) => {
        const names = ['readable', 'end', 'close', 'error'];
        const done = (): void => {
          for (const name of names) this.#stream.removeListener(name, done);
          resolve();
        };
        for (const name of names) this.#stream.on(name, done);
      });
    }
    const all = parts.length === 1 ? this.#rest : Buffer.concat(parts);
    this.#rest = all.subarray(length);
    return all.subarray(0, length);
  }

  async u8(): Promise<number> {
    return (await this.take(1)).readUInt8(0);
  }

  async u16(): Promise<number> {
    return (await this.take(2)).readUInt16BE(0);
  }

  async u32(): Promise<number> {
    return (await this.take(4)).readUInt32BE(0);
  }

  async s32(): Promise<number> {
    return (await this.take(4)).readInt32BE(0);
  }
}
