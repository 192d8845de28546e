// The two directions of a connection, which may turn to TLS on the way.

import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { ByteReader } from './byte-reader';
import { ByteWriter } from './byte-writer';
import { Stop } from './stop';

/** A connection to a viewer. */
export class Transport {
  #stream: Duplex;
  #reader: ByteReader;
  #writer: ByteWriter;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#reader = new ByteReader(stream);
    this.#writer = new ByteWriter(stream);
  }

  get reader(): ByteReader {
    return this.#reader;
  }

  get writer(): ByteWriter {
    return this.#writer;
  }

  /**
   * Goes on inside TLS, as its server.
   * @throws Stop `refused` where the viewer breaks it off
   */
  async startTls(secureContext: tls.SecureContext): Promise<void> {
    await this.#writer.idle();
    this.#reader.detach();
    const plain = this.#stream;
    const secure = new tls.TLSSocket(plain, { isServer: true, secureContext });
    this.#stream = secure;
    this.#reader = new ByteReader(secure);
    this.#writer = new ByteWriter(secure);
    // What breaks below is told by the TLS socket.
    plain.on('error', () => undefined);
    await new Promise<void>((resolve, reject) => {
      const fail = (error?: Error): void =>
        reject(new Stop('refused', `TLS was not agreed on: ${error?.message ?? 'the viewer left'}`));
      secure.once('secure', () => {
        secure.removeListener('close', fail);
        secure.removeListener('error', fail);
        resolve();
      });
      secure.once('error', fail);
      secure.once('close', () => fail());
    });
  }

  /** Sends what is queued if the viewer takes it soon, and closes. */
  async close(patienceMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs);
    });
    await Promise.race([this.#writer.idle(), patience]);
    clearTimeout(timer);
    this.destroy();
  }

  destroy(): void {
    this.#writer.abandon();
    // Errors that come now are nobody's.
    this.#stream.on('error', () => undefined);
    this.#stream.destroy();
  }
}
