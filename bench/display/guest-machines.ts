// The same guest behind two VNC servers: QEMU's on its own 2D GPU, and ours on our backend.

import fs from 'node:fs';
import path from 'node:path';
import { Display, serveVnc } from '../../lib/display';
import { GuestSource } from '../../lib/cli/guest-view/guest-source';
import { Guest, GuestBackend } from '../../lib/guest';
import { cpuSecondsOf } from './cpu-seconds';
import { SCREEN } from './guest-pictures';

/** A guest that viewers can look at. */
export interface ShownGuest extends AsyncDisposable {
  guest: Guest;
  /** Of its VNC server. */
  port: number;
  /** What GPU and VNC server have used until now: all threads of all processes but the guest's own processors. */
  cpuSeconds(): number;
}

/** How to open one. */
export type OpenGuest = (folder: string, frames: string) => Promise<ShownGuest>;

/** Threads of QEMU that are the guest's processors, by their names. */
const PROCESSORS = /^CPU \d/;
const WORKER = 'vhost-user/session/worker';

/** A QEMU with a disk of frames, and whose threads have names. */
const writeQemu = (folder: string, frames: string, options: string): string => {
  const program = path.join(folder, 'qemu');
  const disk = `-drive file=${frames},if=none,id=frames,format=raw,readonly=on -device virtio-blk-pci,drive=frames`;
  const line = `exec "\${VIRGL_QEMU:-qemu-system-x86_64}" "$@" -name bench,debug-threads=on ${disk} ${options}`;
  fs.writeFileSync(program, `#!/bin/sh\n${line}\n`, { mode: 0o700 });
  return program;
};

/** CPU of QEMU without the guest's processors. */
const qemuSeconds = (frames: string): number =>
  cpuSecondsOf(
    (commandLine) => commandLine.includes(frames),
    (thread) => !PROCESSORS.test(thread),
  );

/** QEMU's VNC server may use JPEG too. */
export const openQemus: OpenGuest = async (folder, frames) => {
  const qemu = writeQemu(folder, frames, '-vnc 127.0.0.1:0,to=99,lossy=on');
  const guest = await Guest.boot({ gpu: 'qemu-2d', qemu, ...SCREEN });
  const { service } = (await guest.qmp.execute('query-vnc')) as { service: string };
  return {
    guest,
    port: Number(service),
    cpuSeconds: () => qemuSeconds(frames),
    [Symbol.asyncDispose]: () => guest[Symbol.asyncDispose](),
  };
};

/** Its display is served by this process. */
export const openOurs: OpenGuest = async (folder, frames) => {
  const backend = await GuestBackend.open({});
  const qemu = writeQemu(folder, frames, '');
  const guest = await Guest.boot({ gpuSocketPath: backend.socketPath, qemu, ...SCREEN });
  const source = new GuestSource(0);
  const [screen] = backend.screens(1);
  if (screen !== undefined) source.show(screen);
  const display = new Display(source);
  const server = await serveVnc({ display, port: 0 });
  const ownSeconds = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  return {
    guest,
    port: server.port,
    cpuSeconds: () =>
      qemuSeconds(frames) +
      ownSeconds() +
      cpuSecondsOf((line) => line.includes(WORKER), undefined, process.pid),
    async [Symbol.asyncDispose]() {
      await server.close();
      display.close();
      await guest[Symbol.asyncDispose]();
      await backend[Symbol.asyncDispose]();
    },
  };
};
