// Who may do what.

/** What a viewer may do. */
export type RfbAccess = 'control' | 'view';

/** One try to get in. RFB never shows a password (VncAuth answers a challenge), so it can only be compared. */
export interface PasswordAttempt {
  /** From security types that ask for one. */
  readonly user?: string;
  /** Whether this is the password; takes as long whether it is or not. VncAuth compares the first 8 bytes only. */
  matches(password: string): boolean;
}

/**
 * Decides about a try to get in: what the viewer may do, or undefined if it may not. May take its time, and be told who knocks
 * too often by the promise being late.
 */
export type RfbAuthenticate = (
  attempt: PasswordAttempt,
) => RfbAccess | undefined | Promise<RfbAccess | undefined>;
