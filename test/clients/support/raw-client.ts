// A client that sends whatever bytes it is told to. Descriptors that come with a reply are lost: Node's sockets drop them.

import net from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const CONNECT_LIMIT_MS = 20_000;
const POLL_MS = 4;
/** How much of the replies is kept for {@link RawClient.tail}. */
const TAIL_BYTES = 64;

const dwords = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);

const NAME = Buffer.from('raw-test\0');
const BUSY_WAIT_FOR_CONTEXT = dwords(2, 7, 0, 0);
const BUFFER = dwords(10, 2, 1, 0, 64, 1 << 4, 4096, 1, 1, 1, 0, 0);
const PING = dwords(0, 10);
const BUSY_REPLY_BYTES = 12;
const PING_REPLY_BYTES = 8;

/** One connection. Nothing is read until it is asked for. */
export class RawClient implements Disposable {
  readonly #socket: net.Socket;
  #isClosed = false;
  /** Bytes received in all. */
  received = 0;
  /** The last of them. */
  tail = Buffer.alloc(0);

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('data', (data) => {
      this.received += data.length;
      this.tail = Buffer.concat([this.tail, data]).subarray(-TAIL_BYTES);
    });
    socket.pause();
    socket.on('end', () => (this.#isClosed = true));
    socket.on('close', () => (this.#isClosed = true));
    socket.on('error', () => (this.#isClosed = true));
  }

  /** Connects, or rejects after 20 s. */
  static async connect(path: string): Promise<RawClient> {
    const limit = Date.now() + CONNECT_LIMIT_MS;
    for (;;) {
      const socket = net.connect({ path, allowHalfOpen: true });
      try {
        await once(socket, 'connect');
        return new RawClient(socket);
      } catch (error) {
        // A full queue of connections (listen(2)) is EAGAIN to those who do not wait, as Node's sockets.
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN') || Date.now() > limit)
          throw error;
        await sleep(5);
      }
    }
  }

  /** Whether the server has closed the connection, as far as has been read. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends; resolves when it is sent, cannot be sent, or the time is up. */
  async send(bytes: Uint8Array, limitMs = 2_000): Promise<void> {
    if (this.#isClosed || bytes.length === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#socket.write(bytes, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Reads on until `isEnough`, the server closes, or the time is up. */
  async readUntil(isEnough: () => boolean, limitMs: number): Promise<void> {
    this.#socket.resume();
    // Counted, as a virtual machine may be stopped for longer than the limit.
    for (let left = limitMs / POLL_MS; left > 0 && !isEnough() && !this.#isClosed; left -= 1)
      await sleep(POLL_MS);
    this.#socket.pause();
  }

  /** Says that nothing more will be sent. */
  shutdownWrite(): void {
    this.#socket.end();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** Connects, makes a context and a resource, and rejects unless all that is answered. */
export const expectServed = async (path: string, limitMs = 20_000): Promise<void> => {
  using client = await RawClient.connect(path);
  await client.send(Buffer.concat([dwords(NAME.length, 8), NAME, BUFFER, BUSY_WAIT_FOR_CONTEXT, PING]));
  const wanted = BUSY_REPLY_BYTES + PING_REPLY_BYTES;
  await client.readUntil(() => client.received >= wanted, limitMs);
  if (client.received !== wanted || !client.tail.subarray(-PING_REPLY_BYTES).equals(PING))
    throw new Error(`a client is not served: ${client.received} bytes, closed: ${client.isClosed}`);
};
