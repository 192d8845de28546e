// What a view server has to tell. Tokens, passwords, cookies and what is typed are never in it.

import type { RfbEvent } from '../rfb/events';
import type { RfbEnd } from '../rfb/options';

/** Something that happened at a view server; one line of a log. */
export type ViewEvent =
  /** `fingerprint` is that of the certificate, where there is TLS. */
  | { event: 'listening'; url: string; fingerprint?: string }
  /** A certificate was made and is kept in `file`. */
  | { event: 'certificate'; file: string }
  /** A browser was let in. After `token` that token is used up. */
  | { event: 'login'; address: string; by: 'token' | 'password' }
  /** A browser was not let in, or asked for something that it may not have. */
  | { event: 'refused'; address: string; reason: string }
  | { event: 'connected'; viewer: number; address: string; display: number }
  | { event: 'viewer'; viewer: number; told: RfbEvent }
  | { event: 'disconnected'; viewer: number; address: string; display: number; end: RfbEnd }
  | { event: 'warning'; message: string }
  | { event: 'closed'; url: string };
