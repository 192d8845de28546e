// A session process: one virglrenderer for one client, run inline. Started by worker-process.ts; serves what it is handed, and
// ends with it.

import { FileDescriptor, NativeHost, type RenderHost, UnixSocket } from '../../host';
import { VirglError } from '../../protocol/error';
import { sessionHome } from '../session/home';
import { reasonOf, serveBlocking, type SessionEnd } from '../session/serve';
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

const describeEnd = (end: SessionEnd): WorkerEnd => ({
  name: end.clientName,
  ...end.stats,
  lastCommand: end.lastCommand,
  reason: reasonOf(end),
});

/** The connection to serve, and its number; undefined when the supervisor is gone. */
const receiveClient = (control: UnixSocket): { socket: UnixSocket; number: number } | undefined => {
  const bytes = new Uint8Array(16);
  const length = control.receiveSync(bytes);
  const fd = length > 0 ? control.takeFd() : undefined;
  return fd === undefined ? undefined : { socket: UnixSocket.adopt(fd), number: decodeClientNumber(bytes) };
};

/** A client that could not be served. */
const notServed = (error: unknown): WorkerEnd => ({
  commands: 0,
  submits: 0,
  receivedBytes: 0,
  reason: (error as Error).message,
});

const run = async (config: WorkerConfig): Promise<void> => {
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
  const client = receiveClient(control);
  if (client === undefined) return;
  const { idleTimeoutMs, wrapHostModule } = config;
  const { socket, number } = client;
  let host: RenderHost = native;
  try {
    if (wrapHostModule !== undefined) {
      const onLogOf = (listener: (text: string) => void) => void logListeners.push(listener);
      host = await wrappedHost(wrapHostModule, native, { number, onLog: onLogOf });
    }
  } catch (error) {
    sendMessage(control, { type: 'end', ...notServed(error) });
    return;
  }
  const home = sessionHome(host, config.limits, note('warning'));
  const end = await serveBlocking(home, socket, { idleTimeoutMs, watcher, endWith: control });
  // What a decorator keeps is finished before the supervisor hears of the end, which it makes a quick one.
  if (host !== native) await host.close();
  sendMessage(control, { type: 'end', ...describeEnd(end) });
};

// The supervisor may be gone, and then nobody is left to tell.
run(JSON.parse(process.argv[2]) as WorkerConfig).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
