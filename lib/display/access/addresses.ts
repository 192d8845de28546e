// Where a server listens, and by which names browsers may call it.

import { BlockList, isIP, isIPv6 } from 'node:net';
import { VirglError } from '../../protocol/error';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether only this machine can reach it. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && LOOPBACK.check(host, isIPv6(host) ? 'ipv6' : 'ipv4'));

/** A host as it stands in a URL. */
export const urlHost = (host: string): string => (isIPv6(host) ? `[${host}]` : host);

/** A page of somebody else's that calls this server. */
export interface CallerCheck {
  /** `Host` of the request. */
  host: string | undefined;
  /** `Origin` of the request, which browsers add to what scripts ask for. */
  origin: string | undefined;
  /** Whether the connection is TLS. */
  isSecure: boolean;
}

/** The name in a `Host` header, or undefined for nonsense. */
const nameIn = (host: string): string | undefined => {
  if (!/^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.test(host)) return undefined;
  return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '');
};

/**
 * Whether a server may be called by this name. An address can't be somebody else's name for this machine, which is how DNS
 * rebinding works; names have to be known.
 */
export const isOwnName = (host: string | undefined, names: readonly string[]): boolean => {
  const name = host === undefined ? undefined : nameIn(host);
  return name !== undefined && (isIP(name) !== 0 || name === 'localhost' || names.includes(name));
};

/** Whether a script of our own page asks. A request without `Origin` is no script's. */
export const isOwnOrigin = ({ host, origin, isSecure }: CallerCheck): boolean =>
  origin !== undefined && origin === `${isSecure ? 'https' : 'http'}://${host}`;

/** The error of a server that can't listen, with what to do about it. */
export const listenError = (operation: string, host: string, port: number, error: Error): VirglError => {
  const { code, message } = error as NodeJS.ErrnoException;
  const where = `${urlHost(host)}:${port}`;
  const why =
    code === 'EADDRINUSE'
      ? `something listens on ${where} already; name another port, or 0 for any that is free`
      : `can't listen on ${where}: ${message}`;
  return new VirglError('ERR_VIRGL_SYSTEM', `${operation}: ${why}`, {
    operation,
    field: 'port',
    cause: error,
  });
};
