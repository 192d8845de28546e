// `--view`, `--vnc` and what belongs to them: the same for every verb that shows displays.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { isIP } from 'node:net';
import { type Display, serveView, type ViewServer } from '../display';
import { type Certificate, readCertificate } from '../display/access/certificate';
import { readPasswordFile } from '../display/access/password-file';
import { DEFAULT_VIEW_ENDPOINT } from '../display/view/options';
import { VirglError } from '../protocol/error';
import { viewerLog } from './viewer-log';

/** Where to listen. */
export interface Endpoint {
  host: string;
  port: number;
}

/** What the options say. */
export interface ViewerOptions {
  /** True: at the usual place. */
  view?: Endpoint | true;
  vnc?: Endpoint | true;
  passwordFile?: string;
  tlsCert?: string;
  tlsKey?: string;
  viewOnly?: true;
  allowName?: string[];
  verbose?: true;
  logJson?: true;
}

/** Servers of viewers. */
export interface Viewers extends AsyncDisposable {
  /** Of the page, if there is one. */
  view: ViewServer | undefined;
  /** Disconnects everybody. Safe to call twice. */
  close(): Promise<void>;
}

const MAX_PORT = 65535;

/** Reads `127.0.0.1:6080`, `[::1]:6080`, `:6080` or `6080`. @throws InvalidArgumentError which commander shows */
export const parseEndpoint = (text: string): Endpoint => {
  const match = /^(?:(?:\[([\da-f:.]+)\]|([^:[\]]*)):)?(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? (match?.[2] || DEFAULT_VIEW_ENDPOINT.host);
  const port = Number(match?.[3] ?? NaN);
  if (!(port <= MAX_PORT) || (isIP(host) === 0 && host !== 'localhost'))
    throw new InvalidArgumentError('Expected ADDRESS:PORT, e.g. 127.0.0.1:6080 or [::1]:6080.');
  return { host, port };
};

const addName = (name: string, names: string[] = []): string[] => [...names, name];

/** Adds the options to a verb. */
export const addViewerOptions = (verb: Command): Command =>
  verb
    .addOption(
      new Option('--view [address:port]', 'show it to browsers; default 127.0.0.1:6080').argParser(parseEndpoint),
    )
    .option(
      '--password-file <file>',
      'let in who knows the password on the first line of this file; - is stdin. Default: who has the printed address',
    )
    .option('--tls-cert <file>', 'certificate for TLS, as PEM; default for other than loopback: one of your own')
    .option('--tls-key <file>', 'its key')
    .option('--view-only', 'let viewers see and not touch')
    .option('--allow-name <name>', 'a name by which browsers call this machine; may be repeated', addName);

/** @throws VirglError `ERR_VIRGL_ARGUMENT` for one without the other */
const certificateOf = ({ tlsCert, tlsKey }: ViewerOptions): Certificate | undefined => {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const message = '--tls-cert and --tls-key: expected both or none';
    throw new VirglError('ERR_VIRGL_ARGUMENT', message, { operation: 'viewers' });
  }
  return tlsCert === undefined || tlsKey === undefined ? undefined : readCertificate(tlsCert, tlsKey);
};

const endpointOf = (given: Endpoint | true): Endpoint => (given === true ? DEFAULT_VIEW_ENDPOINT : given);

/**
 * Serves displays as the options say.
 * @param say where the address goes that lets a browser in: to the user, into no log
 * @throws VirglError as `serveView` does
 */
export const openViewers = async (
  operation: string,
  displays: readonly Display[],
  options: ViewerOptions,
  say: (line: string) => void,
): Promise<Viewers> => {
  const { view: where, viewOnly = false, allowName: names } = options;
  const log = viewerLog(operation, { json: options.logJson, verbose: options.verbose });
  const tls = certificateOf(options);
  const { password, warning } =
    options.passwordFile === undefined ? {} : readPasswordFile(options.passwordFile);
  if (warning !== undefined) log({ event: 'warning', message: warning });
  let view: ViewServer | undefined;
  const invite = (): void => {
    if (view !== undefined && password === undefined) say(`open ${view.loginUrl()}`);
  };
  if (where !== undefined) {
    view = await serveView({
      ...endpointOf(where),
      displays,
      password,
      tls,
      viewOnly,
      names,
      onEvent: (event) => {
        log(event);
        // Its address was used up: the next browser needs another.
        if (event.event === 'login' && event.by === 'token') invite();
      },
    });
    invite();
  }
  const close = async (): Promise<void> => {
    await view?.close();
  };
  return { view, close, [Symbol.asyncDispose]: close };
};
