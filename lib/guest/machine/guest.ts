// A Linux guest in QEMU that runs programs for this process.

import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { decodePng, type Image } from '../../image';
import { GPU_ID, type Machine } from '../qemu/command-line';
import type { QmpClient } from '../qemu/qmp';
import type { GuestProgramOptions, GuestProgramReport } from './agent';
import { bootMachine, endMachine, type RunningMachine } from './boot';
import type { GuestOptions } from './options';
import type { QemuEnd } from './qemu-process';

/** How long a guest may take to switch itself off. */
const POWER_OFF_MS = 10_000;

/** A running guest. Its programs run one at a time. */
export class Guest implements AsyncDisposable {
  readonly #running: RunningMachine;
  #screenshots = 0;
  #closing: Promise<QemuEnd> | undefined;

  private constructor(running: RunningMachine) {
    this.#running = running;
  }

  /**
   * Boots a guest and waits until it takes orders.
   * @throws VirglError as {@link bootMachine}
   */
  static async boot(options: GuestOptions): Promise<Guest> {
    return new Guest(await bootMachine(options));
  }

  /** What QEMU was told to make. */
  get machine(): Machine {
    return this.#running.machine;
  }

  /** Why it does not run on KVM; undefined where it does, or was not to. */
  get withoutKvm(): string | undefined {
    return this.#running.withoutKvm;
  }

  /** Version of QEMU, such as `10.0.2`. */
  get qemuVersion(): string {
    return this.#running.qemu.version;
  }

  /** Process id of QEMU. */
  get pid(): number | undefined {
    return this.#running.process.pid;
  }

  /** From QEMU's start until the guest took orders. */
  get bootMs(): number {
    return this.#running.bootMs;
  }

  /** Such as `6.1.0-56-amd64`. */
  get kernelRelease(): string {
    return this.#running.kernelRelease;
  }

  /** QEMU's own commands. */
  get qmp(): QmpClient {
    return this.#running.qmp;
  }

  /** What the guest's kernel said so far. */
  get kernelLog(): string {
    return this.#running.process.kernelLog;
  }

  /** What QEMU wrote to stderr. */
  get complaint(): string {
    return this.#running.process.complaint;
  }

  /** Resolves when QEMU has ended, for whatever reason. */
  get ended(): Promise<QemuEnd> {
    return this.#running.process.ended;
  }

  /**
   * Runs a program, or a script of the guest's shell, to its end.
   * @throws VirglError `ERR_VIRGL_CRASHED` when QEMU ends meanwhile
   */
  run(command: readonly string[] | string, options: GuestProgramOptions = {}): Promise<GuestProgramReport> {
    const { agent, process } = this.#running;
    return Promise.race([agent.run(command, options), process.failure('the program ended')]);
  }

  /**
   * Resolves when the shell at the terminal has ended, with its exit code; 0 when it has switched the guest off.
   * @throws VirglError `ERR_VIRGL_CRASHED` when QEMU ends otherwise
   */
  shellExit(): Promise<number> {
    const { agent, process } = this.#running;
    const switchedOff = process.ended.then(({ exitCode }) =>
      exitCode === 0 ? exitCode : process.failure('the shell ended'),
    );
    return Promise.race([agent.shellExit, switchedOff]);
  }

  /** Kills the program that runs. */
  kill(): void {
    this.#running.agent.kill();
  }

  /** What QEMU's console of the GPU shows; of `qemu-virgl` its window. */
  async screenshot(): Promise<Image> {
    const { window, sockets, qmp } = this.#running;
    if (window !== undefined) return window.capture();
    this.#screenshots += 1;
    const filename = path.join(sockets.folder, `screen${this.#screenshots}.png`);
    await qmp.execute('screendump', { filename, format: 'png', device: GPU_ID });
    const image = decodePng(await readFile(filename));
    await rm(filename);
    return image;
  }

  /** Presses the reset button, and waits until the guest has started again. */
  async reset(): Promise<void> {
    const { agent, qmp, process } = this.#running;
    const started = agent.nextStart();
    await qmp.execute('system_reset');
    await Promise.race([started, process.failure('the guest started again')]);
  }

  /** Has the guest switch itself off, and ends QEMU if it does not. */
  async close(): Promise<QemuEnd> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<QemuEnd> {
    const { agent, process } = this.#running;
    agent.powerOff();
    await Promise.race([process.ended, delay(POWER_OFF_MS, undefined, { ref: false })]);
    await endMachine(this.#running);
    return process.ended;
  }
}
