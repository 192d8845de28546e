// Who may ask for anything at all, and whose browser was let in. Everything that is asked for passes here first.

import type { IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import type { TLSSocket } from 'node:tls';
import { isOwnName, isOwnOrigin } from '../access/addresses';
import { LoginThrottle } from '../access/login-throttle';
import { type Credential, Sessions } from '../access/sessions';
import type { ViewEvent } from './events';
import { SessionCookie } from './session-cookie';

/** Why somebody is not let in, as a status of HTTP. */
export class Refusal extends Error {
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 429 | 503,
    message: string,
    /** For 429. */
    readonly retryAfterS?: number,
  ) {
    super(message);
  }
}

/** What a gate needs to know of its server. */
export interface GateOptions {
  port: number;
  isSecure: boolean;
  password: string | undefined;
  names: readonly string[];
  onEvent: (event: ViewEvent) => void;
}

/** Whether a request came by TLS. */
const isSecure = ({ socket }: IncomingMessage): boolean => (socket as Partial<TLSSocket>).encrypted === true;

/** The address of who asks; IPv4 as itself even on a socket of IPv6. */
export const addressOf = ({ socket }: IncomingMessage): string =>
  (socket?.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');

/** Decides who is let in. */
export class Gate {
  readonly sessions: Sessions;
  readonly #throttle = new LoginThrottle();
  readonly #cookie: SessionCookie;
  readonly #names: readonly string[];
  readonly #onEvent: (event: ViewEvent) => void;

  constructor({ port, isSecure, password, names, onEvent }: GateOptions) {
    this.sessions = new Sessions({ password });
    this.#cookie = new SessionCookie(port, isSecure);
    this.#names = [hostname(), ...names].map((name) => name.toLowerCase());
    this.#onEvent = onEvent;
  }

  /** The `Host` by which we are called. @throws Refusal for a name that is not ours */
  checkHost(request: IncomingMessage): string {
    const { host } = request.headers;
    if (host === undefined || !isOwnName(host, this.#names))
      throw new Refusal(403, 'this server is not known by that name; see --allow-name');
    return host;
  }

  /** @throws Refusal for requests of other pages */
  checkOrigin(request: IncomingMessage): void {
    const { host, origin } = request.headers;
    if (!isOwnOrigin({ host, origin, isSecure: isSecure(request) }))
      throw new Refusal(403, 'only the page of this server may ask for that');
  }

  /** @throws Refusal for browsers that were not let in */
  checkSession(request: IncomingMessage): void {
    const session = this.#cookie.read(request.headers.cookie);
    if (session === undefined || !this.sessions.has(session))
      throw new Refusal(401, 'open the address that was printed, with a token in it, or give the password');
  }

  /** The cookie for a browser that is let in. @throws Refusal for one that is not, or has to wait */
  login(request: IncomingMessage, credential: Credential): string {
    const address = addressOf(request);
    const isToken = 'token' in credential;
    // Nobody guesses a token: who has a good one does not wait for those who guess passwords.
    const waitMs = isToken ? 0 : this.#throttle.waitMs(address);
    if (waitMs > 0) throw new Refusal(429, 'too many wrong answers', Math.ceil(waitMs / 1000));
    const session = this.sessions.login(credential);
    if (session === undefined) {
      if (!isToken) this.#throttle.failed(address);
      throw new Refusal(401, isToken ? 'this token was used, or never valid' : 'wrong password');
    }
    if (!isToken) this.#throttle.succeeded(address);
    this.#onEvent({ event: 'login', address, by: isToken ? 'token' : 'password' });
    return this.#cookie.set(session, this.sessions.lifetimeS);
  }
}
