// Linux guests in QEMU on our GPU: a small one built from Debian's packages, and what runs programs in it.

export {
  benchGuests,
  type GuestBenchOptions,
  type GuestBenchReport,
  type GuestBenchRow,
  type PixelCheck,
} from './bench/bench';
export { BENCH_ROUTES, type BenchRoute } from './bench/routes';
export { type DebianPackage } from './image/apt';
export { cacheFolder, findGuest, type GuestImage } from './image/cache';
export { buildGuest, type GuestBuildOptions } from './image/build';
export { type GuestProgramOptions, type GuestProgramReport, quoteWord } from './machine/agent';
export { GUEST_DEFAULTS } from './machine/boot';
export { Guest } from './machine/guest';
export { whileRunning } from './machine/while-running';
export type { GuestOptions } from './machine/options';
export type { QemuEnd } from './machine/qemu-process';
export {
  type Accelerator,
  ACCELERATOR_CHOICES,
  type AcceleratorChoice,
  type AcceleratorUse,
} from './qemu/accelerator';
export { commandLine, GUEST_GPUS, type GuestGpu, type Machine } from './qemu/command-line';
export { type GuestFacts, inspectGuests } from './run/inspect';
export { findQemu, QEMU_ADVICE, type Qemu } from './qemu/find';
export { QmpClient, type QmpEvent } from './qemu/qmp';
export { type BackendReport, GuestBackend, type GuestBackendOptions } from './run/backend';
export { recordGuests } from './run/recorder';
export {
  type GuestRunOptions,
  type GuestRunReport,
  type GuestShellOptions,
  runInGuest,
  type RunningGuest,
  shellInGuest,
} from './run/run-in-guest';
export { ScreenshotSeries, type SeriesOptions } from './screen/screenshot-series';
