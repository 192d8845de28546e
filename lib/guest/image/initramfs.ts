// The initial file system of the guest: busybox, kernel modules, and a script that mounts the root disk.

import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { runTool } from '../tool';
import { asset } from './assets';
import { KERNEL_MODULES } from './contents';
import { moduleFiles } from './kernel-modules';

const OPERATION = 'guest build';
const FOLDERS = ['bin', 'dev', 'modules', 'proc', 'root', 'sys'];

const listFiles = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true });
  return ['.', ...entries].sort();
};

/** What the initial file system is made from. */
export interface InitramfsSources {
  /** Statically linked, for this machine too: it also packs the archive. */
  busybox: string;
  /** `…/lib/modules/RELEASE` of the unpacked kernel package, after depmod. */
  modules: string;
}

/**
 * Makes the archive.
 * @param folder where its files are laid out; must be empty
 * @param file where it goes
 */
export const makeInitramfs = async (
  { busybox, modules }: InitramfsSources,
  folder: string,
  file: string,
): Promise<void> => {
  for (const name of FOLDERS) await mkdir(path.join(folder, name), { recursive: true });
  await copyFile(busybox, path.join(folder, 'bin', 'busybox'));
  await copyFile(asset('initramfs-init.sh'), path.join(folder, 'init'));
  const files = await moduleFiles(modules, KERNEL_MODULES);
  const names = files.map((moduleFile) => path.basename(moduleFile));
  for (const [index, name] of names.entries())
    await copyFile(path.join(modules, files[index] ?? ''), path.join(folder, 'modules', name));
  await writeFile(path.join(folder, 'modules', 'order'), names.map((name) => `${name}\n`).join(''));
  await runTool(OPERATION, 'chmod', ['755', 'init', 'bin/busybox'], { cwd: folder });
  const input = (await listFiles(folder)).map((name) => `${name}\n`).join('');
  const pack = ['cpio', '-o', '-H', 'newc', '-R', '0:0'];
  const archive = await runTool(OPERATION, busybox, pack, { cwd: folder, input });
  await writeFile(file, gzipSync(archive, { level: 6 }));
};
