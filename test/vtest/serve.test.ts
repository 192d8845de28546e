// Connections, on a socket: served on the calling thread, and beside others; how they end.

import { type NullAnswers, NullHost, UnixSocket } from '../../lib/host';
import { sessionHome } from '../../lib/vtest/session/home';
import {
  serveBlocking,
  type ServeOptions,
  serveShared,
  type SessionEnd,
} from '../../lib/vtest/session/serve';
import { createRenderer, dwords, protocolVersion, requests } from '../support/vtest-session';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const opened: UnixSocket[] = [];
const pair = (type: 'stream' | 'seqpacket' = 'stream'): [near: UnixSocket, far: UnixSocket] => {
  const both = UnixSocket.pair(type);
  opened.push(...both);
  return both;
};
afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});

const homeOf = (answers: NullAnswers = {}) => {
  const host = new NullHost({ fillCaps: () => new Uint8Array(1024), ...answers });
  return { ...sessionHome(host, {}, () => undefined), host };
};

const messageOf = ({ error }: SessionEnd): string | undefined => (error as Error | undefined)?.message;

/** All that is there to read; no read goes past a descriptor. */
const received = (socket: UnixSocket): string => {
  const into = new Uint8Array(1 << 16);
  const parts: Buffer[] = [];
  for (;;) {
    const length = socket.receiveSync(into, { waitMs: 0 });
    if (length <= 0) return Buffer.concat(parts).toString('hex');
    parts.push(Buffer.from(into.subarray(0, length)));
  }
};

const HELLO = Buffer.concat([createRenderer('served\0'), requests.ping]);
const hex = (...values: number[]): string => dwords(...values).toString('hex');
const PONG = hex(0, 10);

describe.each([
  { way: 'on the calling thread', serve: serveBlocking },
  { way: 'beside others', serve: serveShared },
])('$way', ({ serve }) => {
  test('a client is served until it leaves', async () => {
    const [near, far] = pair();
    far.sendSync(HELLO);
    far.sendSync(requests.submit(0));
    far.shutdown('write');
    await expect(serve(homeOf(), near)).resolves.toEqual({
      clientName: 'served',
      stats: { commands: 3, submits: 1, receivedBytes: HELLO.length + 12 },
      lastCommand: 'SUBMIT_CMD',
      error: undefined,
    });
    expect(received(far)).toBe(PONG);
  });

  test('one that leaves at once did nothing wrong', async () => {
    const [near, far] = pair();
    far.close();
    const end = await serve(homeOf(), near);
    expect(end).toMatchObject({ clientName: undefined, lastCommand: undefined, error: undefined });
  });

  test('one that leaves in the middle of a request is told of', async () => {
    const [near, far] = pair();
    far.sendSync(HELLO);
    far.sendSync(requests.submit(1, 2, 3).subarray(0, 13));
    far.shutdown('write');
    const end = await serve(homeOf(), near);
    expect(messageOf(end)).toBe('the client ended in the middle of a request, of which 13 bytes came');
  });

  test('one that does wrong is not answered any more', async () => {
    const [near, far] = pair();
    far.sendSync(Buffer.concat([HELLO, createRenderer(), requests.ping]));
    const end = await serve(homeOf(), near);
    expect(end).toMatchObject({ lastCommand: 'CREATE_RENDERER', error: { code: 'ERR_VIRGL_DECODE' } });
    expect(received(far)).toBe(PONG);
  });

  test('one that asks for nothing for too long', async () => {
    const [near, far] = pair();
    far.sendSync(HELLO);
    const end = await serve(homeOf(), near, { idleTimeoutMs: 30 });
    expect(messageOf(end)).toBe('the client asked for nothing for 30 ms');
    expect(received(far)).toBe(PONG);
  });

  test('one that never reads, and asks for more and more', async () => {
    const [near, far] = pair();
    far.sendSync(Buffer.concat([createRenderer(), ...new Array<Buffer>(1000).fill(requests.getCaps2)]));
    const end = await serve(homeOf(), near, { idleTimeoutMs: 30 });
    expect(messageOf(end)).toBe('the client read nothing for 30 ms');
    expect(end.lastCommand).toBe('GET_CAPS2');
  });

  test('one that leaves with replies outstanding', async () => {
    const [near, far] = pair();
    far.sendSync(Buffer.concat([createRenderer(), ...new Array<Buffer>(200).fill(requests.getCaps2)]));
    far.close();
    const end = await serve(homeOf(), near);
    expect(messageOf(end)).toBe('the client left without reading its replies');
  });
});

