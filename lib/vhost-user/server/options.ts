// How a vhost-user-gpu server is started.

import path from 'node:path';
import type { FileDescriptor, NativeHostOptions } from '../../host';
import { invalidArgument } from '../../protocol/error';
import { checkKeys } from '../../protocol/check-keys';
import type { WrapHostModule } from '../../vtest/process';
import { MAX_SCANOUTS } from '../../virtio-gpu';
import type { Size } from '../scanout/scanout-sink';
import type { VhostUserGpuEvent } from './events';

/** Options of {@link VhostUserGpuServer.listen}. */
export interface VhostUserGpuServerOptions {
  /** Where to listen. */
  path?: string;
  /** A connection to serve instead, as management tools hand it over; taken over. The server ends with it. */
  fd?: FileDescriptor;
  /** How virglrenderer is started; `threadSync` is always among the flags. */
  host?: Pick<NativeHostOptions, 'libraryPath' | 'platform' | 'renderNode' | 'flags'>;
  /** Offers 3D to guests. Default true. */
  virgl?: boolean;
  /** Refuses command streams with faults, instead of saying so and going on as QEMU does. Default false. */
  strict?: boolean;
  /** Displays that a guest may use; which of them are connected, QEMU says (`max_outputs`). Default 16. */
  scanouts?: number;
  /** Size of every display. Default: what QEMU says (`xres`, `yres`, the size of its window). */
  size?: Size;
  /** Updates of QEMU's display in a second, at most. Default 60. */
  displayRateHz?: number;
  /**
   * Lets QEMU show textures without a copy, where the renderer runs on a render node and QEMU has a display for that. A QEMU
   * with `-display none`, which takes screenshots, has none, and does not say so. Default true.
   */
  dmabuf?: boolean;
  /** The module is loaded in each session process, and its `wrapHost` puts a decorator around the host, e.g. a recorder. */
  wrapHostModule?: WrapHostModule;
  /** More QEMUs than that are turned away. Default: no limit. */
  maxClients?: number;
  /** Ends the server after so many QEMUs. */
  clientsToServe?: number;
  /** Longest that one command may take before its session process is ended. Default 60 s. */
  commandTimeoutMs?: number;
  /** Memory that a session process may use beside the guest's own. Default 4 GiB. */
  maxMemoryBytes?: number;
  /** Session processes to have ready. Default 1. */
  spareProcesses?: number;
  /** Told of everything that happens. */
  onEvent?: (event: VhostUserGpuEvent) => void;
}

const DEFAULTS = {
  host: {},
  virgl: true,
  strict: false,
  scanouts: MAX_SCANOUTS,
  displayRateHz: 60,
  dmabuf: true,
  commandTimeoutMs: 60_000,
  maxMemoryBytes: 4 * 2 ** 30,
  spareProcesses: 1,
  onEvent: (): void => undefined,
} as const;

/** Options with their defaults. */
export type CheckedGpuServerOptions = VhostUserGpuServerOptions &
  Required<Pick<VhostUserGpuServerOptions, keyof typeof DEFAULTS>>;

const OPERATION = 'VhostUserGpuServer.listen';

const NAMES: readonly (keyof VhostUserGpuServerOptions)[] = [
  ...(Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]),
  'path',
  'fd',
  'size',
  'wrapHostModule',
  'maxClients',
  'clientsToServe',
];

const HOST_NAMES = ['libraryPath', 'platform', 'renderNode', 'flags'] as const;
const MAX_TIMER_MS = 0x7fffffff;
const MAX_SIZE = 16384;

/** Numbers, the least that each may be, and the most. */
const NUMBERS = {
  scanouts: [1, MAX_SCANOUTS],
  displayRateHz: [1, 1000],
  maxClients: [1, Infinity],
  clientsToServe: [1, Infinity],
  commandTimeoutMs: [1, MAX_TIMER_MS],
  maxMemoryBytes: [1, Infinity],
  spareProcesses: [0, Infinity],
} as const;

const checkNumber = (name: string, value: unknown, least: number, most: number): void => {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return;
  const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
  throw invalidArgument(OPERATION, name, `an integer ${range}`, value);
};

const checkTypes = ({
  virgl,
  strict,
  dmabuf,
  onEvent,
  wrapHostModule,
  size,
  host,
}: CheckedGpuServerOptions): void => {
  for (const [name, value] of Object.entries({ virgl, strict, dmabuf })) {
    if (typeof value !== 'boolean') throw invalidArgument(OPERATION, name, 'a boolean', value);
  }
  if (typeof onEvent !== 'function') throw invalidArgument(OPERATION, 'onEvent', 'a function', onEvent);
  checkKeys(OPERATION, 'host', host, HOST_NAMES);
  if (size !== undefined) {
    checkKeys(OPERATION, 'size', size, ['width', 'height']);
    checkNumber('size.width', size.width, 1, MAX_SIZE);
    checkNumber('size.height', size.height, 1, MAX_SIZE);
  }
  if (wrapHostModule === undefined) return;
  checkKeys(OPERATION, 'wrapHostModule', wrapHostModule, ['module', 'options']);
  if (typeof wrapHostModule.module !== 'string' || !path.isAbsolute(wrapHostModule.module))
    throw invalidArgument(OPERATION, 'wrapHostModule.module', 'an absolute path', wrapHostModule.module);
};

/** @throws VirglError `ERR_VIRGL_ARGUMENT` */
export const checkGpuServerOptions = (options: VhostUserGpuServerOptions): CheckedGpuServerOptions => {
  checkKeys(OPERATION, undefined, options, NAMES);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const checked: CheckedGpuServerOptions = { ...DEFAULTS, ...given };
  if ((checked.path === undefined) === (checked.fd === undefined))
    throw invalidArgument(OPERATION, 'path', 'either path or fd', checked.path);
  if (checked.path !== undefined && (typeof checked.path !== 'string' || checked.path === ''))
    throw invalidArgument(OPERATION, 'path', 'a path', checked.path);
  for (const [name, [least, most]] of Object.entries(NUMBERS)) {
    const value = checked[name as keyof typeof NUMBERS];
    if (value !== undefined) checkNumber(name, value, least, most);
  }
  checkTypes(checked);
  return checked;
};
