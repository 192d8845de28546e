// Guessing at speed: after some wrong answers an address has to wait, twice as long each time; and all addresses together have a limit.

import { isIPv6 } from 'node:net';

/** Options of {@link LoginThrottle}. */
export interface LoginThrottleOptions {
  /** Wrong answers of one address that cost no time. Default 3. */
  freeFailures?: number;
  /** The first wait. Default 1 s. */
  firstWaitMs?: number;
  /** The longest wait. Default 60 s. */
  maxWaitMs?: number;
  /** Wrong answers a minute, of everybody together. Default 30. */
  maxFailuresPerMinute?: number;
  /** Milliseconds, for tests. */
  now?: () => number;
}

interface Failures {
  count: number;
  /** Of the last. */
  at: number;
}

const MINUTE_MS = 60_000;
/** Wrong answers are forgotten after so long. */
const MEMORY_MS = 15 * MINUTE_MS;
const MAX_ADDRESSES = 1024;

/** Who has a network of IPv6 has all its addresses. */
const keyOf = (address: string): string =>
  isIPv6(address) && !address.startsWith('::') ? address.split(':').slice(0, 4).join(':') : address;

/** Counts wrong answers. */
export class LoginThrottle {
  readonly #options: Required<LoginThrottleOptions>;
  readonly #failures = new Map<string, Failures>();
  #recent: number[] = [];

  constructor(options: LoginThrottleOptions = {}) {
    this.#options = {
      freeFailures: 3,
      firstWaitMs: 1000,
      maxWaitMs: MINUTE_MS,
      maxFailuresPerMinute: 30,
      now: Date.now,
      ...options,
    };
  }

  /** How long this address has to wait before it may try; 0 if it may. */
  waitMs(address: string): number {
    const { now, maxFailuresPerMinute } = this.#options;
    this.#recent = this.#recent.filter((at) => at > now() - MINUTE_MS);
    const isFlooded = this.#recent.length >= maxFailuresPerMinute;
    const forAll = isFlooded ? (this.#recent[0] ?? 0) + MINUTE_MS - now() : 0;
    return Math.max(0, forAll, this.#ownWaitMs(keyOf(address)));
  }

  /** A wrong answer. */
  failed(address: string): void {
    const key = keyOf(address);
    const at = this.#options.now();
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#failures.delete(key);
    this.#failures.set(key, { count, at });
    this.#recent.push(at);
    for (const [oldest] of this.#failures) {
      if (this.#failures.size <= MAX_ADDRESSES) break;
      this.#failures.delete(oldest);
    }
  }

  /** A right answer. */
  succeeded(address: string): void {
    this.#failures.delete(keyOf(address));
  }

  #ownWaitMs(key: string): number {
    const { now, freeFailures, firstWaitMs, maxWaitMs } = this.#options;
    const failures = this.#failures.get(key);
    if (failures === undefined) return 0;
    if (failures.at <= now() - MEMORY_MS) {
      this.#failures.delete(key);
      return 0;
    }
    const over = failures.count - freeFailures;
    if (over < 0) return 0;
    return failures.at + Math.min(maxWaitMs, firstWaitMs * 2 ** over) - now();
  }
}
