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
  guest?: Omit<GuestOptions, 'gpuSocketPath' | 'shell' | 'signal'>;
  /** A folder for screenshots that are taken while the program runs. */
  screenshots?: string;
  /** Default 250. */
  screenshotIntervalMs?: number;
  /** File for a recording of what the guest draws; only for {@link GuestOptions.gpu} `ours`. */
  record?: string;
  /** Told what the backend tells. */
  onGpuEvent?: (event: VhostUserGpuEvent) => void;
  /** Ends the program and its guest at any time; nothing of them is left when the promise rejects with its reason. */
  signal?: AbortSignal;
  /** Called when the guest has started; what it returns is disposed when the program, or the guest, has ended. */
  onStarted?: (running: RunningGuest) => Promise<AsyncDisposable>;
}

/** What {@link shellInGuest} is told. */
export type GuestShellOptions = Pick<
  GuestRunOptions,
  'guest' | 'record' | 'onGpuEvent' | 'onStarted' | 'signal'
>;

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
  /** As {@link Guest.withoutKvm}. */
  withoutKvm?: string;
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

// What an ended guest makes fail says less than why it was ended.
const orReason = async <T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
};

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
  const { bootMs, machine, qemuVersion, withoutKvm } = guest;
  return {
    ...program,
    bootMs,
    accelerator: machine.accelerator,
    withoutKvm,
    qemuVersion,
    screenshots: series?.files ?? [],
  };
};

/**
 * Runs one program in a guest of its own.
 * @param command program and arguments, or a script for the guest's shell
 * @throws VirglError as {@link Guest.boot} and {@link Guest.run}; the reason of `signal`
 */
export const runInGuest = (
  command: readonly string[] | string,
  options: GuestRunOptions = {},
): Promise<GuestRunReport> => orReason(options.signal, bootAndRun(command, options));

const bootAndRun = async (
  command: readonly string[] | string,
  options: GuestRunOptions,
): Promise<GuestRunReport> => {
  const { signal } = options;
  signal?.throwIfAborted();
  const backend = await openBackend(options);
  try {
    const guest = await Guest.boot({ ...options.guest, signal, gpuSocketPath: backend?.socketPath });
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

/**
 * Gives this process's terminal to a shell in a guest, until that ends, which is the end of the guest too. Every key is the guest's:
 * Ctrl-C interrupts what runs there.
 * @returns the shell's exit code
 * @throws VirglError as {@link Guest.boot} and {@link Guest.shellExit}; the reason of `signal`
 */
export const shellInGuest = (options: GuestShellOptions = {}): Promise<number> =>
  orReason(options.signal, bootForShell(options));

const bootForShell = async (options: GuestShellOptions): Promise<number> => {
  const { signal } = options;
  signal?.throwIfAborted();
  await using backend = await openBackend(options);
  await using guest = await Guest.boot({
    ...options.guest,
    signal,
    gpuSocketPath: backend?.socketPath,
    shell: true,
  });
  await using _onlookers = await started(options, guest, backend);
  const exitCode = await guest.shellExit();
  signal?.throwIfAborted();
  return exitCode;
};
