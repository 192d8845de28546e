// Clients of the vtest server beside each other: what one does to the others, and what is left of them.

import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SharedMemory } from '../../lib/host';
import type { VtestServerOptions } from '../../lib/vtest';
import { describeNative } from '../support/native-library';
import { socketPaths } from '../support/sockets';
import {
  Connection,
  isRunning,
  ListeningServer,
  processorMs,
  sessionProcesses,
  until,
} from '../support/vtest-connection';
import { clear, endless, expectRed, readTexels, RED, target, texels } from '../support/vtest-drawing';
import { createRenderer, dwords, requests } from '../support/vtest-session';

const newPath = socketPaths();

const start = (options: VtestServerOptions = {}): Promise<ListeningServer> =>
  ListeningServer.start({ spareProcesses: 0, ...options, path: newPath() });

const countDescriptors = (): number => fs.readdirSync('/proc/self/fd').length;

describeNative.each(['processes', 'shared'] as const)('others are not disturbed: %s', (mode) => {
  /** Served from the first byte to the last. */
  const expectServed = async (path: string, handle: number): Promise<void> => {
    using client = await Connection.greeted(path);
    await expectRed(client, handle);
  };

  test('by one that never reads, however much it asks for', async () => {
    await using started = await start({ mode });
    using mute = await Connection.greeted(started.path);
    const asks = 2000;
    mute.send(...new Array<Buffer>(asks).fill(requests.getCaps2));
    for (const handle of [1, 2, 3]) await expectServed(started.path, handle);
    expect(started.all('disconnected').map(({ client }) => client)).not.toContain(1);
    // Longer than the server waits without looking up; nothing is lost of what was sent in parts.
    await sleep(1200);
    const [length] = await mute.readDwords(2);
    const bodyBytes = length - 1;
    const first = await mute.read(bodyBytes);
    const rest = await mute.read((asks - 1) * (8 + bodyBytes));
    const one = Buffer.concat([dwords(length, 2), first]);
    expect(rest.equals(Buffer.concat(new Array<Buffer>(asks - 1).fill(one)))).toBe(true);
  });

  test('by one that sends a byte at a time', async () => {
    await using started = await start({ mode });
    using slow = new Connection(started.path);
    const bytes = Buffer.concat([
      createRenderer('slow\0'),
      target(9),
      clear(9, RED),
      requests.transferGet(9, 64),
    ]);
    const read = slow.read(64);
    for (let at = 0; at < bytes.length; at += 1) {
      slow.send(bytes.subarray(at, at + 1));
      if (at % 100 === 0) await expectServed(started.path, 1 + at);
      await sleep(0);
    }
    expect(await read).toEqual(texels(...RED));
  });

  test('by one that leaves with 200 replies outstanding', async () => {
    await using started = await start({ mode });
    {
      using hasty = await Connection.greeted(started.path);
      hasty.send(...new Array<Buffer>(200).fill(requests.getCaps2));
    }
    await expectServed(started.path, 1);
    expect(await started.end(1)).toMatchObject({
      lastCommand: 'GET_CAPS2',
      reason: 'the client left without reading its replies',
    });
  });

  test('by one that sends descriptors, which are gone with it', async () => {
    await using started = await start({ mode });
    await expectServed(started.path, 1);
    await started.end(1);
    const before = countDescriptors();
    using memory = SharedMemory.create(4096);
    {
      using generous = await Connection.greeted(started.path);
      const fds = Array.from({ length: 50 }, () => memory.duplicateFd());
      for (let count = 0; count < 3; count += 1) await generous.socket.send(requests.ping, { fds });
      for (const fd of fds) fd.close();
      await generous.read(24);
      await expectServed(started.path, 2);
      await started.end(3);
    }
    await started.end(2);
    memory.close();
    expect(countDescriptors()).toBeLessThanOrEqual(before);
  });

  test('and nothing is left of 50 clients', async () => {
    await using started = await start({ mode, spareProcesses: 1 });
    await expectServed(started.path, 1);
    await started.end(1);
    const held = () => ({ descriptors: countDescriptors(), processes: sessionProcesses().length });
    const spares = mode === 'processes' ? 1 : 0;
    await until('one to be spare', () => sessionProcesses().length === spares);
    const before = held();
    for (let client = 2; client <= 51; client += 1) {
      using connection = await Connection.greeted(started.path);
      connection.send(target(1), requests.create2(2, 4096));
      await connection.read(1);
    }
    await Promise.all(Array.from({ length: 50 }, (_, index) => started.end(index + 2)));
    await until('no more to be there than before', () => {
      const { descriptors, processes } = held();
      return descriptors <= before.descriptors && processes === before.processes;
    });
    await expectServed(started.path, 1);
  }, 180_000);
});

