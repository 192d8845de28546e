// Recorded sessions of real Mesa clients, played into a server whose host is recorded. What was recorded is written as a file is,
// read, and played on the host alone: the same bytes come back.

import os from 'node:os';
import path from 'node:path';
import { NativeHost } from '../../lib/host';
import { encodeTrace, MemoryTrace, play, RecordingHost, TraceReader } from '../../lib/trace';
import { VtestServer } from '../../lib/vtest';
import { replay } from '../clients/support/replay';
import { readSession, SESSIONS } from '../clients/support/sessions';
import { describeNative } from '../support/native-library';

const record = async (name: string): Promise<MemoryTrace> => {
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

describeNative('sessions that are recorded and played', () => {
  test.each(SESSIONS)('%s', async (name) => {
    const trace = await record(name);
    using reader = TraceReader.fromBytes(encodeTrace(trace.meta, trace.records()));
    await using host = await NativeHost.open({ flags: ['threadSync', 'externalBlob'], ignoreLostContexts: true });
    const report = await play(reader, host, { verify: true });
    console.log(name, JSON.stringify({ ...report, differences: report.differences.slice(0, 3) }));
    expect(report).toMatchObject({ differences: [], capsetDifferences: [] });
    expect(report.equal).toBe(report.compared);
  });
});
