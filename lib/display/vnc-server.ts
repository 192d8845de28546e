// A VNC server: RFB over TCP.

import net from 'node:net';
import { invalidArgument, VirglError } from '../protocol/error';
import { checkKeys } from '../protocol/check-keys';
import type { Display } from './display';
import { checkRfbOptions, serveRfbConnection } from './rfb/connection';
import type { RfbEvent } from './rfb/events';
import type { RfbAuthenticate } from './rfb/access';
import type { RfbEnd, RfbOptions } from './rfb/options';

/** Something that happened in a {@link VncServer}; one line of a log. */
export type VncServerEvent =
  | { event: 'listening'; host: string; port: number }
  | { event: 'connected'; client: number; address: string }
  | { event: 'turnedAway'; address: string; reason: string }
  | (RfbEvent & { client: number; address: string })
  | ({ event: 'disconnected'; client: number; address: string } & RfbEnd)
  | { event: 'closed'; host: string; port: number };

/** Options of {@link serveVnc}. */
export interface VncServerOptions extends Omit<RfbOptions, 'authenticate' | 'signal' | 'onEvent'> {
  display: Display;
  /** Where to listen. Default 127.0.0.1: viewers of this machine only. */
  host?: string;
  /** Default 5900; 0 for any that is free. */
  port?: number;
  /** Decides about passwords, for each address that viewers come from. See `guardPasswords`. */
  authenticate?: (address: string) => RfbAuthenticate;
  /** More viewers than that are turned away. Default 32. */
  maxClients?: number;
  /** More viewers than that whose handshake is not done are turned away. Default 8. */
  maxHandshakes?: number;
  /** Told of everything that happens. */
  onEvent?: (event: VncServerEvent) => void;
}

const OPERATION = 'serveVnc';
const NAMES: readonly (keyof VncServerOptions)[] = [
  'display',
  'access',
  'tls',
  'requireTls',
  'limits',
  'host',
  'port',
  'authenticate',
  'maxClients',
  'maxHandshakes',
  'onEvent',
];
const DEFAULTS = { host: '127.0.0.1', port: 5900, maxClients: 32, maxHandshakes: 8 } as const;
const RANGES = { port: [0, 65535], maxClients: [1, 10_000], maxHandshakes: [1, 10_000] } as const;

type Checked = VncServerOptions & Required<Pick<VncServerOptions, keyof typeof DEFAULTS>>;

const check = (options: VncServerOptions): Checked => {
  checkKeys(OPERATION, undefined, options, NAMES);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const checked = { ...DEFAULTS, ...(given as unknown as VncServerOptions) };
  checkRfbOptions(OPERATION, { ...rfbOptionsOf(checked) });
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = checked[name as keyof typeof RANGES];
    if (!Number.isInteger(value) || value < least || value > most)
      throw invalidArgument(OPERATION, name, `an integer from ${least} to ${most}`, value);
  }
  if (typeof checked.host !== 'string' || checked.host === '')
    throw invalidArgument(OPERATION, 'host', 'an address', checked.host);
  for (const name of ['authenticate', 'onEvent'] as const)
    if (checked[name] !== undefined && typeof checked[name] !== 'function')
      throw invalidArgument(OPERATION, name, 'a function', checked[name]);
  return checked;
};

const rfbOptionsOf = ({ display, access, tls, requireTls, limits }: VncServerOptions): RfbOptions => ({
  display,
  access,
  tls,
  requireTls,
  limits,
});

/** A running VNC server. */
export class VncServer implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly #options: Checked;
  readonly #server: net.Server;
  readonly #ends = new Map<number, { abort: AbortController; ended: Promise<void> }>();
  #handshakes = 0;
  #lastClient = 0;
  #closing: Promise<void> | undefined;

  private constructor(options: Checked, server: net.Server) {
    const { address, port } = server.address() as net.AddressInfo;
    this.host = address;
    this.port = port;
    this.#options = options;
    this.#server = server;
    server.on('connection', (socket) => this.#admit(socket));
    this.#tell({ event: 'listening', host: address, port });
  }

  /**
   * Starts to listen.
   * @throws VirglError `ERR_VIRGL_ARGUMENT`; `ERR_VIRGL_SYSTEM` where the address can't be had
   */
  static async listen(options: VncServerOptions): Promise<VncServer> {
    const checked = check(options);
    const { host, port } = checked;
    const server = net.createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) =>
        reject(
          new VirglError(
            'ERR_VIRGL_SYSTEM',
            `${OPERATION}: can't listen at ${host}:${port}: ${cause.message}`,
            {
              operation: OPERATION,
              cause,
            },
          ),
        ),
      );
      server.listen({ host, port }, resolve);
    });
    server.removeAllListeners('error');
    // What goes wrong with one connection (no descriptors left) leaves the server as it is.
    server.on('error', () => undefined);
    return new VncServer(checked, server);
  }

  /** Viewers that are connected. */
  get clients(): number {
    return this.#ends.size;
  }

  /** Disconnects all viewers and ends. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const { abort } of this.#ends.values()) abort.abort();
    await Promise.all([...this.#ends.values()].map(({ ended }) => ended));
    await closed;
    this.#tell({ event: 'closed', host: this.host, port: this.port });
  }

  #tell(event: VncServerEvent): void {
    this.#options.onEvent?.(event);
  }

  #admit(socket: net.Socket): void {
    const address = socket.remoteAddress ?? 'unknown';
    const { maxClients, maxHandshakes } = this.#options;
    const reason =
      this.#ends.size >= maxClients
        ? `there are ${maxClients} viewers already`
        : this.#handshakes >= maxHandshakes
          ? `${maxHandshakes} viewers have not finished their handshakes`
          : undefined;
    if (reason !== undefined) {
      socket.on('error', () => undefined);
      socket.destroy();
      return this.#tell({ event: 'turnedAway', address, reason });
    }
    const client = ++this.#lastClient;
    const abort = new AbortController();
    const ended = this.#serve(socket, client, address, abort.signal).finally(() => this.#ends.delete(client));
    this.#ends.set(client, { abort, ended });
  }

  async #serve(socket: net.Socket, client: number, address: string, signal: AbortSignal): Promise<void> {
    const { authenticate } = this.#options;
    let isShakingHands = true;
    const shookHands = (): void => {
      if (isShakingHands) this.#handshakes -= 1;
      isShakingHands = false;
    };
    this.#handshakes += 1;
    this.#tell({ event: 'connected', client, address });
    const end = await serveRfbConnection(socket, {
      ...rfbOptionsOf(this.#options),
      signal,
      authenticate: authenticate?.(address),
      onEvent: (event) => {
        if (event.event === 'ready') shookHands();
        this.#tell({ ...event, client, address });
      },
    });
    shookHands();
    this.#tell({ event: 'disconnected', client, address, ...end });
  }
}

/**
 * Serves a display to VNC viewers.
 * @throws VirglError `ERR_VIRGL_ARGUMENT`; `ERR_VIRGL_SYSTEM` where the address can't be had
 */
export const serveVnc = (options: VncServerOptions): Promise<VncServer> => VncServer.listen(options);
