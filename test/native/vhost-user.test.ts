// A guest without a machine on the real library: how connections begin, go on and end.

import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { COMMANDS } from '../../lib/virtio-gpu';
import { describeNative } from '../support/native-library';
import { socketPaths } from '../support/sockets';
import type { FakeDriver } from '../guest/fake-driver/fake-driver';
import { GpuServer } from '../guest/fake-driver/gpu-server';

const newPath = socketPaths();
const OK = { name: 'OK_NODATA' };
const WIDTH = 64;
const HEIGHT = 32;
const PIXEL_BYTES = 4;
const BGRX = 2;

/** A picture in guest memory on display 0. */
const showPicture = async (guest: FakeDriver, resourceId = 2): Promise<Uint8Array> => {
  const address = guest.memory.pages(Math.ceil((WIDTH * HEIGHT * PIXEL_BYTES) / 4096));
  const pixels = guest.memory.bytesAt(address, WIDTH * HEIGHT * PIXEL_BYTES);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = (at * 7) & 0xff;
  const rect = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
  await expect(
    guest.command('RESOURCE_CREATE_2D', { resourceId, format: BGRX, width: WIDTH, height: HEIGHT }),
  ).resolves.toMatchObject(OK);
  await expect(
    guest.command('RESOURCE_ATTACH_BACKING', { resourceId }, {}, [{ address, lengthBytes: pixels.length }]),
  ).resolves.toMatchObject(OK);
  await expect(guest.command('TRANSFER_TO_HOST_2D', { rect, offset: 0, resourceId })).resolves.toMatchObject(
    OK,
  );
  await expect(guest.command('SET_SCANOUT', { rect, scanoutId: 0, resourceId })).resolves.toMatchObject(OK);
  await expect(guest.command('RESOURCE_FLUSH', { rect, resourceId })).resolves.toMatchObject(OK);
  return pixels;
};

const sessionProcess = (pid: number): number[] =>
  fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => {
      try {
        const line = fs.readFileSync(`/proc/${candidate}/cmdline`, 'utf8');
        const status = fs.readFileSync(`/proc/${candidate}/status`, 'utf8');
        return line.includes('vhost-user/session/worker.js') && status.includes(`PPid:\t${pid}\n`);
      } catch {
        return false;
      }
    });

