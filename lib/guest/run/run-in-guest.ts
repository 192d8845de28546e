// Boots a guest for one program, or for somebody at a terminal.

import type { GuestScreen, VhostUserGpuEvent } from '../../vhost-user';
import type { GuestProgramOptions, GuestProgramReport } from '../machine/agent';
import { GUEST_DEFAULTS } from '../machine/boot';
import { Guest } from '../machine/guest';
import type { GuestOptions } from '../machine/options';
import type { Accelerator } from '../qemu/accelerator';
import { ScreenshotSeries } from '../screen/screenshot-series';
import { type BackendReport, GuestBackend } from './backend';

/** What {@link runInGuest} is told. */
export interface GuestRunOptions extends GuestProgramOptions {
  /** The guest; its backend is chosen here. */
  guest?: Omit<GuestOptions, 'gpuSocketPath' | 'shell'>;
  /** A folder for screenshots that are taken while the program runs. */
  screenshots?: string;
  /** Default 250. */
  screenshotIntervalMs?: number;
  /** File for a recording of what the guest draws; only for {@link GuestOptions.gpu} `ours`. */
  record?: string;
  /** Told what the backend tells. */
  onGpuEvent?: (event: VhostUserGpuEvent) => void;
  /** Called when the guest has started; what it returns is disposed when the program, or the guest, has ended. */
  onStarted?: (running: RunningGuest) => Promise<AsyncDisposable>;
}

/** A guest that has started, for those who look at it. */
export interface RunningGuest {
  guest: Guest;
  /** Its displays; of the GPUs of QEMU there are none. */
  screens: readonly GuestScreen[];
}

/** How it went. */
export interface GuestRunReport extends GuestProgramReport {
  bootMs: number;
  accelerator: Accelerator;
  qemuVersion: string;
  /** Files. */
  screenshots: string[];
  /** What our backend told; undefined for the GPUs of QEMU. */
  gpu?: BackendReport;
}

const SCREENSHOT_INTERVAL_MS = 250;

const needsBackend = (guest: GuestRunOptions['guest']): boolean =>
  (guest?.gpu ?? GUEST_DEFAULTS.gpu) === 'ours';

const openBackend = async (options: GuestRunOptions): Promise<GuestBackend | undefined> =>
  needsBackend(options.guest)
    ? GuestBackend.open({ record: options.record, onEvent: options.onGpuEvent })
    : undefined;

/** The backend has one guest. */
const started = (
  { onStarted }: Pick<GuestRunOptions, 'onStarted'>,
  guest: Guest,
  backend: GuestBackend | undefined,
): Promise<AsyncDisposable> | undefined => onStarted?.({ guest, screens: backend?.screens(1) ?? [] });

const runProgram = async (
  guest: Guest,
  command: readonly string[] | string,
  options: GuestRunOptions,
): Promise<Omit<GuestRunReport, 'gpu'>> => {
  const { screenshots: folder, screenshotIntervalMs: intervalMs = SCREENSHOT_INTERVAL_MS } = options;
  const capture = (): ReturnType<Guest['screenshot']> => guest.screenshot();
  const series =
    folder === undefined ? undefined : await ScreenshotSeries.start({ folder, intervalMs, capture });
  let program: GuestProgramReport;
  try {
    program = await guest.run(command, options);
  } finally {
    await series?.stop();
  }
  const { bootMs, machine, qemuVersion } = guest;
  return {
    ...program,
    bootMs,
    accelerator: machine.accelerator,
    qemuVersion,
    screenshots: series?.files ?? [],
  };
};

/**
 * Runs one program in a guest of its own.
 * @param command program and arguments, or a script for the guest's shell
 * @throws VirglError as {@link Guest.boot} and {@link Guest.run}
 */
export const runInGuest = async (
  command: readonly string[] | string,
  options: GuestRunOptions = {},
): Promise<GuestRunReport> => {
  const backend = await openBackend(options);
  try {
    const guest = await Guest.boot({ ...options.guest, gpuSocketPath: backend?.socketPath });
    let report: Omit<GuestRunReport, 'gpu'>;
    try {
      await using _onlookers = await started(options, guest, backend);
      report = await runProgram(guest, command, options);
    } finally {
      await guest.close();
    }
    await backend?.close();
    return { ...report, gpu: backend?.report };
  } finally {
    await backend?.close();
  }
};

/** Gives this process's terminal to a shell in a guest, until the guest is switched off (by `exit`). */
export const shellInGuest = async (
  options: Pick<GuestRunOptions, 'guest' | 'record' | 'onGpuEvent' | 'onStarted'> = {},
): Promise<void> => {
  await using backend = await openBackend(options);
  await using guest = await Guest.boot({
    ...options.guest,
    gpuSocketPath: backend?.socketPath,
    shell: true,
  });
  await using _onlookers = await started(options, guest, backend);
  await guest.ended;
};
