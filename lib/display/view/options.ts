// How displays are shown to browsers.

import { isIP } from 'node:net';
import { invalidArgument } from '../../protocol/error';
import { isLoopback } from '../access/addresses';
import { checkKeys } from '../../protocol/check-keys';
import { Display } from '../display';
import type { RfbLimits } from '../rfb/options';
import type { ViewEvent } from './events';

/** What a view server lets browsers use. */
export interface ViewLimits {
  /** Viewers at a time. Default 16. */
  maxViewers: number;
  /** Connections at a time, of viewers and for files. Default 128. */
  maxConnections: number;
  /** Longest message of a viewer in bytes. Default 1.25 MiB: a clipboard and a little. */
  maxMessageBytes: number;
  /** A viewer whose browser answers no ping for so long is disconnected. Default 30 s. */
  pingTimeoutMs: number;
}

/** Options of {@link serveView}. */
export interface ServeViewOptions {
  /** What is shown. */
  display?: Display;
  /** What is shown, where there are several to choose from. */
  displays?: readonly Display[];
  /** Where to listen. Default 127.0.0.1. Other than loopback addresses are served with TLS only. */
  host?: string;
  /** Default 6080; 0 takes any that is free. */
  port?: number;
  /** Also let in who knows this password. Left out: only who has a token of `loginUrl()`. */
  password?: string;
  /** Certificate and key as PEM. Left out: none on loopback, elsewhere one that is made and kept for this user. */
  tls?: { cert: string; key: string };
  /** Viewers see and can't touch. Default false. */
  viewOnly?: boolean;
  /** Names by which browsers may call this machine, beside addresses, localhost and its host name. */
  names?: readonly string[];
  limits?: Partial<ViewLimits>;
  /** Of each viewer's RFB connection. */
  rfbLimits?: Partial<RfbLimits>;
  /** Told of everything that happens. */
  onEvent?: (event: ViewEvent) => void;
}

/** Options with defaults. */
export type CheckedViewOptions = Omit<ServeViewOptions, 'display' | 'limits'> &
  Required<Pick<ServeViewOptions, 'displays' | 'host' | 'port' | 'viewOnly' | 'names'>> & {
    limits: ViewLimits;
    onEvent: (event: ViewEvent) => void;
  };

/** Where browsers are served if nothing else is asked for; the port is that of websockify's examples. */
export const DEFAULT_VIEW_ENDPOINT = { host: '127.0.0.1', port: 6080 } as const;

const OPERATION = 'serveView';
const NAMES: Readonly<Record<keyof ServeViewOptions, true>> = {
  display: true,
  displays: true,
  host: true,
  port: true,
  password: true,
  tls: true,
  viewOnly: true,
  names: true,
  limits: true,
  rfbLimits: true,
  onEvent: true,
};
const LIMITS: ViewLimits = {
  maxViewers: 16,
  maxConnections: 128,
  maxMessageBytes: 1.25 * 1024 * 1024,
  pingTimeoutMs: 30_000,
};

const checkLimits = (given: Partial<ViewLimits>): ViewLimits => {
  checkKeys(OPERATION, 'limits', given, Object.keys(LIMITS));
  for (const [name, value] of Object.entries(given)) {
    if (!Number.isInteger(value) || value < 1)
      throw invalidArgument(OPERATION, `limits.${name}`, 'a whole number from 1', value);
  }
  return { ...LIMITS, ...given };
};

const checkPlace = (host: unknown, port: unknown): void => {
  if (typeof host !== 'string' || (isIP(host) === 0 && !isLoopback(host)))
    throw invalidArgument(OPERATION, 'host', 'an address such as 127.0.0.1 or ::, or localhost', host);
  if (!Number.isInteger(port) || (port as number) < 0 || (port as number) > 65535)
    throw invalidArgument(OPERATION, 'port', 'a whole number from 0 to 65535', port);
};

/** @throws VirglError `ERR_VIRGL_ARGUMENT` */
export const checkViewOptions = (options: ServeViewOptions): CheckedViewOptions => {
  checkKeys(OPERATION, undefined, options, Object.keys(NAMES));
  const { display, displays = display === undefined ? [] : [display], password, tls } = options;
  const { host, port } = { ...DEFAULT_VIEW_ENDPOINT, ...options };
  if (!Array.isArray(displays) || displays.length === 0 || !displays.every((one) => one instanceof Display))
    throw invalidArgument(OPERATION, 'displays', 'at least one Display', displays);
  checkPlace(host, port);
  // The value is left out of the message: it may be most of a password.
  if (password !== undefined && (typeof password !== 'string' || password === ''))
    throw invalidArgument(OPERATION, 'password', 'text that is not empty', typeof password);
  if (tls !== undefined && (typeof tls?.cert !== 'string' || typeof tls.key !== 'string'))
    throw invalidArgument(OPERATION, 'tls', 'cert and key as PEM', typeof tls);
  return {
    ...options,
    displays,
    host,
    port,
    viewOnly: options.viewOnly ?? false,
    names: options.names ?? [],
    limits: checkLimits(options.limits ?? {}),
    onEvent: options.onEvent ?? (() => {}),
  };
};
