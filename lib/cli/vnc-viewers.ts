// VNC for displays, as `--vnc` asks for it: open on loopback, elsewhere with password and TLS only.

import { createSecureContext, type SecureContext } from 'node:tls';
import {
  type Display,
  guardPasswords,
  type RfbAuthenticate,
  type RfbLimits,
  serveVnc,
  type VncServer,
  type VncServerEvent,
} from '../display';
import { isLoopback } from '../display/access/addresses';
import { type Certificate, ownCertificate } from '../display/access/certificate';
import { VirglError } from '../protocol/error';
import type { Endpoint } from './endpoint';

/** What VNC viewers get. */
export interface VncViewersOptions {
  displays: readonly Display[];
  /** Of the first display; the others follow on the next ports. */
  endpoint: Endpoint;
  password: string | undefined;
  tls: Certificate | undefined;
  viewOnly: boolean;
  rfbLimits?: Partial<RfbLimits>;
  onEvent: (event: VncServerEvent) => void;
  warn: (message: string) => void;
}

/** Each password is good for what this server allows. */
const authenticateFor = (password: string, viewOnly: boolean): ((address: string) => RfbAuthenticate) => {
  const guard = guardPasswords({ password });
  return (address) => async (attempt) => {
    const access = await guard(address)(attempt);
    return access === 'control' && viewOnly ? 'view' : access;
  };
};

/** @throws VirglError `ERR_VIRGL_ARGUMENT` where everybody could come in */
const certificateFor = async ({
  endpoint,
  password,
  tls,
  warn,
}: VncViewersOptions): Promise<Certificate | undefined> => {
  const { host, port } = endpoint;
  if (!isLoopback(host) && password === undefined) {
    const message = `--vnc: expected --password-file for ${host}, where others can come in, but received none`;
    throw new VirglError('ERR_VIRGL_ARGUMENT', message, { operation: 'viewers', field: 'vnc', value: host });
  }
  if (!isLoopback(host)) return tls ?? ownCertificate();
  if (password === undefined) warn(`every user of this machine can come in by VNC at ${host}:${port}`);
  else if (tls === undefined)
    warn('VNC compares the first 8 characters of the password only, and without TLS encrypts nothing');
  return tls;
};

const contextOf = ({ cert, key }: Certificate): SecureContext =>
  createSecureContext({ cert, key, minVersion: 'TLSv1.2' });

/** Starts a server for each display. @throws VirglError as `serveVnc` does */
export const openVncViewers = async (options: VncViewersOptions): Promise<VncServer[]> => {
  const { displays, endpoint, password, viewOnly, rfbLimits, onEvent, warn } = options;
  const { host, port } = endpoint;
  const certificate = await certificateFor(options);
  if (certificate !== undefined) warn(`VNC's certificate: SHA-256 ${certificate.fingerprint}`);
  const servers: VncServer[] = [];
  try {
    for (const [number, display] of displays.entries())
      servers.push(
        await serveVnc({
          display,
          host,
          port: port === 0 ? 0 : port + number,
          access: viewOnly ? 'view' : 'control',
          authenticate: password === undefined ? undefined : authenticateFor(password, viewOnly),
          tls: certificate && contextOf(certificate),
          requireTls: !isLoopback(host),
          limits: rfbLimits,
          onEvent,
        }),
      );
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    throw error;
  }
  return servers;
};
