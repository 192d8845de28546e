// Recorded sessions of real Mesa clients, edited: as programs they give a host the same bytes, and a frame cut out of them plays to the
// same pixels.

import os from 'node:os';
import path from 'node:path';
import { NativeHost } from '../../lib/host';
import { MemoryTrace, RecordingHost, toTypeScript, trim } from '../../lib/trace';
import { VtestServer } from '../../lib/vtest';
import { replay } from '../clients/support/replay';
import { readSession, SESSIONS } from '../clients/support/sessions';
import { describeNative } from '../support/native-library';
import { expectSameCalls } from '../trace/support/generated-program';

const record = async (name: string): Promise<MemoryTrace> => {
  const trace = new MemoryTrace();
  await using server = await VtestServer.listen({
    path: path.join(os.tmpdir(), `virgl-edit-${process.pid}.sock`),
    mode: 'shared',
    clientsToServe: 1,
    wrapHost: (host) => new RecordingHost(host, trace),
  });
  await replay(readSession(name), server.path);
  await server.ended;
  return trace;
};

const openHost = (): Promise<NativeHost> =>
  NativeHost.open({ flags: ['threadSync', 'externalBlob'], ignoreLostContexts: true });

describeNative('sessions that are edited', () => {
  test.each(SESSIONS)('%s', async (name) => {
    const trace = await record(name);
    await expectSameCalls(trace.list);
    expect(toTypeScript(trace).counts.raw).toBe(0);
    const frames = trace.list.filter(({ kind }) => kind === 'frame').length;
    const middle = Math.max(0, Math.floor(frames / 2) - 1);
    const result = await trim(trace, { frames: { from: middle, to: middle }, openHost }, new MemoryTrace());
    expect(result.verified?.equal).toBe(result.verified?.compared);
  });
});