describeNative('one guest', () => {
  test('has a GPU whose capability sets are not empty', async () => {
    await using server = await GpuServer.start(newPath());
    using guest = await server.guest();
    const info = await guest.command('GET_CAPSET_INFO', { capsetIndex: 1 });
    expect(info).toMatchObject({ name: 'OK_CAPSET_INFO', fields: { capsetId: 2 } });
    const config = await guest.frontEnd.ask('GET_CONFIG', { offset: 0, flags: 0, bytes: new Uint8Array(16) });
    const { bytes } = config as { bytes: Uint8Array };
    expect(new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true)).toBeGreaterThanOrEqual(2);
    guest.frontEnd.socket.close();
    await expect(server.until('disconnected')).resolves.toMatchObject({
      client: 1,
      reason: undefined,
      commands: 1,
    });
  });

  test.each([
    { eventIndex: true, indirect: true, slots: false },
    { eventIndex: false, indirect: true, slots: true },
    { eventIndex: true, indirect: false, slots: false },
    { eventIndex: false, indirect: false, slots: true },
  ])('shows a picture in QEMU, with rings that are %j', async (modes) => {
    await using server = await GpuServer.start(newPath());
    using guest = await server.guest(modes);
    const pixels = await showPicture(guest);
    const scanout = await guest.display.until(({ name }) => name === 'SCANOUT');
    expect(scanout.words).toEqual([0, WIDTH, HEIGHT]);
    const update = await guest.display.until(({ name }) => name === 'UPDATE');
    expect(update.words).toEqual([0, 0, 0, WIDTH, HEIGHT]);
    const shown = Buffer.from(update.payload.subarray(20));
    const expected = Buffer.from(pixels);
    // X is nobody's.
    for (let at = 3; at < expected.length; at += PIXEL_BYTES) shown[at] = expected[at] = 0;
    expect(shown.equals(expected)).toBe(true);
    await expect(guest.display.negotiated()).resolves.toBe(0n);
    expect(server.warnings).toEqual([]);
  });

  test('shows it outside of its process, when somebody asks', async () => {
    await using server = await GpuServer.start(newPath());
    using guest = await server.guest();
    const pixels = await showPicture(guest);
    await server.until('display');
    const [screen] = server.server.screens(1);
    expect(screen.size).toEqual({ width: WIDTH, height: HEIGHT });
    const picture = await screen.picture();
    expect([...picture.pixels.subarray(4, 7)]).toEqual([...pixels.subarray(4, 7)]);
    const part = new Uint8Array(2 * PIXEL_BYTES);
    await screen.read({ x: 5, y: 3, width: 2, height: 1 }, part, part.length);
    const at = (3 * WIDTH + 5) * PIXEL_BYTES;
    expect([...part.subarray(0, 3)]).toEqual([...pixels.subarray(at, at + 3)]);
    await expect(screen.read({ x: 60, y: 0, width: 5, height: 1 }, part, 20)).rejects.toThrow(
      'inside of 64x32',
    );
    const closed = new Promise<void>((resolve) => screen.subscribe({ closed: resolve }));
    guest.frontEnd.socket.close();
    await closed;
    await expect(screen.picture()).rejects.toThrow('guest 1, display 0 shows nothing');
  });

  test('is told the size that QEMU wants, and the one it wants later', async () => {
    await using server = await GpuServer.start(newPath());
    using guest = await server.guest();
    const first = guest.display;
    const answer = guest.command('GET_DISPLAY_INFO');
    first.serve();
    const modes = (await answer).fields.modes as { rect: { width: number }; enabled: boolean }[];
    expect(modes[0]).toMatchObject({ rect: { width: 640, height: 480 }, enabled: true });
    expect(modes[1].enabled).toBe(false);
    first.modes[0].rect = { x: 0, y: 0, width: 1280, height: 720 };
    const edid = (await guest.command('GET_EDID', { scanoutId: 0 })).fields.edid as Uint8Array;
    // Width of the first detailed timing: 8 bits, and 4 more.
    expect(edid[56] + ((edid[58] >> 4) << 8)).toBe(1280);
  });

  test('is not kept waiting by a QEMU that does not answer, for anything else', async () => {
    await using server = await GpuServer.start(newPath());
    using guest = await server.guest();
    guest.display.answers = false;
    const info = guest.command('GET_DISPLAY_INFO');
    await showPicture(guest);
    // What QEMU asks meanwhile is answered, too.
    await guest.frontEnd.ask('GET_CONFIG', { offset: 0, flags: 0, bytes: new Uint8Array(16) });
    guest.display.socket.close();
    await expect(info).resolves.toMatchObject({ name: 'OK_DISPLAY_INFO' });
  });

  test('goes on while QEMU reads nothing of its display', async () => {
    await using server = await GpuServer.start(newPath(), { displayRateHz: 1000 });
    using guest = await server.guest();
    const resourceId = 3;
    const rect = { x: 0, y: 0, width: 512, height: 512 };
    await guest.command('RESOURCE_CREATE_2D', { resourceId, format: BGRX, width: 512, height: 512 });
    await guest.command('SET_SCANOUT', { rect, scanoutId: 0, resourceId });
    for (let count = 0; count < 50; count += 1) {
      await expect(guest.command('RESOURCE_FLUSH', { rect, resourceId })).resolves.toMatchObject(OK);
      await sleep(1);
    }
    const update = await guest.display.until(({ name }) => name === 'UPDATE');
    expect(update.payload).toHaveLength(20 + 512 * 512 * PIXEL_BYTES);
  });

  test('moves a cursor', async () => {
    await using server = await GpuServer.start(newPath());
    using guest = await server.guest();
    const address = guest.memory.pages(4);
    guest.memory.bytesAt(address, 64 * 64 * PIXEL_BYTES).fill(0x80);
    const resourceId = 5;
    await guest.command('RESOURCE_CREATE_2D', { resourceId, format: 1, width: 64, height: 64 });
    await guest.command('RESOURCE_ATTACH_BACKING', { resourceId }, {}, [
      { address, lengthBytes: 64 * 64 * 4 },
    ]);
    await guest.command('TRANSFER_TO_HOST_2D', {
      rect: { x: 0, y: 0, width: 64, height: 64 },
      offset: 0,
      resourceId,
    });
    const position = { scanoutId: 0, x: 10, y: 20 };
    await guest.command('UPDATE_CURSOR', { position, resourceId, hotX: 1, hotY: 2 });
    const update = await guest.display.until(({ name }) => name === 'CURSOR_UPDATE');
    expect(update.words).toEqual([0, 10, 20, 1, 2]);
    expect(update.payload.subarray(20).every((byte) => byte === 0x80)).toBe(true);
    await guest.command('MOVE_CURSOR', { position: { ...position, x: 11 }, resourceId, hotX: 1, hotY: 2 });
    const moved = await guest.display.until(({ name }) => name === 'CURSOR_POS');
    expect(moved.words).toEqual([0, 11, 20]);
    await guest.command('UPDATE_CURSOR', { position, resourceId: 0, hotX: 0, hotY: 0 });
    await guest.display.until(({ name }) => name === 'CURSOR_POS_HIDE');
  });

  test('is reset as often as it likes, also with fences in flight', async () => {
    await using server = await GpuServer.start(newPath());
    using guest = await server.guest();
    for (let life = 0; life < 5; life += 1) {
      await showPicture(guest);
      await guest.command(
        'CTX_CREATE',
        { nameLength: 4, contextInit: 0, debugName: new Uint8Array(64) },
        { contextId: 1 },
      );
      const fenced = [1n, 2n, 3n].map((fenceId) =>
        guest
          .command('SUBMIT_3D', {}, { contextId: 1, fenceId }, new Uint8Array(0))
          .catch((error: Error) => error.message),
      );
      await guest.stop();
      const answers = await Promise.all(fenced.map((one) => Promise.race([one, sleep(50, 'dropped')])));
      for (const answer of answers) if (typeof answer !== 'string') expect(answer).toMatchObject(OK);
      await guest.run();
    }
    // Names of the last life are free again.
    await showPicture(guest);
    expect(server.warnings).toEqual([]);
  });

  test('goes on where it was when it was paused', async () => {
    await using server = await GpuServer.start(newPath());
    using guest = await server.guest();
    await showPicture(guest);
    const bases = await guest.stop();
    expect(bases).toEqual([5, 0]);
    await guest.run({ bases });
    // Its picture is there, and is shown on the new socket.
    await guest.display.until(({ name }) => name === 'UPDATE');
    await expect(guest.command('RESOURCE_UNREF', { resourceId: 2 })).resolves.toMatchObject(OK);
  });

  test('has its memory table changed while it runs', async () => {
    await using server = await GpuServer.start(newPath());
    using guest = await server.guest();
    const before = await showPicture(guest);
    await guest.frontEnd.ask('SET_MEM_TABLE', [guest.memory.region], { fds: [guest.memory.fd()] });
    before.fill(0x55);
    const rect = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
    await guest.command('TRANSFER_TO_HOST_2D', { rect, offset: 0, resourceId: 2 });
    await guest.command('RESOURCE_FLUSH', { rect, resourceId: 2 });
    await guest.display.until(({ name, payload }) => name === 'UPDATE' && payload[20] === 0x55);
  });
});

