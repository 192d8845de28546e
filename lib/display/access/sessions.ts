// Who is let in: a one-time token or the password is exchanged for a session, which the browser keeps in a cookie.

import { digestOf, matchesDigest, newSecret } from './secrets';

/** Options of {@link Sessions}. */
export interface SessionsOptions {
  /** Left out: one gets in with a token only. */
  password?: string;
  /** How long a session lasts. Default 12 hours. */
  lifetimeMs?: number;
  /** More than this, and the oldest ends. Default 64. */
  maxSessions?: number;
  /** Milliseconds, for tests. */
  now?: () => number;
}

/** What somebody offers to be let in. */
export type Credential = { token: string } | { password: string };

const LIFETIME_MS = 12 * 60 * 60 * 1000;
const MAX_SESSIONS = 64;
/** Tokens that were made and not used yet. */
const MAX_TOKENS = 16;

/** Tokens, the password, and the sessions that came of them. Only digests are kept. */
export class Sessions {
  readonly #password: Buffer | undefined;
  readonly #lifetimeMs: number;
  readonly #maxSessions: number;
  readonly #now: () => number;
  readonly #tokens: Buffer[] = [];
  /** When each session ends, by its digest; oldest first. */
  readonly #ends = new Map<string, number>();

  constructor({ password, lifetimeMs, maxSessions, now }: SessionsOptions = {}) {
    this.#password = password === undefined ? undefined : digestOf(password);
    this.#lifetimeMs = lifetimeMs ?? LIFETIME_MS;
    this.#maxSessions = maxSessions ?? MAX_SESSIONS;
    this.#now = now ?? Date.now;
  }

  /** Whether there is a password. */
  get hasPassword(): boolean {
    return this.#password !== undefined;
  }

  /** Seconds that a session lasts, for its cookie. */
  get lifetimeS(): number {
    return Math.floor(this.#lifetimeMs / 1000);
  }

  /** A token that lets one browser in, once. */
  newToken(): string {
    const token = newSecret();
    this.#tokens.push(digestOf(token));
    if (this.#tokens.length > MAX_TOKENS) this.#tokens.shift();
    return token;
  }

  /** A new session's secret, or undefined if nobody is let in for that. */
  login(credential: Credential): string | undefined {
    if ('token' in credential ? !this.#takeToken(credential.token) : !this.#isPassword(credential.password))
      return undefined;
    const session = newSecret();
    this.#ends.set(digestOf(session).toString('hex'), this.#now() + this.#lifetimeMs);
    for (const [oldest] of this.#ends) {
      if (this.#ends.size <= this.#maxSessions) break;
      this.#ends.delete(oldest);
    }
    return session;
  }

  /** Whether a session has this secret. It is looked up by its digest, so that how long that takes tells nothing. */
  has(session: string): boolean {
    const key = digestOf(session).toString('hex');
    const end = this.#ends.get(key);
    if (end !== undefined && end <= this.#now()) this.#ends.delete(key);
    return end !== undefined && end > this.#now();
  }

  #takeToken(token: string): boolean {
    // All are compared, whichever it is.
    const found = this.#tokens.map((digest) => matchesDigest(token, digest)).indexOf(true);
    if (found >= 0) this.#tokens.splice(found, 1);
    return found >= 0;
  }

  #isPassword(password: string): boolean {
    return this.#password !== undefined && matchesDigest(password, this.#password);
  }
}
