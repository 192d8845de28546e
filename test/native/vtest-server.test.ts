// The vtest server with the real library: who is served by whom, how sessions end, and what is left of them.

import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bind, Clear, CommandEncoder, Format } from '../../lib/protocol';
import type { VtestServerMode, VtestServerOptions } from '../../lib/vtest';
import { describeNative } from '../support/native-library';
import { socketPaths } from '../support/sockets';
import { Connection, ListeningServer, sessionProcesses, until } from '../support/vtest-connection';
import { createRenderer, request, requests } from '../support/vtest-session';

const MIB = 1 << 20;
const newPath = socketPaths();

const start = (options: VtestServerOptions = {}): Promise<ListeningServer> =>
  ListeningServer.start({ spareProcesses: 0, ...options, path: newPath() });

const RED = Buffer.from([255, 0, 0, 255]);

/** A texture that can be drawn to. */
const target = (handle: number, width = 4, height = 4): Buffer =>
  request(2, handle, 2, Format.R8G8B8A8_UNORM, Bind.RENDER_TARGET, width, height, 1, 1, 0, 0);

const submit = (commands: Uint32Array): Buffer => requests.submit(...commands);

const clearRed = (resource: number): Buffer =>
  submit(
    new CommandEncoder()
      .createSurface({ handle: 1, resource, format: Format.R8G8B8A8_UNORM })
      .setFramebufferState({ colorBuffers: [1], zsurf: 0 })
      .clear({ buffers: Clear.COLOR0, color: [1, 0, 0, 1], depth: 1, stencil: 0 })
      .finish(),
  );

/** Makes a texture red, and looks. */
const expectRed = async (connection: Connection, handle = 1): Promise<void> => {
  connection.send(target(handle), clearRed(handle), requests.transferGet(handle, 64));
  expect(await connection.read(64)).toEqual(Buffer.concat(new Array<Buffer>(16).fill(RED)));
};

const MODES: readonly VtestServerMode[] = ['processes', 'shared', 'sequential'];

describeNative.each(MODES)('%s', (mode) => {
  test('a client is served, and everything is told', async () => {
    const started = await start({ mode });
    const { path, server } = started;
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    {
      using client = await Connection.greeted(path, 2, 'painter\0');
      await expectRed(client);
      expect(server.clients).toBe(1);
      expect(sessionProcesses()).toHaveLength(mode === 'processes' ? 1 : 0);
    }
    const { durationMs, ...end } = await started.end();
    expect(end).toEqual({
      event: 'disconnected',
      client: 1,
      pid: process.pid,
      name: 'painter',
      commands: 5,
      submits: 1,
      receivedBytes: expect.any(Number) as number,
      lastCommand: 'TRANSFER_GET',
      reason: undefined,
    });
    expect(durationMs).toBeGreaterThan(0);
    await server.close();
    await server.close();
    expect(started.events.map(({ event }) => event)).toEqual([
      'listening',
      'connected',
      'disconnected',
      'closed',
    ]);
    expect(fs.existsSync(path)).toBe(false);
    expect(sessionProcesses()).toEqual([]);
  });

  test('what a client does wrong ends it, and nobody else', async () => {
    await using started = await start({ mode });
    using wrong = await Connection.greeted(started.path);
    wrong.send(target(5), target(5), requests.ping);
    expect(await wrong.untilClosed()).toBe(0);
    expect(await started.end()).toMatchObject({
      lastCommand: 'RESOURCE_CREATE',
      reason: 'RESOURCE_CREATE: resource 5 exists already',
    });
    using right = await Connection.greeted(started.path);
    await expectRed(right, 5);
  });

  test('a resource that is too big for the limit', async () => {
    await using started = await start({ mode, limits: { maxMemoryBytes: 32 * MIB } });
    using client = await Connection.greeted(started.path);
    client.send(target(1, 1024, 1024), target(2, 4096, 4096), requests.ping);
    expect(await client.untilClosed()).toBe(0);
    expect(await started.end()).toMatchObject({
      lastCommand: 'RESOURCE_CREATE',
      reason: `RESOURCE_CREATE: width: the client's resources would take ${68 * MIB} bytes; a client may have ${32 * MIB}`,
    });
  });

  test('one that asks for nothing for too long, and one that does', async () => {
    await using started = await start({ mode, idleTimeoutMs: 300 });
    using client = await Connection.greeted(started.path);
    for (let count = 0; count < 4; count += 1) {
      await sleep(100);
      await client.ping();
    }
    expect(await client.untilClosed()).toBe(0);
    expect(await started.end()).toMatchObject({
      lastCommand: 'PING_PROTOCOL_VERSION',
      reason: 'the client asked for nothing for 300 ms',
    });
  });

  test('closing disconnects everybody', async () => {
    const started = await start({ mode });
    using first = await Connection.greeted(started.path);
    using second = new Connection(started.path);
    second.send(createRenderer());
    await until('both to be there', () => started.all('connected').length === 2);
    await started.server.close();
    expect([await first.untilClosed(), await second.untilClosed()]).toEqual([0, 0]);
    const ends = started.all('disconnected');
    expect(ends.map(({ client }) => client).sort()).toEqual([1, 2]);
    for (const { reason } of ends) expect(reason).toMatch(/with the server/);
    expect(started.events.at(-1)).toEqual({ event: 'closed', path: started.path });
    expect(sessionProcesses()).toEqual([]);
  });

  test('closing disconnects whoever has just come', async () => {
    const started = await start({ mode });
    using client = new Connection(started.path);
    client.send(createRenderer(), requests.ping);
    await until('it to be there', () => started.all('connected').length === 1);
    await started.server.close();
    await client.untilClosed();
    expect(sessionProcesses()).toEqual([]);
  });

  test('ends by itself after so many clients', async () => {
    const started = await start({ mode, clientsToServe: 2 });
    using first = await Connection.greeted(started.path);
    first[Symbol.dispose]();
    using second = await Connection.greeted(started.path);
    await until('the path to be free', () => !fs.existsSync(started.path));
    await second.ping();
    second[Symbol.dispose]();
    await started.server.ended;
    expect(started.all('disconnected').map(({ reason }) => reason)).toEqual([undefined, undefined]);
    expect(started.events.at(-1)?.event).toBe('closed');
    expect(sessionProcesses()).toEqual([]);
  });

  test('turns away whoever is too many', async () => {
    await using started = await start({ mode, maxClients: 1 });
    using first = await Connection.greeted(started.path);
    using second = new Connection(started.path);
    second.send(createRenderer(), requests.ping);
    expect(await second.untilClosed()).toBe(0);
    expect(started.all('refused')).toEqual([
      { event: 'refused', client: 2, pid: process.pid, reason: '1 clients are connected already' },
    ]);
    await first.ping();
    first[Symbol.dispose]();
    await started.end();
    using third = await Connection.greeted(started.path);
    await third.ping();
  });
});
