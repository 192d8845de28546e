// What every session process does: one virglrenderer, run inline, for one client that a supervisor hands over. Started by
// worker-process.ts.

import { endWithParent, FileDescriptor, NativeHost, type RenderHost, UnixSocket } from '../../host';
import type { VirglError } from '../../protocol/error';
import {
  CONTROL_FD,
  decodeClientNumber,
  sendMessage,
  STATUS_FD,
  type WorkerConfig,
  type WorkerEnd,
} from './messages';
import { StatusPage } from './status-page';
import { wrappedHost } from './wrap-host';

/** What is not worth a line each, if a client causes it a thousand times. */
const MAX_NOTES = 100;

/** A client, and what there is to serve it with. */
export interface WorkerClient {
  /** Its number at the server. */
  number: number;
  /** What the supervisor handed over; whoever serves closes them. */
  fds: readonly FileDescriptor[];
  /** Decorated, if that was asked for. */
  host: RenderHost;
  /** The host that renders. */
  native: NativeHost;
  watcher: StatusPage;
  /** The supervisor; readable when it is gone. */
  control: UnixSocket;
  /** Tells the supervisor. */
  warn(message: string): void;
}

const receiveClient = (control: UnixSocket): Pick<WorkerClient, 'number' | 'fds'> | undefined => {
  const bytes = new Uint8Array(16);
  if (control.receiveSync(bytes) <= 0) return undefined;
  const fds: FileDescriptor[] = [];
  for (let fd = control.takeFd(); fd !== undefined; fd = control.takeFd()) fds.push(fd);
  return { number: decodeClientNumber(bytes), fds };
};

const NOTHING = { commands: 0, submits: 0, receivedBytes: 0 };

const run = async (
  config: WorkerConfig,
  serve: (client: WorkerClient, session: unknown) => Promise<WorkerEnd>,
): Promise<void> => {
  // Between requests the end of `control` says so; in GL nobody would see it.
  if (!endWithParent(config.supervisor)) return;
  const control = UnixSocket.adopt(FileDescriptor.adopt(CONTROL_FD));
  const watcher = StatusPage.fromFd(FileDescriptor.adopt(STATUS_FD));
  let notes = 0;
  const note = (type: 'warning' | 'library') => (message: string) => {
    if ((notes += 1) <= MAX_NOTES) sendMessage(control, { type, message });
  };
  const logListeners: ((text: string) => void)[] = [];
  const noteLog = note('library');
  const onLog = (text: string): void => {
    noteLog(text);
    for (const listener of logListeners) listener(text);
  };
  let native: NativeHost;
  try {
    native = await NativeHost.open({ ...config.host, inline: true, onLog });
  } catch (error) {
    const { code, message } = error as VirglError;
    sendMessage(control, { type: 'failed', code, message });
    return;
  }
  sendMessage(control, { type: 'ready', renderer: `${native.info.release} (${native.info.platform})` });
  const received = receiveClient(control);
  if (received === undefined) return;
  const { number } = received;
  let host: RenderHost = native;
  let end: WorkerEnd;
  try {
    if (config.wrapHostModule !== undefined) {
      const onLogOf = (listener: (text: string) => void) => void logListeners.push(listener);
      host = await wrappedHost(config.wrapHostModule, native, { number, onLog: onLogOf });
    }
    const client = { ...received, host, native, watcher, control, warn: note('warning') };
    end = await serve(client, config.session);
  } catch (error) {
    end = { ...NOTHING, reason: (error as Error).message };
  }
  // What a decorator keeps is finished before the supervisor hears of the end, which it makes a quick one.
  if (host !== native) await host.close();
  sendMessage(control, { type: 'end', ...end });
};

/** Runs this process as a session process: `serve` is called for its client, with what the supervisor configured. */
export const runWorker = <Session>(
  serve: (client: WorkerClient, session: Session) => Promise<WorkerEnd>,
): void => {
  const config = JSON.parse(process.argv[2]) as WorkerConfig;
  // The supervisor may be gone, and then nobody is left to tell.
  run(config, serve as (client: WorkerClient, session: unknown) => Promise<WorkerEnd>).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
};
