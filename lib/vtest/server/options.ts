// How a vtest server is started.

import path from 'node:path';
import type { NativeHostOptions, RenderHost } from '../../host';
import { invalidArgument } from '../../protocol/error';
import { checkKeys } from '../../protocol/check-keys';
import { checkLimits, type SessionLimits } from '../session/limits';
import type { WrapHostModule } from '../process/wrap-host';
import type { VtestServerEvent } from './events';

/**
 * Who serves clients: `processes` gives each a process of its own; `shared` serves all in this process, on one renderer, so that
 * resources have ids that all know; `sequential` does so for one client after the other.
 */
export type VtestServerMode = 'processes' | 'shared' | 'sequential';

/** Options of {@link VtestServer.listen}. */
export interface VtestServerOptions {
  /** Where to listen. Default `VTEST_SOCKET_NAME`, or `/tmp/.virgl_test`. */
  path?: string;
  /** Default `processes`. */
  mode?: VtestServerMode;
  /** How virglrenderer is started; `threadSync` and `externalBlob` are always among the flags. */
  host?: Pick<NativeHostOptions, 'libraryPath' | 'platform' | 'renderNode' | 'flags'>;
  /** Puts a decorator around the host, e.g. a recorder. Not with `processes`, whose hosts are elsewhere. */
  wrapHost?: (host: RenderHost) => RenderHost;
  /** As `wrapHost`, for `processes`: the module is loaded in each session process, and its `wrapHost` is a {@link WrapHost}. */
  wrapHostModule?: WrapHostModule;
  /** What one client may use. */
  limits?: Partial<SessionLimits>;
  /** More clients than that are turned away. Default: no limit. */
  maxClients?: number;
  /** Disconnects a client that asks for nothing for so long. Default: never. */
  idleTimeoutMs?: number;
  /** Longest that one command may take before its session process is ended. Default 60 s. */
  commandTimeoutMs?: number;
  /** Session processes to have ready. Default 2. */
  spareProcesses?: number;
  /** Ends the server after so many clients. */
  clientsToServe?: number;
  /** Told of everything that happens. */
  onEvent?: (event: VtestServerEvent) => void;
}

/** Options with their defaults. */
export type CheckedServerOptions = Omit<VtestServerOptions, 'host'> &
  Required<Pick<VtestServerOptions, 'path' | 'mode' | 'commandTimeoutMs' | 'spareProcesses' | 'onEvent'>> & {
    limits: SessionLimits;
    host: NativeHostOptions;
  };

const OPERATION = 'VtestServer.listen';

/** Where clients look that were told nothing. */
export const DEFAULT_SOCKET_PATH = '/tmp/.virgl_test';

const MODES: readonly VtestServerMode[] = ['processes', 'shared', 'sequential'];

const NAMES: readonly (keyof VtestServerOptions)[] = [
  'path',
  'mode',
  'host',
  'wrapHost',
  'wrapHostModule',
  'limits',
  'maxClients',
  'idleTimeoutMs',
  'commandTimeoutMs',
  'spareProcesses',
  'clientsToServe',
  'onEvent',
];

/** Numbers, the least that each may be, and the most: timers have 31 bits. */
const NUMBERS = {
  maxClients: [1, Infinity],
  idleTimeoutMs: [1, 0x7fffffff],
  commandTimeoutMs: [1, 0x7fffffff],
  spareProcesses: [0, Infinity],
  clientsToServe: [1, Infinity],
} as const;

const FUNCTIONS = ['wrapHost', 'onEvent'] as const;

const HOST_NAMES = ['libraryPath', 'platform', 'renderNode', 'flags'] as const;

/** What is wrong with a platform or flag, the host itself says. */
const checkHost = (host: CheckedServerOptions['host']): void => {
  checkKeys(OPERATION, 'host', host, HOST_NAMES);
  if (host.flags !== undefined && !Array.isArray(host.flags))
    throw invalidArgument(OPERATION, 'host.flags', 'init flags', host.flags);
};

const checkWrapHostModule = (mode: VtestServerMode, wrap: WrapHostModule | undefined): void => {
  if (wrap === undefined) return;
  if (mode !== 'processes')
    throw invalidArgument(OPERATION, 'wrapHostModule', `nothing where mode is '${mode}'`, wrap);
  checkKeys(OPERATION, 'wrapHostModule', wrap, ['module', 'options']);
  if (typeof wrap.module !== 'string' || !path.isAbsolute(wrap.module))
    throw invalidArgument(OPERATION, 'wrapHostModule.module', 'an absolute path', wrap.module);
};

/** Without those that are undefined, which would hide defaults. */
const givenOf = (options: VtestServerOptions): VtestServerOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

/** @throws VirglError `ERR_VIRGL_ARGUMENT` */
export const checkServerOptions = (options: VtestServerOptions): CheckedServerOptions => {
  checkKeys(OPERATION, undefined, options, NAMES);
  const {
    mode = 'processes',
    host = {},
    path: socketPath = process.env.VTEST_SOCKET_NAME || DEFAULT_SOCKET_PATH,
  } = options;
  if (typeof socketPath !== 'string' || socketPath === '')
    throw invalidArgument(OPERATION, 'path', 'a path', socketPath);
  if (!MODES.includes(mode)) throw invalidArgument(OPERATION, 'mode', `one of ${MODES.join(', ')}`, mode);
  checkHost(host);
  for (const [name, [least, most]] of Object.entries(NUMBERS)) {
    const value = options[name as keyof typeof NUMBERS];
    if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) continue;
    const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
    throw invalidArgument(OPERATION, name, `an integer ${range}`, value);
  }
  for (const name of FUNCTIONS) {
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw invalidArgument(OPERATION, name, 'a function', options[name]);
  }
  if (mode === 'processes' && options.wrapHost !== undefined)
    throw invalidArgument(OPERATION, 'wrapHost', "nothing where mode is 'processes'", options.wrapHost);
  checkWrapHostModule(mode, options.wrapHostModule);
  return {
    commandTimeoutMs: 60_000,
    spareProcesses: 2,
    onEvent: () => undefined,
    ...givenOf(options),
    path: socketPath,
    mode,
    limits: checkLimits(OPERATION, options.limits),
    host: {
      ...host,
      flags: [...new Set([...(host.flags ?? []), 'threadSync', 'externalBlob'] as const)],
      // As virgl_test_server, with which Mesa lives.
      ignoreLostContexts: true,
    },
  };
};
