// How a device is opened.

import type { RenderHost } from '../host';
import { invalidArgument, VirglError } from '../protocol/error';
import { nearestName } from '../protocol/nearest-name';
import { type Display, displayOf } from './displays';
import { FEATURE_BITS, type FeatureChoices } from './features';
import type { GuestMemory } from './guest-memory';
import type { HostVisibleWindow } from './host-window';
import type { VirtioGpuListener } from './listener';
import { MAX_SCANOUTS } from './wire-types';

/** Options of {@link VirtioGpuDevice.open}. */
export interface VirtioGpuDeviceOptions {
  /** What renders. It stays open when the device is closed. */
  host: RenderHost;
  /** The guest's memory; can be given and replaced later, too. */
  memory?: GuestMemory;
  /** Displays, 1 to 16. Default: 1. Only the first is connected from the start. */
  scanouts?: number;
  /** Size of every display. Default: 1024x768. */
  width?: number;
  height?: number;
  /** Checks command streams before they are submitted, and refuses those with faults. Default: false, as QEMU. */
  strict?: boolean;
  /** Features not to offer. Default: all that the host can keep. */
  features?: FeatureChoices;
  /** What all resources of the guest may take of the host's memory, about. Default: 4 GiB. */
  maxMemoryBytes?: number;
  /** Where blobs of the host's memory can be shown to the guest. Default: nowhere. */
  hostVisible?: HostVisibleWindow;
  listener?: Partial<VirtioGpuListener>;
}

/** Options with their defaults. */
export interface CheckedOptions {
  host: RenderHost;
  memory: GuestMemory | undefined;
  displays: Display[];
  strict: boolean;
  features: FeatureChoices;
  maxMemoryBytes: number;
  hostVisible: HostVisibleWindow | undefined;
  listener: Partial<VirtioGpuListener>;
}

const OPERATION = 'VirtioGpuDevice.open';
const NAMES = [
  'host',
  'memory',
  'scanouts',
  'width',
  'height',
  'strict',
  'features',
  'maxMemoryBytes',
  'hostVisible',
  'listener',
] as const satisfies (keyof VirtioGpuDeviceOptions)[];
const DEFAULT_MEMORY_BYTES = 4 * 1024 ** 3;

const checkNames = (within: string, given: object, names: readonly string[]): void => {
  for (const key of Object.keys(given)) {
    if (names.includes(key)) continue;
    const near = nearestName(key, names);
    const hint = near === undefined ? names.join(', ') : `did you mean ${near}?`;
    throw new VirglError('ERR_VIRGL_ARGUMENT', `${OPERATION}: unknown option ${within}${key}; ${hint}`, {
      operation: OPERATION,
      field: `${within}${key}`,
    });
  }
};

const checkInteger = (field: string, value: number, max: number): void => {
  if (!Number.isSafeInteger(value) || value < 1 || value > max)
    throw invalidArgument(OPERATION, field, `an integer from 1 to ${max}`, value);
};

/** Options with their defaults. @throws VirglError `ERR_VIRGL_ARGUMENT` */
export const checkOptions = (options: VirtioGpuDeviceOptions): CheckedOptions => {
  if (options === null || typeof options !== 'object')
    throw invalidArgument(OPERATION, 'options', 'an object', options);
  checkNames('', options, NAMES);
  const { host, memory, scanouts = 1, width = 1024, height = 768, features = {} } = options;
  const { strict = false, maxMemoryBytes = DEFAULT_MEMORY_BYTES, hostVisible, listener = {} } = options;
  if (typeof host?.resourceCreate !== 'function')
    throw invalidArgument(OPERATION, 'host', 'a RenderHost', host);
  checkNames('features.', features, Object.keys(FEATURE_BITS));
  checkInteger('scanouts', scanouts, MAX_SCANOUTS);
  checkInteger('maxMemoryBytes', maxMemoryBytes, Number.MAX_SAFE_INTEGER);
  const displays = Array.from({ length: scanouts }, (_, index) =>
    displayOf(OPERATION, { width, height, enabled: index === 0 }),
  );
  return { host, memory, displays, strict, features, maxMemoryBytes, hostVisible, listener };
};
