// Options of the verbs that boot guests.

import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  ACCELERATOR_CHOICES,
  type AcceleratorChoice,
  GUEST_DEFAULTS,
  GUEST_GPUS,
  type GuestGpu,
  type GuestOptions,
} from '../../guest';
import { parseSize, type Size } from '../size';

/** What commander makes of them. */
export interface MachineFlags {
  gpu?: GuestGpu;
  size?: Size;
  memory?: number;
  processors?: number;
  accelerator?: AcceleratorChoice;
  bootTimeout?: number;
}

const MS_PER_S = 1000;

/** A whole number above 0. */
export const parseCount = (text: string): number => {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('Expected a whole number above 0.');
  return Number(text);
};

const { width, height, memoryMib, processors, bootTimeoutMs } = GUEST_DEFAULTS;

const OPTIONS = [
  new Option('--gpu <which>', "ours, or QEMU's own without or with 3D; default ours").choices(GUEST_GPUS),
  new Option('--size <WxH>', `size of the screen; default ${width}x${height}`).argParser(parseSize),
  new Option('--memory <MiB>', `memory of the guest; default ${memoryMib}`).argParser(parseCount),
  new Option('--processors <n>', `processors of the guest; default ${processors}`).argParser(parseCount),
  new Option(
    '--accelerator <which>',
    'how its instructions are run; default auto: KVM if it works here',
  ).choices(ACCELERATOR_CHOICES),
  new Option(
    '--boot-timeout <seconds>',
    `longest that starting may take; default ${bootTimeoutMs / MS_PER_S}`,
  ).argParser(parseCount),
];

/** Adds them to a verb: all, or those that it has a use for. */
export const addMachineOptions = (verb: Command, names?: readonly (keyof MachineFlags)[]): Command => {
  for (const option of OPTIONS)
    if (names === undefined || names.includes(option.attributeName() as keyof MachineFlags))
      verb.addOption(option);
  return verb;
};

/** As the library takes them. */
export const machineOptions = (flags: MachineFlags): Omit<GuestOptions, 'gpuSocketPath'> => {
  const { gpu, size, memory, processors: count, accelerator, bootTimeout } = flags;
  const options = {
    gpu,
    ...size,
    memoryMib: memory,
    processors: count,
    accelerator,
    bootTimeoutMs: bootTimeout && bootTimeout * MS_PER_S,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
};
