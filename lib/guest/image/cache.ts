// Where the test guest is kept, and which of the kept images is the one to use.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { asset, GUEST_SCRIPTS } from './assets';
import type { DebianPackage } from './apt';
import * as contents from './contents';

/** A guest that QEMU can start. */
export interface GuestImage {
  /** Its folder; whose name tells the recipe and the versions. */
  folder: string;
  kernel: string;
  initramfs: string;
  /** A squashfs. */
  rootDisk: string;
  /** What is in it. */
  packages: Pick<DebianPackage, 'name' | 'version' | 'digest'>[];
}

/** Files of an image. */
export const IMAGE_FILES = {
  kernel: 'vmlinux',
  initramfs: 'initramfs.gz',
  rootDisk: 'root.squashfs',
  packages: 'packages.json',
} as const;

/** The folder of everything that is kept: `$XDG_CACHE_HOME/virgl/guest`. */
export const cacheFolder = (): string =>
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'virgl', 'guest');

const imagesFolder = (cache: string): string => path.join(cache, 'images');

const DIGEST_CHARACTERS = 12;
const digestOf = (parts: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, DIGEST_CHARACTERS);
};

/** Raised when images are made in another way from the same contents. */
const RECIPE = '2';

/** Compilers order what a module exports as they like. */
const sortedContents = (): string => JSON.stringify(Object.entries(contents).sort());

const recipeDigest = (): string =>
  digestOf([RECIPE, sortedContents(), ...GUEST_SCRIPTS.map((name) => readFileSync(asset(name), 'utf8'))]);

/** Folder of the image that today's recipe makes of these packages. */
export const imageFolder = (cache: string, packages: readonly DebianPackage[]): string => {
  const versions = packages.map(({ name, version, digest }) => `${name} ${version} ${digest}`).sort();
  return path.join(imagesFolder(cache), `${recipeDigest()}-${digestOf(versions)}`);
};

/** The image in a folder, or undefined if it has none. An image is put there whole or not at all. */
export const readImage = async (folder: string): Promise<GuestImage | undefined> => {
  const list = path.join(folder, IMAGE_FILES.packages);
  if (!existsSync(list)) return undefined;
  return {
    folder,
    kernel: path.join(folder, IMAGE_FILES.kernel),
    initramfs: path.join(folder, IMAGE_FILES.initramfs),
    rootDisk: path.join(folder, IMAGE_FILES.rootDisk),
    packages: JSON.parse(await readFile(list, 'utf8')) as GuestImage['packages'],
  };
};

const imageNames = async (cache: string): Promise<string[]> => {
  const folder = imagesFolder(cache);
  return existsSync(folder) ? readdir(folder) : [];
};

/**
 * The newest image that today's recipe made, or undefined if there is none.
 * @param cache another folder than {@link cacheFolder}
 */
export const findGuest = async (cache = cacheFolder()): Promise<GuestImage | undefined> => {
  const names = (await imageNames(cache)).filter((name) => name.startsWith(`${recipeDigest()}-`));
  const folders = names.map((name) => path.join(imagesFolder(cache), name));
  const ages = await Promise.all(folders.map(async (folder) => (await stat(folder)).mtimeMs));
  const newest = folders[ages.indexOf(Math.max(...ages))];
  return newest === undefined ? undefined : readImage(newest);
};

/** A folder beside the images, in which one is made. */
export const workFolder = async (cache: string): Promise<string> => {
  const folder = path.join(cache, `making-${process.pid}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
};

/** Images of other recipes are other installations' of this package. */
const FORGOTTEN_MS = 14 * 24 * 3600 * 1000;

/**
 * Removes what an image replaces: the same recipe's of older packages, and other recipes' when they were made long ago. A guest that runs
 * keeps the files that it has open.
 */
export const removeOldImages = async (cache: string, kept: string): Promise<void> => {
  const [recipe = ''] = path.basename(kept).split('-');
  for (const name of await imageNames(cache)) {
    const folder = path.join(imagesFolder(cache), name);
    const isReplaced = name.startsWith(`${recipe}-`) && name !== path.basename(kept);
    const age = Date.now() - (await stat(folder)).mtimeMs;
    if (isReplaced || age > FORGOTTEN_MS) await rm(folder, { recursive: true, force: true });
  }
};
