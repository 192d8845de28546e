// Programs that draw to a display by themselves (kmscube, glmark2-es2-drm), run on the host: the same programs as in the guest, on the
// host's software renderer, without a guest between and without a display (see assets/native-kms.c).

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Image } from '../../image';
import { runHostProgram } from './host-program';
import { kmsShim } from './kms-shim';

/** How one is run. */
export interface KmsProgramOptions {
  /** Size of the display that it finds. */
  width: number;
  height: number;
  /** Frames to keep, from 0. */
  keep?: readonly number[];
  /** Default 120,000. */
  timeoutMs?: number;
}

/** What came of it. */
export interface KmsProgramReport {
  /** What it wrote to stdout. */
  stdout: string;
  /** The kept frames. */
  frames: Image[];
}

/** The device that glmark2-es2-drm must be told (`--winsys-options drm-device=…`), as it can't be found. */
export const HOST_KMS_DEVICE = '/dev/zero';

const TIMEOUT_MS = 120_000;
const PIXEL_BYTES = 4;

const flipped = (pixels: Uint8Array, width: number, height: number): Image => {
  const stride = width * PIXEL_BYTES;
  const data = new Uint8Array(pixels.byteLength);
  for (let row = 0; row < height; row += 1)
    data.set(pixels.subarray((height - 1 - row) * stride, (height - row) * stride), row * stride);
  return { width, height, data };
};

/**
 * Runs one to its end.
 * @throws VirglError `ERR_VIRGL_SYSTEM` when it or a compiler is missing, or when it fails
 */
export const runKmsProgram = async (
  [program = '', ...args]: readonly string[],
  { width, height, keep = [], timeoutMs = TIMEOUT_MS }: KmsProgramOptions,
): Promise<KmsProgramReport> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'virgl-kms-'));
  try {
    const env = {
      LD_PRELOAD: await kmsShim(),
      LIBGL_ALWAYS_SOFTWARE: '1',
      NATIVE_KMS_SIZE: `${width}x${height}`,
      NATIVE_KMS_FRAMES: `${keep.join(',')}:${folder}`,
    };
    const stdout = await runHostProgram(program, args, { env, timeoutMs });
    const read = async (frame: number): Promise<Image> =>
      flipped(await readFile(path.join(folder, `${frame}.rgba`)), width, height);
    return { stdout, frames: await Promise.all(keep.map(read)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
