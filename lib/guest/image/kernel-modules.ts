// Which files the kernel needs for a list of modules, in an order in which each finds what it uses. Facts: modules.dep(5).

import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** `virtio-gpu` and `virtio_gpu` are the same module. */
const moduleName = (file: string): string => path.basename(file, '.ko').replaceAll('-', '_');

/** Paths of modules and of what each uses, nearest first, as depmod writes them. */
const parseDependencies = (text: string): Map<string, { file: string; uses: string[] }> => {
  const modules = new Map<string, { file: string; uses: string[] }>();
  for (const line of text.split('\n')) {
    const [file, uses = ''] = line.split(':');
    if (file) modules.set(moduleName(file), { file, uses: uses.split(' ').filter(Boolean) });
  }
  return modules;
};

/**
 * Files in loading order, relative to the folder of modules.dep. Modules that are built into the kernel have none.
 * @param folder `…/lib/modules/RELEASE`, after depmod
 */
export const moduleFiles = async (folder: string, names: readonly string[]): Promise<string[]> => {
  const modules = parseDependencies(await readFile(path.join(folder, 'modules.dep'), 'utf8'));
  const files = new Set<string>();
  for (const name of names) {
    const found = modules.get(moduleName(name));
    if (found === undefined) continue;
    for (const file of [...found.uses].reverse()) files.add(file);
    files.add(found.file);
  }
  return [...files];
};
