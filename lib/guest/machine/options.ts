// What a guest is booted with.

import { invalidArgument } from '../../protocol/error';
import { nearestName } from '../../protocol/nearest-name';
import type { GuestImage } from '../image/cache';
import { ACCELERATOR_CHOICES, type AcceleratorChoice } from '../qemu/accelerator';
import { GUEST_GPUS, type GuestGpu } from '../qemu/command-line';

/** Options of {@link Guest.boot}. */
export interface GuestOptions {
  /** Default: the newest that `virgl guest build` made. */
  image?: GuestImage;
  /** Default `ours`. */
  gpu?: GuestGpu;
  /** A vhost-user-gpu backend that listens there; needed by `ours`. */
  gpuSocketPath?: string;
  /** Size of the screen; default 800x600. */
  width?: number;
  height?: number;
  /** Default 512. */
  memoryMib?: number;
  /** Default 2. */
  processors?: number;
  /** Default `auto`: KVM if it works here. */
  accelerator?: AcceleratorChoice;
  /** Another QEMU than VIRGL_QEMU or the one in PATH. */
  qemu?: string;
  /** Gives this process's terminal to a shell in the guest. */
  shell?: boolean;
  /** How long starting may take; default 60,000. */
  bootTimeoutMs?: number;
  /** Ends the guest at any time, also while it starts. */
  signal?: AbortSignal;
}

const OPERATION = 'guest';

/** Smallest and largest of what is a number. */
const RANGES = {
  width: [32, 8192],
  height: [32, 8192],
  memoryMib: [192, 65_536],
  processors: [1, 64],
  bootTimeoutMs: [1, 3_600_000],
} as const satisfies Partial<Record<keyof GuestOptions, readonly [number, number]>>;

const CHOICES = { gpu: GUEST_GPUS, accelerator: ACCELERATOR_CHOICES } as const;

const KEYS = [
  ...Object.keys(RANGES),
  ...Object.keys(CHOICES),
  ...['image', 'gpuSocketPath', 'qemu', 'shell', 'signal'],
] as (keyof GuestOptions)[];

const checkKeys = (options: GuestOptions): void => {
  for (const key of Object.keys(options)) {
    if (KEYS.includes(key as keyof GuestOptions)) continue;
    const near = nearestName(key, KEYS);
    const expected = near === undefined ? `one of ${KEYS.join(', ')}` : `${near}, or another known name,`;
    throw invalidArgument(OPERATION, 'options', expected, key);
  }
};

/** @throws VirglError `ERR_VIRGL_ARGUMENT` for an option that is unknown or out of its range */
export const checkGuestOptions = (options: GuestOptions): void => {
  checkKeys(options);
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = options[name as keyof typeof RANGES];
    if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) continue;
    throw invalidArgument(OPERATION, name, `a whole number from ${least} to ${most}`, value);
  }
  for (const [name, choices] of Object.entries(CHOICES)) {
    const value = options[name as keyof typeof CHOICES];
    if (value === undefined || (choices as readonly string[]).includes(value)) continue;
    throw invalidArgument(OPERATION, name, `one of ${choices.join(', ')}`, value);
  }
  const needsSocket = (options.gpu ?? 'ours') === 'ours';
  if (needsSocket && options.gpuSocketPath === undefined)
    throw invalidArgument(OPERATION, 'gpuSocketPath', 'the path of a backend', undefined);
};
