// Who guesses passwords waits: each wrong one from an address makes the next take longer to be looked at.

import type { PasswordAttempt, RfbAccess, RfbAuthenticate } from './rfb/access';

/** Options of {@link guardPasswords}. */
export interface GuardOptions {
  /** Lets in with all rights. */
  password: string;
  /** Lets in to look only. */
  viewPassword?: string;
}

const FIRST_DELAY_MS = 500;
const MOST_DELAY_MS = 10_000;
/** A wrong password is forgotten after so long. */
const FORGET_MS = 60_000;
/** Addresses that are remembered; beyond that the one that failed longest ago is forgotten. */
const MOST_ADDRESSES = 1024;

interface Failures {
  count: number;
  at: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

/**
 * Looks at passwords, slower and slower for an address that sends wrong ones: half a second after the first, twice that after the
 * next, up to 10 s. A right password from another address is not delayed.
 */
export const guardPasswords = ({
  password,
  viewPassword,
}: GuardOptions): ((address: string) => RfbAuthenticate) => {
  const failures = new Map<string, Failures>();
  const accessOf = (attempt: PasswordAttempt): RfbAccess | undefined => {
    // Both are always compared: how long it takes says nothing.
    const isControl = attempt.matches(password);
    const isView = viewPassword !== undefined && attempt.matches(viewPassword);
    return isControl ? 'control' : isView ? 'view' : undefined;
  };
  const note = (address: string, before: Failures | undefined): void => {
    failures.delete(address);
    failures.set(address, { count: (before?.count ?? 0) + 1, at: performance.now() });
    const [oldest] = failures.keys();
    if (failures.size > MOST_ADDRESSES && oldest !== undefined) failures.delete(oldest);
  };
  return (address) => async (attempt) => {
    const known = failures.get(address);
    const before = known !== undefined && performance.now() - known.at < FORGET_MS ? known : undefined;
    const access = accessOf(attempt);
    if (access === undefined) note(address, before);
    // Noted before the pause, so that guesses made at the same time count too. A right one waits as long as a wrong one would.
    const count = (before?.count ?? 0) + (access === undefined ? 1 : 0);
    if (count > 0) await pause(Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** (count - 1)));
    if (access !== undefined) failures.delete(address);
    return access;
  };
};
