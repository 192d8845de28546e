// A session process: one virglrenderer for one client, run inline. Started by worker-process.ts; serves what it is handed, and
// ends with it.

import { endWithParent, FileDescriptor, NativeHost, UnixSocket } from '../../host';
import { VirglError } from '../../protocol/error';
import { sessionHome } from '../session/home';
import { reasonOf, serveBlocking, type SessionEnd } from '../session/serve';
import { CONTROL_FD, sendMessage, STATUS_FD, type WorkerConfig, type WorkerEnd } from './messages';
import { StatusPage } from './status-page';

/** What is not worth a line each, if a client causes it a thousand times. */
const MAX_NOTES = 100;

const describeEnd = (end: SessionEnd): WorkerEnd => ({
  name: end.clientName,
  ...end.stats,
  lastCommand: end.lastCommand,
  reason: reasonOf(end),
});

/** The connection to serve; undefined when the supervisor is gone. */
const receiveClient = (control: UnixSocket): UnixSocket | undefined => {
  const length = control.receiveSync(new Uint8Array(16));
  const fd = length > 0 ? control.takeFd() : undefined;
  return fd === undefined ? undefined : UnixSocket.adopt(fd);
};

const run = async (config: WorkerConfig): Promise<void> => {
  // Between requests the end of `control` says so; in GL nobody would see it.
  if (!endWithParent(config.supervisor)) return;
  const control = UnixSocket.adopt(FileDescriptor.adopt(CONTROL_FD));
  const watcher = StatusPage.fromFd(FileDescriptor.adopt(STATUS_FD));
  let notes = 0;
  const note = (type: 'warning' | 'library') => (message: string) => {
    if ((notes += 1) <= MAX_NOTES) sendMessage(control, { type, message });
  };
  let host: NativeHost;
  try {
    host = await NativeHost.open({ ...config.host, inline: true, onLog: note('library') });
  } catch (error) {
    const { code, message } = error as VirglError;
    sendMessage(control, { type: 'failed', code, message });
    return;
  }
  const home = sessionHome(host, config.limits, note('warning'));
  sendMessage(control, { type: 'ready', renderer: `${host.info.release} (${host.info.platform})` });
  const client = receiveClient(control);
  if (client === undefined) return;
  const { idleTimeoutMs } = config;
  const end = await serveBlocking(home, client, { idleTimeoutMs, watcher, endWith: control });
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
