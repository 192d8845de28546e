// QEMU as a user starts it who has machines of their own: nothing of `virgl guest` is in its command line.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { GuestImage } from '../../../lib/guest/image/cache';

/** Where the parts of a machine are. */
export interface OwnMachine {
  image: GuestImage;
  /** On which `virgl vhost-user-gpu` listens. */
  gpuSocket: string;
  qmpSocket: string;
  /** File for what the guest writes to its serial port. */
  serial: string;
}

/** A shell on the guest's own screen: it has no other console. */
const KERNEL_ARGUMENTS = 'console=tty0 quiet panic=-1';

const argumentsOf = ({ image, gpuSocket, qmpSocket, serial }: OwnMachine): string[] => [
  ...['-nodefaults', '-no-user-config', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2'],
  ...['-m', '512M', '-machine', 'q35,memory-backend=mem'],
  ...['-object', 'memory-backend-memfd,id=mem,size=512M,share=on'],
  ...['-chardev', `socket,id=gpu,path=${gpuSocket}`, '-device', 'vhost-user-gpu-pci,chardev=gpu'],
  ...['-vga', 'none', '-display', 'none'],
  ...['-kernel', image.kernel, '-initrd', image.initramfs, '-append', KERNEL_ARGUMENTS],
  ...['-drive', `file=${image.rootDisk},if=none,id=root,format=raw,readonly=on`],
  ...['-device', 'virtio-blk-pci,drive=root', '-serial', `file:${serial}`],
  ...['-device', 'virtio-keyboard-pci', '-device', 'virtio-tablet-pci'],
  ...['-qmp', `unix:${qmpSocket},server=on,wait=off`],
];

/** A QEMU that runs. */
export class OwnQemu implements AsyncDisposable {
  stderr = '';
  /** Exit code or signal. */
  readonly ended: Promise<number | string>;
  readonly #child: ChildProcess;

  constructor(program: string, machine: OwnMachine) {
    this.#child = spawn(program, argumentsOf(machine), { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr?.on('data', (text: Buffer) => (this.stderr += String(text)));
    this.ended = once(this.#child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}
