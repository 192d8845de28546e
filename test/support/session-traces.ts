// Recorded sessions of real Mesa clients as traces: played into a server in this process, whose host is recorded.

import os from 'node:os';
import path from 'node:path';
import { NativeHost } from '../../lib/host';
import { MemoryTrace, RecordingHost } from '../../lib/trace';
import { VtestServer } from '../../lib/vtest';
import { replay } from '../clients/support/replay';
import { readSession } from '../clients/support/sessions';

/** The trace of a session. */
export const traceOfSession = async (name: string): Promise<MemoryTrace> => {
  const trace = new MemoryTrace();
  await using server = await VtestServer.listen({
    path: path.join(os.tmpdir(), `virgl-trace-${process.pid}.sock`),
    mode: 'shared',
    clientsToServe: 1,
    wrapHost: (host) => new RecordingHost(host, trace),
  });
  await replay(readSession(name), server.path);
  await server.ended;
  return trace;
};

/** A host as the server had it. */
export const openSessionHost = (): Promise<NativeHost> =>
  NativeHost.open({ flags: ['threadSync', 'externalBlob'], ignoreLostContexts: true });
