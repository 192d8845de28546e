// Session processes and their supervision, for every kind of server.

export type { WorkerEnd } from './messages';
export { runWorker, type WorkerClient } from './run-worker';
export { Watchdog } from './watchdog';
export { WorkerPool } from './worker-pool';
export {
  type WorkerListener,
  type WorkerOptions,
  type WorkerOutcome,
  WorkerProcess,
  type WorkerProgram,
} from './worker-process';
export type { WrapHost, WrapHostModule, WrappedClient } from './wrap-host';
