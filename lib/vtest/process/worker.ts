// A session process of a vtest server: serves what it is handed, and ends with it.

import { UnixSocket } from '../../host';
import { sessionHome } from '../session/home';
import { pumpedHome } from '../session/pumped-home';
import { reasonOf, serveBlocking } from '../session/serve';
import { runWorker } from './run-worker';
import type { VtestSessionConfig } from './vtest-worker';

runWorker<VtestSessionConfig>(async (client, { limits, idleTimeoutMs }) => {
  const { fds, host, watcher, control, warn } = client;
  const socket = UnixSocket.adopt(fds[0]);
  const plain = sessionHome(host, limits, warn);
  const home = pumpedHome(plain, { socket, progress: watcher.memory, endWith: control });
  const end = await serveBlocking(home, socket, { idleTimeoutMs, watcher, endWith: control });
  return {
    name: end.clientName,
    ...end.stats,
    lastCommand: end.lastCommand,
    reason: reasonOf(end),
  };
});
