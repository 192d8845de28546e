// QEMU as a user starts it beside `virgl vhost-user-gpu` (docs/vhost-user.md), with the test guest, a shell of which is on stdin
// and stdout.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { findGuest, QmpClient } from '../../../lib/guest';
import { chooseAccelerator } from '../../../lib/guest/qemu/accelerator';
import { findQemu } from '../../../lib/guest/qemu/find';
import { decodePng, type Image } from '../../../lib/image';
import { until } from './virgl-command';

/** A QEMU and its guest. */
export class UserQemu {
  /** Socket for `--input qmp:`. */
  readonly inputPath: string;
  /** What the shell on the terminal says. */
  said = '';
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #qmp: QmpClient | undefined;

  /** @param folder where its sockets are */
  constructor(folder: string) {
    this.#folder = folder;
    this.inputPath = path.join(folder, 'input.sock');
  }

  /** Starts it on a GPU, and waits for the shell. */
  async start(gpuSocketPath: string): Promise<void> {
    const image = await findGuest();
    if (image === undefined) throw new Error('there is no guest');
    const qemu = await findQemu();
    const accelerator = await chooseAccelerator(qemu, image, 'auto');
    const qmpPath = path.join(this.#folder, 'qmp.sock');
    const memory = 'memory-backend-memfd,id=mem,size=512M,share=on';
    const args = [
      ...['-nodefaults', '-accel', accelerator, '-cpu', accelerator === 'kvm' ? 'host' : 'max', '-smp', '2'],
      ...['-m', '512M', '-object', memory, '-machine', 'q35,memory-backend=mem'],
      ...['-chardev', `socket,id=gpu,path=${gpuSocketPath}`, '-vga', 'none', '-display', 'none'],
      ...['-device', 'vhost-user-gpu-pci,chardev=gpu,id=gpu0,xres=800,yres=600'],
      ...['-device', 'virtio-keyboard-pci', '-device', 'virtio-tablet-pci'],
      ...['-qmp', `unix:${this.inputPath},server=on,wait=off`, '-qmp', `unix:${qmpPath},server=on,wait=off`],
      ...['-kernel', image.kernel, '-initrd', image.initramfs, '-append', 'quiet panic=-1'],
      ...['-drive', `file=${image.rootDisk},if=none,id=root,format=raw,readonly=on`],
      ...['-device', 'virtio-blk-pci,drive=root', '-device', 'virtio-serial-pci'],
      ...['-chardev', 'stdio,id=shell,signal=off', '-device', 'virtconsole,chardev=shell'],
    ];
    this.#child = spawn(qemu.program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.once('exit', (code, by) => (this.said += `\nQEMU ended with ${code ?? by}\n`));
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
    await until(
      () => `a shell in: ${this.said}`,
      () => /\/root # /.test(this.said),
    );
    const socket = net.connect(qmpPath);
    await once(socket, 'connect');
    this.#qmp = await QmpClient.open(socket);
  }

  /** Types in the shell on the terminal. */
  tell(line: string): void {
    this.#child?.stdin?.write(`${line}\n`);
  }

  /** QEMU's own picture of the guest's screen. */
  async screendump(): Promise<Image> {
    const filename = path.join(this.#folder, 'screen.png');
    await this.#qmp?.execute('screendump', { filename, format: 'png', device: 'gpu0' });
    return decodePng(fs.readFileSync(filename));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#qmp?.close();
    if (this.#child === undefined || this.#child.exitCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
  }
}
