// A session process of one's own: a renderer in another process, for scripts.

import { type NativeHostOptions, UnixSocket } from '../../host';
import type { SessionLimits } from '../session/limits';
import { vtestWorker } from './vtest-worker';
import { type WorkerOutcome, WorkerProcess } from './worker-process';

/** How a private session is started. */
export interface PrivateSessionOptions {
  /** How virglrenderer is started in the other process. */
  host?: Pick<NativeHostOptions, 'libraryPath' | 'platform' | 'renderNode' | 'flags'>;
  limits?: Partial<SessionLimits>;
  /** What virglrenderer says there. */
  onLibraryLog?: (message: string) => void;
}

/** A process that renders for one connection. */
export interface PrivateSession {
  /** Speaks vtest; whoever takes it closes it, and that ends the process. */
  readonly socket: UnixSocket;
  /** How the process ended; resolves when it is gone. */
  readonly gone: Promise<WorkerOutcome>;
  /** Ends the process and resolves when it is gone. Safe to call twice. */
  close(): Promise<void>;
}

const ignore = (): void => undefined;

/**
 * Starts a process with a virglrenderer of its own.
 * @throws VirglError as `NativeHost.open` there; `ERR_VIRGL_CRASHED` when the process dies while it starts
 */
export const startPrivateSession = async (options: PrivateSessionOptions = {}): Promise<PrivateSession> => {
  const { host = {}, limits = {}, onLibraryLog = ignore } = options;
  const flags = [...new Set([...(host.flags ?? []), 'threadSync', 'externalBlob'] as const)];
  const worker = new WorkerProcess(vtestWorker({ host: { ...host, flags }, session: { limits } }));
  const [socket, theirs] = UnixSocket.pair('stream');
  try {
    await worker.ready;
    using fd = theirs.duplicateFd();
    worker.serve([fd], 1, { warning: ignore, library: onLibraryLog });
  } catch (error) {
    socket.close();
    worker.kill('shutdown');
    throw error;
  } finally {
    theirs.close();
  }
  const close = async (): Promise<void> => {
    worker.kill('shutdown');
    await worker.gone;
  };
  return { socket, gone: worker.gone, close };
};
