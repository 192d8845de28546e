// Whether KVM can be used. That /dev/kvm is there says little: on virtual machines it may be unable to run a kernel. So it is
// tried with the guest's own kernel, once per start of this machine.

import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { VirglError } from '../../protocol/error';
import type { GuestImage } from '../image/cache';
import { TIED_TO_PARENT } from '../tool';
import { QEMU_ADVICE, QEMU_MAJOR, type Qemu } from './find';

/** How QEMU runs the guest's instructions. */
export type Accelerator = 'kvm' | 'tcg';

/** What may be asked for. */
export const ACCELERATOR_CHOICES = ['auto', 'kvm', 'tcg'] as const;

/** One of {@link ACCELERATOR_CHOICES}. */
export type AcceleratorChoice = (typeof ACCELERATOR_CHOICES)[number];

/** What a guest runs on. */
export interface AcceleratorUse {
  accelerator: Accelerator;
  /** Why it is not KVM; undefined where it is, or was not to be. */
  withoutKvm?: string;
}

interface Trial {
  bootId: string;
  qemuVersion: string;
  works: boolean;
  /** What happened. */
  outcome: string;
}

const OPERATION = 'guest';
const DEVICE = '/dev/kvm';
/** A kernel on KVM says its first word within half a second; one that is not heard by then will not be. */
const TRIAL_MS = 8_000;
const TRIAL_ARGUMENTS = [
  ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-machine', 'q35'],
  ...['-accel', 'kvm', '-cpu', 'host', '-m', '256', '-serial', 'stdio'],
];
/** The first that a kernel says. */
const SIGN_OF_LIFE = 'Linux version';

const bootKernel = ({ program }: Qemu, { kernel, initramfs }: GuestImage): Promise<string | undefined> =>
  new Promise((resolve) => {
    const guest = ['-kernel', kernel, '-initrd', initramfs, '-append', 'console=ttyS0'];
    const args = [...TIED_TO_PARENT.args, program, ...TRIAL_ARGUMENTS, ...guest];
    const qemu = spawn(TIED_TO_PARENT.program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let serial = '';
    let complaint = '';
    let timer: NodeJS.Timeout | undefined = undefined;
    const end = (fault: string | undefined): void => {
      clearTimeout(timer);
      qemu.kill('SIGKILL');
      resolve(fault);
    };
    timer = setTimeout(() => end(`a kernel on ${DEVICE} said nothing within ${TRIAL_MS / 1000} s`), TRIAL_MS);
    qemu.stdout.on('data', (bytes) => {
      serial += String(bytes);
      if (serial.includes(SIGN_OF_LIFE)) end(undefined);
    });
    qemu.stderr.on('data', (bytes) => (complaint += String(bytes)));
    qemu.once('error', (error) => end(error.message));
    qemu.once('exit', () => end(complaint.trim().split('\n').at(-1) || 'QEMU ended'));
  });

const tryKvm = async (qemu: Qemu, image: GuestImage): Promise<Trial> => {
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const record = path.join(image.folder, 'kvm.json');
  try {
    const known = JSON.parse(await readFile(record, 'utf8')) as Trial;
    if (known.bootId === bootId && known.qemuVersion === qemu.version) return known;
  } catch {
    // Not tried yet.
  }
  const fault = await bootKernel(qemu, image);
  const trial = {
    bootId,
    qemuVersion: qemu.version,
    works: fault === undefined,
    outcome: fault ?? 'a kernel boots',
  };
  // An image that can't be written to is tried with again.
  await writeFile(record, JSON.stringify(trial)).catch(() => undefined);
  return trial;
};

const findKvm = async (qemu: Qemu, image: GuestImage): Promise<Pick<Trial, 'works' | 'outcome'>> => {
  try {
    accessSync(DEVICE, constants.R_OK | constants.W_OK);
  } catch (error) {
    return { works: false, outcome: (error as Error).message };
  }
  return tryKvm(qemu, image);
};

/**
 * What this QEMU can run the guest with: emulation from release 10 on, else KVM.
 * @throws VirglError `ERR_VIRGL_SYSTEM` if neither can be used, or not the one that was asked for
 */
export const chooseAccelerator = async (
  qemu: Qemu,
  image: GuestImage,
  choice: AcceleratorChoice,
): Promise<AcceleratorUse> => {
  const emulates = qemu.major >= QEMU_MAJOR;
  if (choice === 'tcg' && emulates) return { accelerator: 'tcg' };
  const { works, outcome } = await findKvm(qemu, image);
  if (works && choice !== 'tcg') return { accelerator: 'kvm' };
  if (emulates && choice === 'auto') return { accelerator: 'tcg', withoutKvm: outcome };
  const kvm = works ? '' : ` and KVM does not work here (${outcome})`;
  const problem =
    choice === 'kvm'
      ? `KVM does not work here: ${outcome}`
      : `QEMU ${qemu.version} has no vhost-user-gpu without KVM${kvm}: ${QEMU_ADVICE}`;
  throw new VirglError('ERR_VIRGL_SYSTEM', `${OPERATION}: ${problem}`, {
    operation: OPERATION,
    field: 'accelerator',
    value: choice,
  });
};
