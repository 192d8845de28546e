// A zlib stream that lasts as long as a viewer's connection; each piece can be inflated as soon as it has come.

import zlib from 'node:zlib';
import { VirglError } from '../../protocol/error';

const CHUNK_BYTES = 64 * 1024;
/** More than that costs time that no viewer gets back. */
const MOST_LEVEL = 6;

/** Deflates piece by piece, in libuv's pool of threads. */
export class DeflateStream {
  readonly #deflate: zlib.Deflate;
  #level: number;
  #out: Uint8Array[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(level: number) {
    this.#level = Math.min(level, MOST_LEVEL);
    this.#deflate = zlib.createDeflate({
      level: this.#level,
      chunkSize: CHUNK_BYTES,
      flush: zlib.constants.Z_SYNC_FLUSH,
    });
    this.#deflate.on('data', (bytes: Uint8Array) => this.#out.push(bytes));
    // Whoever waits for a piece is told by its callback.
    this.#deflate.on('error', () => undefined);
  }

  /** The next piece. Pieces are deflated in the order of the calls. `level` counts from this piece on. */
  deflate(bytes: Uint8Array, level: number): Promise<Uint8Array[]> {
    const done = this.#last.then(async () => {
      await this.#setLevel(Math.min(level, MOST_LEVEL));
      await this.#write(bytes);
      const out = this.#out;
      this.#out = [];
      return out;
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  close(): void {
    this.#deflate.destroy();
  }

  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#deflate.destroyed)
        reject(new VirglError('ERR_VIRGL_CLOSED', 'deflate: the stream is closed'));
      // Never called where it is destroyed meanwhile.
      this.#deflate.once('close', reject);
      this.#deflate.write(bytes, (error) => {
        this.#deflate.removeListener('close', reject);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  #setLevel(level: number): Promise<void> {
    if (level === this.#level) return Promise.resolve();
    this.#level = level;
    return new Promise((resolve, reject) =>
      // Its types leave the error out.
      this.#deflate.params(level, zlib.constants.Z_DEFAULT_STRATEGY, ((error?: Error) => {
        if (error) reject(error);
        else resolve();
      }) as () => void),
    );
  }
}
