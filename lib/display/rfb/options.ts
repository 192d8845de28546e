// How a viewer's connection is served, and how it ended.

import type tls from 'node:tls';
import type { Display } from '../display';
import type { RfbAccess, RfbAuthenticate } from './access';
import type { RfbEvent } from './events';

/** What one viewer may use. */
export interface RfbLimits {
  /** Longest that version, security and initialisation may take. Default 10 s. */
  handshakeTimeoutMs: number;
  /** Longest text on the clipboard in either direction, in bytes of UTF-8. Default 1 MiB; what is longer is skipped. */
  maxClipboardBytes: number;
  /** Most frames a second. Default 60. */
  maxFramesPerSecond: number;
  /** A viewer to which nothing could be sent for so long is disconnected. Default 60 s. */
  stallTimeoutMs: number;
}

/** Options of {@link serveRfbConnection}. */
export interface RfbOptions {
  /** What is shown. */
  display: Display;
  /** Left out: everybody may see and control the display. */
  authenticate?: RfbAuthenticate;
  /** What who needs no password may do. Default `control`. */
  access?: RfbAccess;
  /** Offers VeNCrypt: TLS inside the connection with this certificate. Leave it out where the stream is encrypted already. */
  tls?: tls.SecureContext;
  /** Refuses viewers that can't do VeNCrypt; needs `tls`. Default false. */
  requireTls?: boolean;
  limits?: Partial<RfbLimits>;
  /** Ends the connection. */
  signal?: AbortSignal;
  /** Told of everything that happens. */
  onEvent?: (event: RfbEvent) => void;
}

/**
 * Why a connection ended: the viewer `left`; it was not let in (`refused`); it spoke no RFB, or against a limit (`protocol`); it was
 * too slow (`timeout`); the display or the caller `closed` it; something of ours `failed`.
 */
export type RfbEndKind = 'left' | 'refused' | 'protocol' | 'timeout' | 'closed' | 'failed';

/** How a connection went. */
export interface RfbEnd {
  kind: RfbEndKind;
  /** For people. */
  reason: string;
  /** Undefined if the handshake was not finished. */
  access?: RfbAccess;
  frames: number;
  sentBytes: number;
  receivedBytes: number;
  durationMs: number;
}
