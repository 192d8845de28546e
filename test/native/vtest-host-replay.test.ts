// Recorded sessions of real Mesa clients through the host over vtest: a session of ours has it as its host, and it renders
// with virgl_test_server. What the client gets must be what it got from virgl_test_server alone.

import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UnixListener } from '../../lib/host';
import { openPrivateHost } from '../../lib/vtest/host/private-host';
import { VtestHost } from '../../lib/vtest/host/vtest-host';
import { sessionHome } from '../../lib/vtest/session/home';
import { serveShared } from '../../lib/vtest/session/serve';
import { replay } from '../clients/support/replay';
import { VtestServer } from '../clients/support/server';
import { readSession, SESSIONS } from '../clients/support/sessions';
import { describeNative, isRelease } from '../support/native-library';
import { isServerAvailable } from '../support/vtest-servers';

describeNative.each(['reference', 'private'] as const)('replay of recorded sessions (%s)', (kind) => {
  const isReferenceThere = isServerAvailable('reference');
  // The sessions were recorded with 0.10: on another release only virgl_test_server itself can say what is right.
  const canJudge = isReferenceThere || (kind === 'private' && !isRelease('1.0'));
  if (!canJudge)
    process.stderr.write(`replay of recorded sessions (${kind}) is skipped: nothing to compare with\n`);
  const testHere = canJudge ? test : test.skip;
  let server: VtestServer | undefined;
  let folder: string;
  let listener: UnixListener;

  const serveOne = async (): Promise<void> => {
    const socket = await listener.accept();
    await using host =
      kind === 'private' ? await openPrivateHost() : await VtestHost.connect({ path: server?.socketPath });
    const { error } = await serveShared(
      sessionHome(host, {}, () => undefined),
      socket,
    );
    socket.close();
    expect(error).toBeUndefined();
    expect(host.counts()).toMatchObject({ contexts: 0, resources: 0, calls: 0 });
  };

  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'virgl-replay-'));
    listener = UnixListener.listen(path.join(folder, 'socket'));
    if (isReferenceThere) server = await VtestServer.start({ server: 'reference' });
  });
  afterAll(async () => {
    listener.close();
    await server?.stop();
    await fs.rm(folder, { recursive: true, force: true });
  });

  testHere.each(SESSIONS)('%s', async (name) => {
    const ended = serveOne();
    const [{ replies, differences }] = await Promise.all([
      replay(readSession(name), path.join(folder, 'socket')),
      ended,
    ]);
    expect(replies).toBeGreaterThan(0);
    if (differences.length === 0) return;
    // Another host than the recorded one: what virgl_test_server says here is right.
    if (server === undefined)
      throw new Error(
        `${differences.length} differences, and no virgl_test_server to ask: ${differences[0]}`,
      );
    const direct = await replay(readSession(name), server.socketPath);
    expect(differences).toEqual(direct.differences);
  });
});