describe('on the calling thread', () => {
  test('ends when its supervisor is gone', async () => {
    const [near, far] = pair();
    const [control, supervisor] = pair('seqpacket');
    far.sendSync(HELLO);
    supervisor.close();
    const end = await serveBlocking(homeOf(), near, { endWith: control });
    expect(messageOf(end)).toBe('the server is gone');
    expect(received(far)).toBe(PONG);
  });

  test.each([{ idleTimeoutMs: 10_000 }, { idleTimeoutMs: undefined }])(
    'and does not wait for a fence then: $idleTimeoutMs',
    async ({ idleTimeoutMs }) => {
      const [near, far] = pair();
      const [control, supervisor] = pair('seqpacket');
      far.sendSync(
        Buffer.concat([createRenderer(), protocolVersion(3), requests.submit2(1, 1, 0, 0, 0, 0, 3)]),
      );
      supervisor.close();
      const home = homeOf({ contextCreateFence: () => new Promise<void>(() => undefined) });
      const end = await serveBlocking(home, near, { endWith: control, idleTimeoutMs });
      expect(messageOf(end)).toBe('the server is gone');
    },
  );

  test('syncs are signalled while the client asks for nothing', async () => {
    let reach: (() => void) | undefined;
    const home = homeOf({
      contextCreateFence: () =>
        new Promise<void>((resolve) => {
          reach = resolve;
        }),
    });
    const [near, far] = pair();
    far.sendSync(
      Buffer.concat([
        createRenderer(),
        protocolVersion(3),
        requests.syncCreate(0),
        requests.submit2(1, 1, 0, 0, 7, 1, 3, 1, 9, 0),
        requests.syncWait(0, 0xffffffff, [1, 9]),
      ]),
    );
    const served = serveBlocking(home, near);
    while (reach === undefined) await sleep(1);
    reach();
    // From now on the thread waits for the client.
    far.sendSync(requests.syncRead(1));
    far.shutdown('write');
    await served;
    expect(received(far)).toMatch(new RegExp(`00${hex(2, 21, 9, 0)}$`));
  });
});

describe('beside others', () => {
  const start = (home: ReturnType<typeof homeOf>, options: ServeOptions = {}) => {
    const [near, far] = pair();
    return { far, near, end: serveShared(home, near, options) };
  };

  test('what a client leaves behind is destroyed, the others go on', async () => {
    const home = homeOf();
    const first = start(home);
    const second = start(home);
    for (const [index, { far }] of [first, second].entries())
      far.sendSync(Buffer.concat([createRenderer(), requests.create(index + 1)]));
    while (home.host.counts().resources < 2) await sleep(1);
    first.far.shutdown('write');
    await first.end;
    expect(home.host.counts()).toMatchObject({ contexts: 1, resources: 1 });
    second.far.shutdown('write');
    await second.end;
    expect(home.host.counts()).toMatchObject({ contexts: 0, resources: 0 });
  });

  test('one that never reads holds nobody up', async () => {
    const home = homeOf();
    const mute = start(home);
    mute.far.sendSync(Buffer.concat([createRenderer(), ...new Array<Buffer>(1000).fill(requests.getCaps2)]));
    const other = start(home);
    other.far.sendSync(HELLO);
    other.far.shutdown('write');
    expect((await other.end).error).toBeUndefined();
    expect(received(other.far)).toBe(PONG);
    mute.far.close();
    await mute.end;
  });

  test('one that waits for its answer asks for something', async () => {
    const home = homeOf({ createFence: () => sleep(600) });
    const { far, end } = start(home, { idleTimeoutMs: 150 });
    far.sendSync(Buffer.concat([createRenderer(), requests.submit(0), requests.busyWait(0, 1)]));
    expect(messageOf(await end)).toBe('the client asked for nothing for 150 ms');
    expect(received(far)).toBe(hex(1, 7, 0));
  });
});
