// `--view`, `--vnc` and what belongs to them: the same for every verb that shows displays.

import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type Display,
  type RfbLimits,
  serveView,
  type ViewEvent,
  type ViewServer,
  type VncServer,
} from '../display';
import { type Certificate, readCertificate } from '../display/access/certificate';
import { readPasswordFile } from '../display/access/password-file';
import { DEFAULT_VIEW_ENDPOINT } from '../display/view/options';
import { VirglError } from '../protocol/error';
import { type Endpoint, parseEndpoint } from './endpoint';
import { viewLog, vncLog } from './viewer-log';
import { openVncViewers } from './vnc-viewers';

/** What the options say. */
export interface ViewerOptions {
  /** True: at the usual place. */
  view?: Endpoint | true;
  vnc?: Endpoint | true;
  passwordFile?: string;
  tlsCert?: string;
  tlsKey?: string;
  viewOnly?: true;
  /** Frames a second of one viewer, at most. */
  maxFps?: number;
  allowName?: string[];
  verbose?: true;
  logJson?: true;
}

/** Servers of viewers. */
export interface Viewers extends AsyncDisposable {
  /** Of the page, if there is one. */
  view: ViewServer | undefined;
  /** One for each display, if `--vnc` asks for it. */
  vnc: readonly VncServer[];
  /** Disconnects everybody. Safe to call twice. */
  close(): Promise<void>;
}

const DEFAULT_VNC_ENDPOINT: Endpoint = { host: '127.0.0.1', port: 5900 };

/** As `RfbLimits` has it. */
const MOST_FPS = 1000;

const parseFps = (text: string): number => {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > MOST_FPS)
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${MOST_FPS}.`);
  return number;
};

const addName = (name: string, names: string[] = []): string[] => [...names, name];

/** Adds the options to a verb. */
export const addViewerOptions = (verb: Command): Command =>
  verb
    .addOption(
      new Option('--view [address:port]', 'show it to browsers; default 127.0.0.1:6080').argParser(
        parseEndpoint,
      ),
    )
    .addOption(
      new Option(
        '--vnc [address:port]',
        'show it to VNC viewers; default 127.0.0.1:5900; further displays on the next ports',
      ).argParser(parseEndpoint),
    )
    .option(
      '--password-file <file>',
      'let in who knows the password on the first line of this file; - is stdin',
    )
    .option(
      '--tls-cert <file>',
      'certificate for TLS, as PEM; default for other than loopback: one of your own',
    )
    .option('--tls-key <file>', 'its key')
    .option('--view-only', 'let viewers see and not touch')
    .option('--max-fps <n>', 'frames a second that each viewer gets, at most; default 60', parseFps)
    .option('--allow-name <name>', 'a name by which browsers call this machine; may be repeated', addName);

/** @throws VirglError `ERR_VIRGL_ARGUMENT` for one without the other */
const certificateOf = ({ tlsCert, tlsKey }: ViewerOptions): Certificate | undefined => {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const message = '--tls-cert and --tls-key: expected both or none';
    throw new VirglError('ERR_VIRGL_ARGUMENT', message, { operation: 'viewers' });
  }
  return tlsCert === undefined || tlsKey === undefined ? undefined : readCertificate(tlsCert, tlsKey);
};

const passwordOf = (file: string | undefined, warn: (message: string) => void): string | undefined => {
  if (file === undefined) return undefined;
  const { password, warning } = readPasswordFile(file);
  if (warning !== undefined) warn(warning);
  return password;
};

/** What both kinds of servers are given. */
interface Shared {
  displays: readonly Display[];
  password: string | undefined;
  tls: Certificate | undefined;
  viewOnly: boolean;
  rfbLimits: Partial<RfbLimits> | undefined;
}

type Say = (line: string) => void;

/** A server for browsers that tells the user an address whenever there is none that is good. */
const openView = async (
  endpoint: Endpoint,
  shared: Shared,
  names: readonly string[] | undefined,
  log: (event: ViewEvent) => void,
  say: Say,
): Promise<ViewServer> => {
  const invite = (): void => {
    if (shared.password === undefined) say(`open ${view.loginUrl()}`);
  };
  const view: ViewServer = await serveView({
    ...endpoint,
    ...shared,
    names,
    onEvent: (event) => {
      log(event);
      // Its address was used up: the next browser needs another.
      if (event.event === 'login' && event.by === 'token') invite();
    },
  });
  invite();
  return view;
};

/**
 * Serves displays as the options say.
 * @param say where the address goes that lets a browser in: to the user, into no log
 * @throws VirglError as `serveView` and `serveVnc` do
 */
export const openViewers = async (
  verb: string,
  displays: readonly Display[],
  options: ViewerOptions,
  say: Say,
): Promise<Viewers> => {
  const written = { json: options.logJson, verbose: options.verbose };
  const log = viewLog(verb, written);
  const warn = (message: string): void => log({ event: 'warning', message });
  const shared: Shared = {
    displays,
    password: passwordOf(options.passwordFile, warn),
    tls: certificateOf(options),
    viewOnly: options.viewOnly ?? false,
    rfbLimits: options.maxFps === undefined ? undefined : { maxFramesPerSecond: options.maxFps },
  };
  const at = (given: Endpoint | true, usual: Endpoint): Endpoint => (given === true ? usual : given);
  const view =
    options.view &&
    (await openView(at(options.view, DEFAULT_VIEW_ENDPOINT), shared, options.allowName, log, say));
  let vnc: VncServer[] = [];
  try {
    if (options.vnc !== undefined) {
      const endpoint = at(options.vnc, DEFAULT_VNC_ENDPOINT);
      vnc = await openVncViewers({ ...shared, endpoint, onEvent: vncLog(verb, written), warn });
    }
  } catch (error) {
    await view?.close();
    throw error;
  }
  const close = async (): Promise<void> => {
    await Promise.all([view?.close(), ...vnc.map((server) => server.close())]);
  };
  return { view, vnc, close, [Symbol.asyncDispose]: close };
};
