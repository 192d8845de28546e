// Recorded sessions of real clients, played against the server: the same replies and the same pixels, byte for byte.
// On another host than the recorded one, the same as from virgl_test_server there.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describeNative } from '../support/native-library';
import { isInstalled } from '../support/programs';
import { replay } from './support/replay';
import { SERVER, VtestServer } from './support/server';
import { readSession, RecordKind, SESSIONS } from './support/sessions';

const RECORDED_RELEASE = '0.10.';
const RECORDED_RENDERER = 'LLVMPIPE (LLVM 15.0.6, 256 bits)';

interface Info {
  library: { release: string };
  gl: { renderer: string };
}

const isRecordedHost = (): boolean => {
  const virgl = path.join(__dirname, '..', '..', 'dist', 'cli', 'main.js');
  const info = JSON.parse(
    execFileSync(process.execPath, [virgl, 'info', '--json'], { encoding: 'utf8' }),
  ) as Info;
  return info.library.release.startsWith(RECORDED_RELEASE) && info.gl.renderer === RECORDED_RENDERER;
};

describeNative(`replay of recorded sessions (${SERVER})`, () => {
  let server: VtestServer;
  /** Undefined where the record itself says what is right. */
  let reference: VtestServer | undefined;
  let isComparable = true;

  beforeAll(async () => {
    server = await VtestServer.start();
    if (isRecordedHost()) return;
    isComparable = isInstalled('virgl_test_server');
    if (isComparable) reference = await VtestServer.start({ server: 'reference' });
    else console.warn('not the recorded host, and virgl_test_server is not installed: nothing is compared');
  });
  afterAll(async () => {
    await reference?.stop();
    await server.stop();
  });

  test.each(SESSIONS)('%s', async (name) => {
    const records = readSession(name);
    const { replies, differences } = await replay(records, server.socketPath);
    expect(replies).toBeGreaterThan(0);
    if (!isComparable) return;
    const expected = reference && (await replay(records, reference.socketPath)).differences;
    expect(differences).toEqual(expected ?? []);
  });

  test('a wrong byte is seen', async () => {
    const records = readSession('es2gears');
    const before = (await replay(records, server.socketPath)).differences.length;
    for (const kind of [RecordKind.REPLY, RecordKind.SERVER_MEMORY]) {
      const { data } = records.findLast((record) => record.kind === kind) ?? {};
      if (data !== undefined) data.writeUInt8(data.readUInt8(data.length - 1) ^ 1, data.length - 1);
    }
    const { differences } = await replay(records, server.socketPath);
    expect(differences).toHaveLength(before + 2);
  });
});
