// The VNC server: how many it lets in, and what those that misbehave do to the others.

import net from 'node:net';
import {
  Display,
  guardPasswords,
  serveVnc,
  type VncServer,
  type VncServerEvent,
  type VncServerOptions,
} from 'virgl/display';
import { PICTURES } from './support/pictures';
import { TestPattern } from './support/test-pattern';
import { CLIENT, PSEUDO, TestViewer } from './support/test-viewer';

const RAW = 0;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const withServer = async (
  use: (server: VncServer, source: TestPattern, events: VncServerEvent[]) => Promise<void>,
  options: Partial<VncServerOptions> = {},
): Promise<void> => {
  const source = new TestPattern(256, 128, PICTURES.noise);
  using display = new Display(source, { encoderThreads: 0 });
  const events: VncServerEvent[] = [];
  await using server = await serveVnc({
    display,
    port: 0,
    onEvent: (event) => events.push(event),
    ...options,
  });
  await use(server, source, events);
};

const sockets: net.Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

const connect = (server: VncServer): net.Socket => {
  const socket = net.connect({ host: server.host, port: server.port });
  sockets.push(socket);
  socket.on('error', () => undefined);
  return socket;
};

const openViewer = (server: VncServer): Promise<TestViewer> => new TestViewer(connect(server)).open();

/** Frames that a viewer gets while the source changes all the time. */
const watch = async (viewer: TestViewer, source: TestPattern, forMs: number): Promise<number> => {
  viewer.send(
    CLIENT.setEncodings([RAW, PSEUDO.continuousUpdates]),
    CLIENT.continuousUpdates(true, 0, 0, 256, 128),
  );
  let frames = 0;
  const timer = setInterval(() => source.paint({ x: 0, y: 0, width: 64, height: 8 }, () => frames), 5);
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    await viewer.update();
    frames += 1;
  }
  clearInterval(timer);
  return frames;
};

test('serves viewers, and tells of them', () =>
  withServer(async (server, _source, events) => {
    expect(server.host).toBe('127.0.0.1');
    const viewer = await openViewer(server);
    await viewer.refresh();
    expect(server.clients).toBe(1);
    viewer.stream.end();
    while (server.clients > 0) await pause(5);
    expect(events.map(({ event }) => event)).toEqual(['listening', 'connected', 'ready', 'disconnected']);
    expect(events.at(-1)).toMatchObject({ kind: 'left', client: 1, frames: 1 });
  }));

test('closing ends all', () =>
  withServer(async (server, _source, events) => {
    await openViewer(server);
    await server.close();
    expect(events.slice(-2)).toMatchObject([{ event: 'disconnected', kind: 'closed' }, { event: 'closed' }]);
  }));

test('200 connections: those beyond the limits are turned away, one that is there is served on', () =>
  withServer(
    async (server, source, events) => {
      const viewer = await openViewer(server);
      for (let count = 0; count < 200; count++) connect(server);
      expect(await watch(viewer, source, 300)).toBeGreaterThan(2);
      expect(server.clients).toBeLessThanOrEqual(9);
      const turnedAway = (): number => events.filter(({ event }) => event === 'turnedAway').length;
      while (turnedAway() < 192) await pause(5);
    },
    { maxClients: 20, maxHandshakes: 8 },
  ));

test('half-open connections end when the handshake takes too long', () =>
  withServer(
    async (server) => {
      for (const length of [0, 1, 12, 13])
        connect(server).write(Buffer.from('RFB 003.008\n\x01').subarray(0, length));
      while (server.clients < 4) await pause(5);
      while (server.clients > 0) await pause(5);
    },
    { limits: { handshakeTimeoutMs: 100 } },
  ));

test('viewers that read nothing, or a byte from time to time, cost the others nothing', () =>
  withServer(async (server, source) => {
    const slow = await Promise.all(Array.from({ length: 5 }, () => openViewer(server)));
    for (const viewer of slow)
      viewer.send(
        CLIENT.setEncodings([RAW, PSEUDO.continuousUpdates]),
        CLIENT.continuousUpdates(true, 0, 0, 256, 128),
      );
    const timer = setInterval(() => slow.slice(0, 2).forEach(({ stream }) => stream.read(1)), 20);
    const quick = await openViewer(server);
    expect(await watch(quick, source, 400)).toBeGreaterThan(4);
    clearInterval(timer);
  }));

test('a viewer to which nothing can be sent is disconnected', () =>
  withServer(
    async (server, source, events) => {
      const viewer = await openViewer(server);
      viewer.send(
        CLIENT.setEncodings([RAW, PSEUDO.continuousUpdates]),
        CLIENT.continuousUpdates(true, 0, 0, 256, 128),
      );
      const timer = setInterval(
        () => source.paint({ x: 0, y: 0, width: 256, height: 128 }, PICTURES.flat as () => number),
        5,
      );
      while (server.clients > 0) await pause(20);
      clearInterval(timer);
      expect(events.at(-1)).toMatchObject({ event: 'disconnected', kind: 'timeout' });
    },
    { limits: { stallTimeoutMs: 200, maxFramesPerSecond: 1000 } },
  ));

test('wrong passwords at speed are slowed down', () =>
  withServer(
    async (server, _source, events) => {
      const guesses = Array.from({ length: 8 }, async () => {
        const viewer = new TestViewer(connect(server));
        await viewer.bytes.take(12);
        viewer.send(Buffer.from('RFB 003.008\n\x02'), Buffer.alloc(16, 7));
        await viewer.bytes.take(2 + 16);
        return viewer.bytes.u32().catch(() => -1);
      });
      await pause(700);
      expect(events.filter(({ event }) => event === 'denied').length).toBeLessThanOrEqual(1);
      await server.close();
      await Promise.all(guesses);
    },
    { authenticate: guardPasswords({ password: 'secret' }) },
  ));

test('an address that is taken', () =>
  withServer(async (server) => {
    using display = new Display(new TestPattern(1, 1));
    await expect(serveVnc({ display, port: server.port })).rejects.toMatchObject({
      code: 'ERR_VIRGL_SYSTEM',
    });
  }));

test.each([
  [{ port: -1 }, 'port'],
  [{ maxClients: 0 }, 'maxClients'],
  [{ host: '' }, 'host'],
  [{ password: 'x' }, 'password'],
])('options %j are refused', async (options, field) => {
  using display = new Display(new TestPattern(1, 1));
  await expect(serveVnc({ display, ...options })).rejects.toMatchObject({
    code: 'ERR_VIRGL_ARGUMENT',
    field,
  });
});
