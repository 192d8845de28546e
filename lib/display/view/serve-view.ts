// Displays for browsers: one server for the page, for who is let in, and for the pictures over WebSockets.

import http from 'node:http';
import https from 'node:https';
import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { isLoopback, listenError, urlHost } from '../access/addresses';
import { type Certificate, ownCertificate } from '../access/certificate';
import { Gate } from './gate';
import { type CheckedViewOptions, checkViewOptions, type ServeViewOptions } from './options';
import { PageFiles } from './page-files';
import { answerRequests } from './requests';
import { ViewerSockets } from './viewer-sockets';

/** A running server. */
export interface ViewServer extends AsyncDisposable {
  /** Where it is, without a secret. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Of the certificate, SHA-256, where there is TLS. */
  readonly fingerprint: string | undefined;
  /** How many viewers there are. */
  readonly viewers: number;
  /** An address that lets one browser in, once. Show it to nobody else. */
  loginUrl(): string;
  /** Disconnects everybody and ends. Safe to call twice. */
  close(): Promise<void>;
}

const OPERATION = 'serveView';
const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];
const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;

/** Where it can be called, which `0.0.0.0` is not. */
const calledHost = (host: string): string =>
  WILDCARDS.includes(host) ? hostname().toLowerCase() : urlHost(host);

/** Undefined where loopback needs none. */
const certificateFor = async ({ host, tls }: CheckedViewOptions): Promise<Certificate | undefined> => {
  if (tls !== undefined) return { ...tls, fingerprint: new X509Certificate(tls.cert).fingerprint256 };
  return isLoopback(host) ? undefined : ownCertificate();
};

const createServer = (certificate: Certificate | undefined): http.Server => {
  const timing = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
  };
  if (certificate === undefined) return http.createServer(timing);
  const { cert, key } = certificate;
  return https.createServer({
    ...timing,
    cert,
    key,
    minVersion: 'TLSv1.2',
    handshakeTimeout: HEADERS_TIMEOUT_MS,
  });
};

/** The port that it listens on. */
const listen = (server: http.Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(listenError(OPERATION, host, port, error));
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      resolve((server.address() as AddressInfo).port);
    });
  });

const closeServer = (server: http.Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/**
 * Shows displays to browsers. On loopback addresses over http; elsewhere over https only, with a certificate that is made on first
 * use unless one is given. Whoever looks needs an address from `loginUrl()`, which works once, or the password.
 * @throws VirglError `ERR_VIRGL_ARGUMENT`; `ERR_VIRGL_SYSTEM` if it can't listen there or keep its certificate
 */
export const serveView = async (given: ServeViewOptions): Promise<ViewServer> => {
  const options = checkViewOptions(given);
  const { host, onEvent, limits, displays, viewOnly, password, names, rfbLimits } = options;
  const certificate = await certificateFor(options);
  const isSecure = certificate !== undefined;
  const server = createServer(certificate);
  server.maxConnections = limits.maxConnections;
  const port = await listen(server, host, options.port);
  const gate = new Gate({ port, isSecure, password, names, onEvent });
  const sockets = new ViewerSockets({ gate, displays, viewOnly, limits, rfbLimits, onEvent });
  const answer = answerRequests({ gate, files: new PageFiles(), displays, isSecure, viewOnly, onEvent });
  server.on('request', (request, response) => void answer(request, response));
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  const url = `${isSecure ? 'https' : 'http'}://${calledHost(host)}:${port}/`;
  if (certificate?.madeFile !== undefined) onEvent({ event: 'certificate', file: certificate.madeFile });
  onEvent({ event: 'listening', url, fingerprint: certificate?.fingerprint });
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await sockets.close();
    await closeServer(server);
    onEvent({ event: 'closed', url });
  };
  return {
    url,
    host,
    port,
    fingerprint: certificate?.fingerprint,
    get viewers() {
      return sockets.size;
    },
    // Behind `#`, where neither servers nor logs see it.
    loginUrl: () => `${url}#token=${gate.sessions.newToken()}`,
    close: () => (closed ??= close()),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
};
