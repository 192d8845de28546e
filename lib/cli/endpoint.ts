// ADDRESS:PORT on the command line.

import { InvalidArgumentError } from 'commander';
import { isIP } from 'node:net';

/** Where to listen. */
export interface Endpoint {
  host: string;
  port: number;
}

const LOOPBACK = '127.0.0.1';
const MAX_PORT = 65535;

/** Reads `127.0.0.1:6080`, `[::1]:6080`, `:6080` or `6080`. @throws InvalidArgumentError which commander shows */
export const parseEndpoint = (text: string): Endpoint => {
  const match = /^(?:(?:\[([\da-f:.]+)\]|([^:[\]]*)):)?(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? (match?.[2] || LOOPBACK);
  const port = Number(match?.[3] ?? NaN);
  const isBracketed = match?.[1] !== undefined;
  if (!(port <= MAX_PORT) || (isIP(host) === 0 && host !== 'localhost') || (isBracketed && isIP(host) !== 6))
    throw new InvalidArgumentError('Expected ADDRESS:PORT, e.g. 127.0.0.1:6080 or [::1]:6080.');
  return { host, port };
};