describeNative('one renderer for all', () => {
  const textureV3 = target(0);

  test("clients of version 3 never get the same id, and use one another's resources", async () => {
    await using started = await start({ mode: 'shared' });
    using painter = await Connection.greeted(started.path, 3);
    using viewer = await Connection.greeted(started.path, 3);
    painter.send(textureV3);
    expect(await painter.readDwords(3)).toEqual([1, 2, 1]);
    viewer.send(textureV3);
    expect(await viewer.readDwords(3)).toEqual([1, 2, 2]);
    painter.send(clear(1, RED));
    expect(await readTexels(painter, 1)).toEqual(texels(...RED));
    expect(await readTexels(viewer, 1)).toEqual(texels(...RED));
    const green: typeof RED = [0, 1, 0, 1];
    viewer.send(clear(1, green));
    expect(await readTexels(viewer, 1)).toEqual(texels(...green));
    expect(await readTexels(painter, 1)).toEqual(texels(...green));
  });

  test('clients of version 2 whose ids collide: the second is told, the first goes on', async () => {
    await using started = await start({ mode: 'shared' });
    using first = await Connection.greeted(started.path, 2);
    await expectRed(first, 7);
    using second = await Connection.greeted(started.path, 2);
    second.send(target(7), requests.transferGet(7, 64));
    expect(await second.untilClosed()).toBe(0);
    expect((await started.end(2)).reason).toMatch(/resource 7/);
    expect(await readTexels(first, 7)).toEqual(texels(...RED));
  });

  test('an id that a client chose is not given to another one', async () => {
    await using started = await start({ mode: 'shared' });
    using first = await Connection.greeted(started.path, 2);
    await expectRed(first, 1);
    using second = await Connection.greeted(started.path, 3);
    second.send(textureV3);
    expect(await second.readDwords(3)).toEqual([1, 2, 2]);
  });

  test('one client after the other', async () => {
    await using started = await start({ mode: 'sequential' });
    using first = await Connection.greeted(started.path);
    using second = new Connection(started.path);
    second.send(createRenderer(), requests.ping);
    const answer = second.read(8);
    await expect(Promise.race([answer, sleep(200).then(() => 'nothing')])).resolves.toBe('nothing');
    await expectRed(first);
    first[Symbol.dispose]();
    expect((await answer).length).toBe(8);
    second.send(target(1));
    await second.ping();
  });
});

const VIRGL = path.join(__dirname, '..', '..', 'dist', 'cli', 'main.js');

describeNative('a supervisor that is killed', () => {
  let supervisor: ChildProcess;
  let socketPath: string;
  beforeEach(async () => {
    socketPath = newPath();
    supervisor = spawn(process.execPath, [VIRGL, 'vtest', '--socket-path', socketPath], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    supervisor.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text));
    await until('it to listen', () => log.includes('listening on'));
  });
  afterEach(() => void supervisor.kill('SIGKILL'));

  test.each([
    { what: 'that waits for its client', ask: [] as Buffer[] },
    { what: 'whose client does not read', ask: new Array<Buffer>(4000).fill(requests.getCaps2) },
  ])('takes its session processes with it: spare ones, and one $what', async ({ ask }) => {
    using client = await Connection.greeted(socketPath);
    client.send(...ask);
    await sleep(50);
    const workers = sessionProcesses(supervisor.pid);
    expect(workers.length).toBeGreaterThanOrEqual(2);
    supervisor.kill('SIGKILL');
    await until('all of them to be gone', () => !workers.some(isRunning));
  });

  test('takes one with it that hangs in GL', async () => {
    using client = await Connection.greeted(socketPath);
    // Of the workers, the one that draws.
    const workers = sessionProcesses(supervisor.pid);
    const before = new Map(workers.map((pid) => [pid, processorMs(pid)]));
    client.send(endless(), requests.busyWait(1, 1));
    const draws = (pid: number): boolean => processorMs(pid) - (before.get(pid) ?? 0) > 500;
    await until('it to draw', () => workers.some(draws));
    supervisor.kill('SIGKILL');
    await until('all of them to be gone', () => !workers.some(isRunning));
  });
});
