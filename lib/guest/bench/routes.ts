// Where programs are measured: the host without a guest, a guest on QEMU's own virgl, and guests on ours.

import type { Image } from '../../image';
import { Guest } from '../machine/guest';
import type { GuestOptions } from '../machine/options';
import { runKmsProgram } from '../native/kms-program';
import { GuestBackend } from '../run/backend';
import { BENCH_SCREEN, type BenchProgram } from './programs';
import { atKmscubeFrame } from './stopped-kmscube';

/** Names of the routes, the host first. */
export const BENCH_ROUTES = ['host', 'qemu-virgl', 'ours, every frame', 'ours'] as const;

/** One of {@link BENCH_ROUTES}. */
export type BenchRoute = (typeof BENCH_ROUTES)[number];

/** A way to run programs. */
export interface OpenRoute extends AsyncDisposable {
  /** What a program wrote to stdout. */
  run(program: BenchProgram): Promise<string>;
  /** What kmscube draws in one of its frames. */
  kmscubeFrame(frame: number): Promise<Image>;
  /** Submits and other commands of the GPU that failed so far; undefined where there is no such thing. */
  failures(): Promise<number | undefined>;
}

/** Updates of QEMU's display in a second: as many as a guest can draw. */
const EVERY_FRAME_HZ = 1000;
const TIMEOUT_MS = 120_000;

const openHost = async (): Promise<OpenRoute> => ({
  run: async ({ command, onHost }) => (await runKmsProgram([...command, ...onHost], BENCH_SCREEN)).stdout,
  kmscubeFrame: async (frame) => {
    const { frames } = await runKmsProgram(['kmscube', '-c', String(frame + 1)], {
      ...BENCH_SCREEN,
      keep: [frame],
    });
    const [image] = frames;
    if (image === undefined) throw new Error(`kmscube has not drawn frame ${frame}`);
    return image;
  },
  failures: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
});

// How the guest's kernel logs that the device refused a command.
const COUNT_REFUSED = 'dmesg | grep -c "virtio_gpu.*response 0x12" || true';

const openGuest = async (
  options: Omit<GuestOptions, 'gpuSocketPath'>,
  backend?: GuestBackend,
): Promise<OpenRoute> => {
  const guest = await Guest.boot({ ...options, ...BENCH_SCREEN, gpuSocketPath: backend?.socketPath });
  return {
    run: async ({ name, command }) => {
      const { stdout, stderr, exitCode } = await guest.run(command, { timeoutMs: TIMEOUT_MS });
      if (exitCode !== 0) throw new Error(`${name} ended with ${exitCode} in the guest: ${stderr.trim()}`);
      return stdout;
    },
    kmscubeFrame: (frame) => atKmscubeFrame(guest, frame, () => guest.screenshot()),
    failures: async () => {
      const { stdout } = await guest.run(COUNT_REFUSED);
      return Number(stdout) + (backend?.report.warnings.length ?? 0);
    },
    [Symbol.asyncDispose]: async () => {
      await guest.close();
      await backend?.close();
    },
  };
};

const openOurs = async (
  options: Omit<GuestOptions, 'gpuSocketPath'>,
  displayRateHz?: number,
): Promise<OpenRoute> => {
  const backend = await GuestBackend.open({
    server: displayRateHz === undefined ? {} : { displayRateHz },
  });
  try {
    return await openGuest({ ...options, gpu: 'ours' }, backend);
  } catch (error) {
    await backend.close();
    throw error;
  }
};

/** Opens a route; guests are booted. */
export const openRoute = (
  route: BenchRoute,
  options: Omit<GuestOptions, 'gpuSocketPath'>,
): Promise<OpenRoute> => {
  const open: Readonly<Record<BenchRoute, () => Promise<OpenRoute>>> = {
    host: openHost,
    'qemu-virgl': () => openGuest({ ...options, gpu: 'qemu-virgl' }),
    'ours, every frame': () => openOurs(options, EVERY_FRAME_HZ),
    ours: () => openOurs(options),
  };
  return open[route]();
};
