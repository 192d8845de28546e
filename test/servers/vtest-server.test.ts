// The vtest server with the real library: who is served by whom, how sessions end, and what is left of them.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandEncoder } from '../../lib/protocol';
import type { VtestServerMode, VtestServerOptions } from '../../lib/vtest';
import { describeNative } from '../support/native-library';
import { socketPaths } from '../support/sockets';
import { Connection, ListeningServer, sessionProcesses, until } from '../support/vtest-connection';
import { endless, expectRed, submit, target } from '../support/vtest-drawing';
import { createRenderer, requests } from '../support/vtest-session';

const MIB = 1 << 20;
const newPath = socketPaths();

const start = (options: VtestServerOptions = {}): Promise<ListeningServer> =>
  ListeningServer.start({ spareProcesses: 0, ...options, path: newPath() });

const MODES: readonly VtestServerMode[] = ['processes', 'shared', 'sequential'];

describeNative.each(MODES)('%s', (mode) => {
  test('a client is served, and everything is told', async () => {
    await using started = await start({ mode });
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
      commands: 6,
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
    const { lastCommand, reason } = await started.end();
    expect(lastCommand).toBe('RESOURCE_CREATE');
    // How much it takes is known when it is there; whoever watches the process may see that first.
    const isSeen = mode === 'processes' && reason?.includes('killed because it used too much memory during');
    if (!isSeen)
      expect(reason).toBe(
        `RESOURCE_CREATE: width: the client's resources would take ${68 * MIB} bytes; a client may have ${32 * MIB}`,
      );
  });

  test('one that asks for nothing for too long, and one that does', async () => {
    await using started = await start({ mode, idleTimeoutMs: 1500 });
    using client = await Connection.greeted(started.path);
    for (let count = 0; count < 4; count += 1) {
      await sleep(400);
      await client.ping();
    }
    expect(await client.untilClosed()).toBe(0);
    expect(await started.end()).toMatchObject({
      lastCommand: 'PING_PROTOCOL_VERSION',
      reason: 'the client asked for nothing for 1500 ms',
    });
  });

  test('closing disconnects everybody', async () => {
    await using started = await start({ mode });
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
    await using started = await start({ mode });
    using client = new Connection(started.path);
    client.send(createRenderer(), requests.ping);
    await until('it to be there', () => started.all('connected').length === 1);
    await started.server.close();
    await client.untilClosed();
    expect(sessionProcesses()).toEqual([]);
  });

  test('ends by itself after so many clients', async () => {
    await using started = await start({ mode, clientsToServe: 2 });
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

describeNative('session processes', () => {
  const signals: NodeJS.Signals[] = ['SIGSEGV', 'SIGABRT', 'SIGKILL'];
  test.each(signals)(
    'killed by %s: its client is disconnected, named, and nobody else is',
    async (signal) => {
      await using started = await start();
      using first = await Connection.greeted(started.path, 2, 'unlucky\0');
      const [worker] = sessionProcesses();
      using second = await Connection.greeted(started.path, 2, 'lucky\0');
      first.send(requests.busyWait(0, 0));
      await first.read(12);
      process.kill(worker, signal);
      expect(await first.untilClosed()).toBe(0);
      expect(await started.end()).toMatchObject({
        client: 1,
        name: 'unlucky',
        commands: 3,
        lastCommand: 'RESOURCE_BUSY_WAIT',
        signal,
        reason: expect.stringMatching(
          new RegExp(`^its session process was killed by ${signal} after RESOURCE_BUSY_WAIT`),
        ) as string,
      });
      await expectRed(second);
      using third = await Connection.greeted(started.path);
      await expectRed(third);
      expect(started.all('disconnected')).toHaveLength(1);
    },
  );

  test('that has nothing to do yet and dies is replaced', async () => {
    await using started = await start({ spareProcesses: 1 });
    const [spare] = sessionProcesses();
    process.kill(spare, 'SIGKILL');
    await until('it to be gone', () => !sessionProcesses().includes(spare));
    using client = await Connection.greeted(started.path);
    await expectRed(client);
  });

  test('in one command for too long: it is ended, and named', async () => {
    // That is also the time that the first draw of the quick one has, beside this on a busy machine.
    await using started = await start({ commandTimeoutMs: 3000 });
    using slow = await Connection.greeted(started.path, 2, 'slow\0');
    slow.send(endless(), requests.busyWait(1, 1));
    using quick = await Connection.greeted(started.path);
    await expectRed(quick);
    expect(await slow.untilClosed()).toBe(0);
    const { name, lastCommand, reason, signal } = await started.end();
    expect({ name, signal }).toEqual({ name: 'slow', signal: 'SIGKILL' });
    expect(['SUBMIT_CMD', 'RESOURCE_BUSY_WAIT']).toContain(lastCommand);
    expect(reason).toMatch(new RegExp(`was killed because it hung during ${lastCommand}`));
    await quick.ping();
  });

  test('that is stopped while it waits for its client does not hang', async () => {
    await using started = await start({ commandTimeoutMs: 1000 });
    using client = await Connection.greeted(started.path);
    const [worker] = sessionProcesses();
    process.kill(worker, 'SIGSTOP');
    await sleep(1500);
    process.kill(worker, 'SIGCONT');
    await client.ping();
  });

  test('that uses too much memory: it is ended, and named', async () => {
    await using started = await start({ limits: { maxMemoryBytes: 128 * MIB } });
    using large = await Connection.greeted(started.path, 2, 'large\0');
    // One request that never ends; what has come of it is kept.
    const announced = Buffer.from(Uint32Array.of(60 * MIB, 6).buffer);
    large.send(announced, Buffer.alloc(200 * MIB));
    expect(await large.untilClosed()).toBe(0);
    expect(await started.end()).toMatchObject({
      name: 'large',
      lastCommand: 'PROTOCOL_VERSION',
      signal: 'SIGKILL',
      reason: expect.stringContaining('was killed because it used too much memory') as string,
    });
  });

  test('that can not start: the client is told of, and the server goes on', async () => {
    await using started = await start({ host: { libraryPath: '/nonexistent.so' } });
    for (const number of [1, 2]) {
      using client = new Connection(started.path);
      client.send(createRenderer());
      expect(await client.untilClosed()).toBe(0);
      expect((await started.end(number)).reason).toMatch(
        /^a session process did not start: .*\/nonexistent\.so/,
      );
    }
    await expect(
      start({ spareProcesses: 1, host: { libraryPath: '/nonexistent.so' } }),
    ).rejects.toMatchObject({ code: 'ERR_VIRGL_LIBRARY' });
    expect(sessionProcesses()).toEqual([]);
  });

  test('what the library says is told', async () => {
    await using started = await start();
    using client = await Connection.greeted(started.path);
    const illegal = new CommandEncoder().setFramebufferState({ colorBuffers: [99], zsurf: 0 }).finish();
    client.send(submit(illegal), requests.busyWait(0, 1));
    // virglrenderer answers that all is well, and so does the server.
    expect(await client.readDwords(3)).toEqual([1, 7, 0]);
    const said = () => started.all('library').map(({ client: number, message }) => `${number} ${message}`);
    await until('it to be told', () => said().some((line) => /^1 .*context error reported/.test(line)));
  });
});

describeNative('the path', () => {
  test('of a live server is refused, that of a dead one is replaced', async () => {
    const path = newPath();
    const options = { path, spareProcesses: 0 };
    await using first = await ListeningServer.start(options);
    await expect(ListeningServer.start(options)).rejects.toMatchObject({
      code: 'ERR_VIRGL_SYSTEM',
      errno: 98,
      message: expect.stringContaining(path) as string,
    });
    using client = await Connection.greeted(path);
    await client.ping();
    await first.server.close();
    // As a server leaves it that was killed.
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    expect(fs.existsSync(path)).toBe(true);
    await using second = await ListeningServer.start(options);
    using again = await Connection.greeted(second.path);
    await again.ping();
  });

  test('of something else is left alone', async () => {
    const path = newPath();
    fs.writeFileSync(path, 'precious');
    await expect(ListeningServer.start({ path })).rejects.toMatchObject({ code: 'ERR_VIRGL_SYSTEM' });
    expect(fs.readFileSync(path, 'utf8')).toBe('precious');
  });

  test('is free again when the renderer can not start', async () => {
    const path = newPath();
    const host = { libraryPath: '/nonexistent.so' };
    await expect(ListeningServer.start({ path, mode: 'shared', host })).rejects.toMatchObject({
      code: 'ERR_VIRGL_LIBRARY',
    });
    expect(fs.existsSync(path)).toBe(false);
  });
});
