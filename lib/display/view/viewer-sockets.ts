// WebSockets of viewers: checked before they are one, then an RFB connection each.

import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import type { Display } from '../display';
import { serveRfbConnection } from '../rfb/connection';
import type { RfbLimits } from '../rfb/options';
import type { ViewEvent } from './events';
import { addressOf, type Gate, Refusal } from './gate';
import type { ViewLimits } from './options';
import { pathOf } from './requests';

/** What {@link ViewerSockets} needs. */
export interface ViewerSocketParts {
  gate: Gate;
  displays: readonly Display[];
  viewOnly: boolean;
  limits: ViewLimits;
  rfbLimits: Partial<RfbLimits> | undefined;
  onEvent: (event: ViewEvent) => void;
}

const PATH = /^\/display\/(\d{1,4})$/;

/** Ends what never became a WebSocket. */
const refuse = (socket: Duplex, { status, message }: Refusal): void => {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    'X-Content-Type-Options: nosniff',
    `Content-Length: ${Buffer.byteLength(message)}`,
  ];
  // Whoever does not hang up is not waited for.
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${message}`);
};

/** Ends connections whose other end is gone without a word. Returns how to stop. */
const watchPings = (socket: WebSocket, timeoutMs: number): (() => void) => {
  let isAlive = true;
  const timer = setInterval(() => {
    if (!isAlive) socket.terminate();
    isAlive = false;
    socket.ping();
  }, timeoutMs);
  const alive = (): void => void (isAlive = true);
  socket.on('pong', alive).on('message', alive);
  return () => clearInterval(timer);
};

/** The viewers of a server. */
export class ViewerSockets {
  readonly #parts: ViewerSocketParts;
  readonly #server: WebSocketServer;
  readonly #viewers = new Map<number, Promise<void>>();
  readonly #abort = new AbortController();
  #nextViewer = 1;

  constructor(parts: ViewerSocketParts) {
    this.#parts = parts;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Pictures are compressed already.
      perMessageDeflate: false,
      maxPayload: parts.limits.maxMessageBytes,
    });
  }

  /** How many there are. */
  get size(): number {
    return this.#viewers.size;
  }

  /** Takes what asks to be a WebSocket, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until it is a WebSocket, nobody else listens for its errors.
    const ignore = (): void => {};
    socket.on('error', ignore);
    try {
      const display = this.#check(request);
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        socket.off('error', ignore);
        this.#add(webSocket, display, addressOf(request));
      });
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(400, 'not a WebSocket');
      this.#parts.onEvent({ event: 'refused', address: addressOf(request), reason: refusal.message });
      refuse(socket, refusal);
    }
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#viewers.values());
    this.#server.close();
  }

  /** The number of the display that is asked for. @throws Refusal */
  #check(request: IncomingMessage): number {
    const { gate, displays, limits } = this.#parts;
    gate.checkHost(request);
    gate.checkOrigin(request);
    gate.checkSession(request);
    const number = Number(PATH.exec(pathOf(request))?.[1] ?? NaN);
    if (displays[number] === undefined) throw new Refusal(404, 'there is no such display');
    if (this.#abort.signal.aborted) throw new Refusal(503, 'the server ends');
    if (this.#viewers.size >= limits.maxViewers)
      throw new Refusal(503, `there are ${limits.maxViewers} viewers already`);
    return number;
  }

  #add(socket: WebSocket, display: number, address: string): void {
    const viewer = this.#nextViewer;
    this.#nextViewer += 1;
    const served = this.#serve(socket, viewer, display, address).finally(() => this.#viewers.delete(viewer));
    this.#viewers.set(viewer, served);
  }

  async #serve(socket: WebSocket, viewer: number, display: number, address: string): Promise<void> {
    const { displays, viewOnly, limits, rfbLimits, onEvent } = this.#parts;
    onEvent({ event: 'connected', viewer, address, display });
    const stopPings = watchPings(socket, limits.pingTimeoutMs);
    const stream = createWebSocketStream(socket);
    // RFB's end is told by serveRfbConnection; errors after it are of no interest.
    stream.on('error', () => {});
    try {
      const end = await serveRfbConnection(stream, {
        display: displays[display],
        access: viewOnly ? 'view' : 'control',
        limits: rfbLimits,
        signal: this.#abort.signal,
        onEvent: (told) => onEvent({ event: 'viewer', viewer, told }),
      });
      onEvent({ event: 'disconnected', viewer, address, display, end });
    } catch (error) {
      onEvent({ event: 'warning', message: `viewer ${viewer}: ${(error as Error).message}` });
    } finally {
      stopPings();
      socket.terminate();
    }
  }
}
