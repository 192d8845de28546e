// Builds the test guest from Debian's packages.

import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { VirglError } from '../../protocol/error';
import { runTool } from '../tool';
import { DebianArchive, type DebianPackage } from './apt';
import {
  cacheFolder,
  findGuest,
  type GuestImage,
  IMAGE_FILES,
  imageFolder,
  readImage,
  removeOldImages,
  workFolder,
} from './cache';
import { KERNEL_METAPACKAGE, USERLAND_PACKAGES } from './contents';
import { makeInitramfs } from './initramfs';
import { unpackKernel } from './kernel';
import { finishRoot, packRoot, unpackPackages } from './root-disk';

/** What {@link buildGuest} is told. */
export interface GuestBuildOptions {
  /** Where packages and images are kept; default {@link cacheFolder}. */
  cache?: string;
  /** Told what is being done, a line at a time. */
  onProgress?: (line: string) => void;
  /** Makes the image anew even if it is there. */
  force?: boolean;
  signal?: AbortSignal;
}

interface Build {
  cache: string;
  archive: DebianArchive;
  progress: (line: string) => void;
  signal?: AbortSignal;
}

interface Ingredients {
  kernel: DebianPackage;
  userland: DebianPackage[];
}

const OPERATION = 'guest build';
const BYTES_PER_MB = 1_000_000;

const resolve = async ({ archive }: Build): Promise<Ingredients> => {
  const kernel = await archive.find(await archive.firstDependency(KERNEL_METAPACKAGE));
  return { kernel, userland: await archive.resolve(USERLAND_PACKAGES) };
};

const release = (kernel: DebianPackage): string => kernel.name.replace('linux-image-', '');

/** Lays the parts of an image out in a folder. */
const makeImage = async (build: Build, { kernel, userland }: Ingredients, work: string): Promise<string> => {
  const { archive, progress, signal } = build;
  const fileOf = ({ fileName }: DebianPackage): string => path.join(archive.folder, fileName);
  const [root, kernelRoot, initramfs, image] = ['root', 'kernel', 'initramfs', 'image'].map((name) =>
    path.join(work, name),
  ) as [string, string, string, string];
  for (const folder of [root, kernelRoot, initramfs, image]) await mkdir(folder);

  progress('unpacking');
  await unpackPackages([...userland.map(fileOf)], root, signal);
  await unpackPackages([fileOf(kernel)], kernelRoot, signal);
  await finishRoot(root);

  progress('packing the kernel and the initial file system');
  const busybox = path.join(root, 'bin', 'busybox');
  await runTool(OPERATION, busybox, ['depmod', '-b', kernelRoot, release(kernel)], { signal });
  const modules = path.join(kernelRoot, 'lib', 'modules', release(kernel));
  await makeInitramfs({ busybox, modules }, initramfs, path.join(image, IMAGE_FILES.initramfs));
  const vmlinuz = path.join(kernelRoot, 'boot', `vmlinuz-${release(kernel)}`);
  await unpackKernel(vmlinuz, path.join(image, IMAGE_FILES.kernel));

  progress('packing the root disk');
  await packRoot(root, path.join(image, IMAGE_FILES.rootDisk), signal);
  return image;
};

const build = async (context: Build, ingredients: Ingredients, folder: string): Promise<void> => {
  const packages = [ingredients.kernel, ...ingredients.userland];
  const megabytes = packages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / BYTES_PER_MB;
  context.progress(`fetching what is missing of ${packages.length} packages (${megabytes.toFixed(0)} MB)`);
  await context.archive.download(packages, context.signal);
  const work = await workFolder(context.cache);
  try {
    const image = await makeImage(context, ingredients, work);
    const list = packages.map(({ name, version, digest }) => ({ name, version, digest }));
    await writeFile(path.join(image, IMAGE_FILES.packages), `${JSON.stringify(list, undefined, 1)}\n`);
    await mkdir(path.dirname(folder), { recursive: true });
    await rm(folder, { recursive: true, force: true });
    await rename(image, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};

/** The image to fall back on when the package lists can't be fetched. */
const keptImage = async ({ cache, progress }: Build, error: unknown): Promise<GuestImage> => {
  const kept = await findGuest(cache);
  if (kept === undefined) throw error;
  progress(`the package lists could not be fetched, so the image that is there is used: ${String(error)}`);
  return kept;
};

/**
 * Builds the test guest, unless there is one of today's package versions already.
 * @throws VirglError `ERR_VIRGL_SYSTEM` when packages can't be fetched or a tool is missing
 */
export const buildGuest = async (options: GuestBuildOptions = {}): Promise<GuestImage> => {
  const { cache = cacheFolder(), onProgress: progress = () => undefined, force = false, signal } = options;
  if (process.arch !== 'x64') {
    throw new VirglError(
      'ERR_VIRGL_UNSUPPORTED',
      `${OPERATION}: expected an x64 machine but this is ${process.arch}`,
      {
        operation: OPERATION,
      },
    );
  }
  const archive = await DebianArchive.open(path.join(cache, 'apt'));
  const context: Build = { cache, archive, progress, signal };
  progress('fetching package lists');
  try {
    await archive.update(signal);
  } catch (error) {
    return keptImage(context, error);
  }
  const ingredients = await resolve(context);
  const folder = imageFolder(cache, [ingredients.kernel, ...ingredients.userland]);
  if (force || !existsSync(folder)) await build(context, ingredients, folder);
  await removeOldImages(cache, folder);
  const image = await readImage(folder);
  if (image === undefined) throw new Error(`no image in ${folder}`);
  return image;
};
