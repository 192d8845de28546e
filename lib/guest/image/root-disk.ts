// The root disk of the guest: packages unpacked without their installation scripts, trimmed, and packed as a squashfs.

import { copyFile, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runTool } from '../tool';
import { asset } from './assets';
import { MESA_DRIVER_FOLDER, MESA_DRIVERS, MOUNT_POINTS, UNUSED_PATHS } from './contents';

const OPERATION = 'guest build';
/** Debian's mesa-utils-bin gives programs names such as eglinfo.x86_64-linux-gnu. */
const ARCHITECTURE_SUFFIX = '.x86_64-linux-gnu';
const PROGRAMS = 'usr/bin';
/** Commands of busybox, after everything else in PATH. */
const APPLETS = 'applets';

/** Unpacks packages into a folder, several at a time. */
export const unpackPackages = async (
  files: readonly string[],
  folder: string,
  signal?: AbortSignal,
): Promise<void> => {
  const waiting = [...files];
  const worker = async (): Promise<void> => {
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop())
      await runTool(OPERATION, 'dpkg-deb', ['-x', file, folder], { signal });
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, worker));
};

const trim = async (root: string): Promise<void> => {
  for (const unused of UNUSED_PATHS) await rm(path.join(root, unused), { recursive: true, force: true });
  const drivers = path.join(root, MESA_DRIVER_FOLDER);
  for (const name of await readdir(drivers))
    if (!MESA_DRIVERS.includes(name)) await rm(path.join(drivers, name));
};

const linkPrograms = async (root: string): Promise<void> => {
  for (const name of await readdir(path.join(root, PROGRAMS))) {
    if (name.endsWith(ARCHITECTURE_SUFFIX))
      await symlink(name, path.join(root, PROGRAMS, name.slice(0, -ARCHITECTURE_SUFFIX.length)));
  }
};

const linkApplets = async (root: string): Promise<void> => {
  const names = String(await runTool(OPERATION, path.join(root, 'bin', 'busybox'), ['--list']));
  await mkdir(path.join(root, APPLETS));
  for (const name of names.split('\n').filter(Boolean))
    await symlink('/bin/busybox', path.join(root, APPLETS, name));
  await symlink('busybox', path.join(root, 'bin', 'sh'));
};

/** Makes a folder of unpacked packages one that Linux can start from. */
export const finishRoot = async (root: string): Promise<void> => {
  await trim(root);
  await linkPrograms(root);
  await linkApplets(root);
  for (const name of MOUNT_POINTS) await mkdir(path.join(root, name), { recursive: true });
  const init = path.join(root, 'sbin', 'guest-init');
  await copyFile(asset('guest-init.sh'), init);
  await runTool(OPERATION, 'chmod', ['755', init]);
  await runTool(OPERATION, 'ldconfig', ['-r', root]);
};

/** Packs a root as a disk; equal roots give equal disks. */
export const packRoot = async (root: string, file: string, signal?: AbortSignal): Promise<void> => {
  const compression = ['-comp', 'zstd', '-Xcompression-level', '6'];
  const reproducible = ['-all-root', '-all-time', '0', '-mkfs-time', '0', '-no-xattrs'];
  const args = [root, file, '-quiet', '-no-progress', '-noappend', ...compression, ...reproducible];
  await runTool(OPERATION, 'mksquashfs', args, { signal });
};
