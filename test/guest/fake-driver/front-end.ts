// The front-end's side of vhost-user: what QEMU sends, and what a broken one sends.

import type { FileDescriptor, UnixSocket } from '../../../lib/host';
import { encodeRequest, HEADER_BYTES, type RequestPayload } from '../../../lib/vhost-user/protocol/message';
import { PAYLOADS, type Payloads } from '../../../lib/vhost-user/protocol/payloads';
import { type RequestName, REQUESTS, type RequestSpec } from '../../../lib/vhost-user/protocol/requests';

/** How a request is sent. */
export interface AskOptions {
  /** Closed when they were sent. */
  fds?: readonly FileDescriptor[];
  needsReply?: boolean;
}

/** One end of a vhost-user connection. */
export class FrontEnd implements Disposable {
  readonly socket: UnixSocket;

  constructor(socket: UnixSocket) {
    this.socket = socket;
  }

  /** Sends a request. */
  tell<Name extends RequestName>(name: Name, payload: RequestPayload<Name>, options: AskOptions = {}): void {
    const { fds = [], needsReply } = options;
    this.socket.sendSync(encodeRequest(name, payload, { needsReply }), { fds });
    for (const fd of fds) fd.close();
  }

  /** Sends a request and waits for its answer. */
  async ask<Name extends RequestName>(
    name: Name,
    payload: RequestPayload<Name>,
    options: AskOptions = {},
  ): Promise<Payloads[keyof Payloads]> {
    const spec: RequestSpec = REQUESTS[name];
    this.tell(name, payload, { ...options, needsReply: spec.reply === undefined });
    const header = await this.#receive(HEADER_BYTES);
    const view = new DataView(header.buffer);
    const bytes = await this.#receive(view.getUint32(8, true));
    if (view.getUint32(0, true) !== spec.id || view.getUint32(4, true) !== 5)
      throw new Error(`${name} was answered with ${Buffer.from(header).toString('hex')}`);
    return PAYLOADS[spec.reply ?? 'u64'].decode(bytes);
  }

  /** Resolves when the backend has closed the connection. */
  async ended(): Promise<void> {
    const into = new Uint8Array(4096);
    try {
      while ((await this.socket.receive(into)) > 0);
    } catch {
      // Reset: it was closed with something unread.
    }
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }

  async #receive(lengthBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(lengthBytes);
    for (let done = 0; done < lengthBytes;) {
      const length = await this.socket.receive(bytes.subarray(done));
      if (length === 0) throw new Error('the backend has closed the connection');
      done += length;
    }
    return bytes;
  }
}