describeNative('several guests', () => {
  test('have a process each, and what one does is nobody else’s trouble', async () => {
    await using server = await GpuServer.start(newPath());
    using wrong = await server.guest();
    using fine = await server.guest();
    await showPicture(fine);
    const processes = sessionProcess(process.pid);
    expect(processes).toHaveLength(2);
    await showPicture(wrong);
    process.kill(processes[0], 'SIGKILL');
    await Promise.race([wrong.frontEnd.ended(), fine.frontEnd.ended()]);
    const end = await server.until('disconnected');
    expect(end.signal).toBe('SIGKILL');
    expect(end.reason).toMatch(/^its session process was killed by SIGKILL after RESOURCE_FLUSH/);
    const other = end.client === 1 ? fine : wrong;
    await expect(other.command('RESOURCE_UNREF', { resourceId: 2 })).resolves.toMatchObject(OK);
    expect(server.server.clients).toBe(1);
  });

  test('are turned away when there are enough', async () => {
    await using server = await GpuServer.start(newPath(), { maxClients: 1 });
    using first = await server.guest();
    using second = server.connect();
    await expect(second.receive(new Uint8Array(1))).resolves.toBe(0);
    expect(server.told('refused')).toMatchObject([{ client: 2, reason: '1 QEMUs are connected already' }]);
    await showPicture(first);
  });

  test('end with the server', async () => {
    const server = await GpuServer.start(newPath());
    using guest = await server.guest();
    await server.server.close();
    await guest.frontEnd.ended();
    expect(server.told('disconnected')).toMatchObject([
      { reason: 'its session process was ended with the server' },
    ]);
    expect(sessionProcess(process.pid)).toEqual([]);
  });
});

test('every command has a number of its own', () => {
  const ids = Object.values(COMMANDS).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
