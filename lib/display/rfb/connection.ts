// One viewer: an RFB connection (RFC 6143) from its first byte to its last.

import type { Duplex } from 'node:stream';
import { invalidArgument } from '../../protocol/error';
import { checkKeys } from '../../protocol/check-keys';
import { Display } from '../display';
import { type Agreement, shakeHands } from './handshake';
import { checkRfbLimits } from './limits';
import type { RfbEnd, RfbLimits, RfbOptions } from './options';
import type { SecurityPolicy } from './security';
import { FIRST_FORMAT, RfbSession } from './session';
import { Stop } from './stop';
import { Transport } from './transport';

const OPERATION = 'serveRfbConnection';
const NAMES: readonly (keyof RfbOptions)[] = [
  'display',
  'authenticate',
  'access',
  'tls',
  'requireTls',
  'limits',
  'signal',
  'onEvent',
];
/** For the words that tell a viewer why it is not let in. */
const LAST_WORDS_MS = 500;

/** @throws VirglError `ERR_VIRGL_ARGUMENT` */
export const checkRfbOptions = (operation: string, options: RfbOptions): RfbLimits => {
  if (!(options.display instanceof Display))
    throw invalidArgument(operation, 'display', 'a Display', options.display);
  const { access = 'control', requireTls = false, tls } = options;
  if (access !== 'control' && access !== 'view')
    throw invalidArgument(operation, 'access', "'control' or 'view'", access);
  if (requireTls && tls === undefined)
    throw invalidArgument(operation, 'tls', 'a certificate where requireTls is set', tls);
  for (const name of ['authenticate', 'onEvent'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw invalidArgument(operation, name, 'a function', options[name]);
  return checkRfbLimits(operation, options.limits);
};

/** Any error as the end of a connection; what is none of ours has failed. */
const stopOf = (error: unknown): Stop =>
  error instanceof Stop ? error : new Stop('failed', (error as Error)?.message ?? String(error));

class Connection {
  readonly #transport: Transport;
  readonly #options: RfbOptions;
  readonly #limits: RfbLimits;
  readonly #began = performance.now();
  /** Rejects when the connection has to end for a reason that does not come from the stream. */
  readonly #stopped: Promise<never>;
  #stop: (error: unknown) => void = () => undefined;
  #handshakeTimer: NodeJS.Timeout | undefined;
  #agreement: Agreement | undefined;
  #session: RfbSession | undefined;

  constructor(stream: Duplex, options: RfbOptions, limits: RfbLimits) {
    this.#transport = new Transport(stream);
    this.#options = options;
    this.#limits = limits;
    this.#stopped = new Promise((_resolve, reject) => {
      this.#stop = reject;
    });
    this.#stopped.catch(() => undefined);
  }

  async serve(): Promise<RfbEnd> {
    const { signal } = this.#options;
    const abort = (): void => this.#stop(new Stop('closed', 'the server ended it'));
    signal?.addEventListener('abort', abort);
    if (signal?.aborted === true) abort();
    const end = await this.#run().catch(stopOf);
    // Whoever looks at a password may still be at it.
    clearTimeout(this.#handshakeTimer);
    signal?.removeEventListener('abort', abort);
    // The session's last keys go to whoever gets input: that may throw too.
    try {
      this.#session?.close();
    } catch {
      // It is over in any case.
    }
    await this.#transport.close(end.kind === 'refused' ? LAST_WORDS_MS : 0);
    return this.#report(end);
  }

  async #run(): Promise<never> {
    const agreement = await this.#untilStopped(this.#shakeHands());
    this.#agreement = agreement;
    const { display, onEvent } = this.#options;
    onEvent?.({ event: 'ready', ...agreement });
    this.#session = new RfbSession({
      display,
      onEvent,
      transport: this.#transport,
      limits: this.#limits,
      access: agreement.access,
      size: agreement.size,
      stop: (error) => this.#stop(error),
    });
    return this.#untilStopped(this.#session.run());
  }

  async #shakeHands(): ReturnType<typeof shakeHands> {
    const { handshakeTimeoutMs } = this.#limits;
    this.#handshakeTimer = setTimeout(
      () => this.#stop(new Stop('timeout', `it did not finish the handshake in ${handshakeTimeoutMs} ms`)),
      handshakeTimeoutMs,
    );
    const { display } = this.#options;
    try {
      return await shakeHands(this.#transport, this.#policy(), { display, format: FIRST_FORMAT });
    } finally {
      clearTimeout(this.#handshakeTimer);
    }
  }

  #policy(): SecurityPolicy {
    const { authenticate, access = 'control', tls, requireTls = false, onEvent } = this.#options;
    return {
      authenticate,
      access,
      tls,
      requireTls,
      onDenied: (security) => onEvent?.({ event: 'denied', security }),
    };
  }

  #untilStopped<T>(work: Promise<T>): Promise<T> {
    // Whichever comes second is nobody's.
    work.catch(() => undefined);
    return Promise.race([work, this.#stopped]);
  }

  #report({ kind, message }: Stop): RfbEnd {
    const { reader, writer } = this.#transport;
    return {
      kind,
      reason: message,
      access: this.#agreement?.access,
      frames: this.#session?.frames ?? 0,
      sentBytes: writer.sentBytes,
      receivedBytes: reader.receivedBytes,
      durationMs: performance.now() - this.#began,
    };
  }
}

/**
 * Serves one RFB viewer on any stream (a socket, TLS, a WebSocket) to its end, and destroys the stream. Whatever the viewer does, it
 * resolves and says why the connection ended.
 * @throws VirglError `ERR_VIRGL_ARGUMENT` (rejects) for options that can't be
 */
export const serveRfbConnection = async (stream: Duplex, options: RfbOptions): Promise<RfbEnd> => {
  checkKeys(OPERATION, undefined, options, NAMES);
  const limits = checkRfbOptions(OPERATION, options);
  return new Connection(stream, options, limits).serve();
};
