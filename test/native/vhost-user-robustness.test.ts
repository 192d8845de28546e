// Front-ends and drivers that do anything at all, on the real library: nothing crashes, nothing leaks, and everything is told by name.

import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventFd } from '../../lib/host';
import { CommandEncoder, Format } from '../../lib/protocol';
import { encodeRequest, HEADER_BYTES } from '../../lib/vhost-user/protocol/message';
import { REQUESTS } from '../../lib/vhost-user/protocol/requests';
import { DriverQueue, INDIRECT, NEXT, WRITE } from '../guest/fake-driver/driver-queue';
import { CONTROL, CURSOR, FakeDriver } from '../guest/fake-driver/fake-driver';
import { FakeMemory } from '../guest/fake-driver/fake-memory';
import { GpuServer } from '../guest/fake-driver/gpu-server';
import { describeNative, isSanitized } from '../support/native-library';
import { socketPaths } from '../support/sockets';
import { BASE, texture3d } from '../virtio-gpu/support/guest';
import { mutatedRequests } from '../virtio-gpu/support/mutated-requests';

const newPath = socketPaths();
const OK = { name: 'OK_NODATA' };
const SEED = Number(process.env.VIRGL_SEED ?? 20);
/** 100,000 where VIRGL_MUTATIONS says so; a slice otherwise. */
const MUTATIONS = Number(process.env.VIRGL_MUTATIONS ?? 3000);
const MIB = 1 << 20;

const header = (request: number, flags: number, size: number): Uint8Array => {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  [request, flags, size].forEach((word, index) => view.setUint32(index * 4, word, true));
  return bytes;
};

/** The process that serves the only guest. */
const sessionPid = (): number => {
  for (const name of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const line = fs.readFileSync(`/proc/${name}/cmdline`, 'utf8');
      const status = fs.readFileSync(`/proc/${name}/status`, 'utf8');
      if (line.includes('vhost-user/session/worker.js') && status.includes(`PPid:\t${process.pid}\n`))
        return Number(name);
    } catch {
      // It has just ended.
    }
  }
  throw new Error('there is no session process');
};

const descriptorsOf = (pid: number): number => fs.readdirSync(`/proc/${pid}/fd`).length;

const residentOf = (pid: number): number =>
  Number(fs.readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;

/** Guest memory that is mapped there. */
const mappingsOf = (pid: number): number =>
  fs.readFileSync(`/proc/${pid}/maps`, 'utf8').split('fake-guest').length - 1;

describeNative('front-ends that are wrong', () => {
  const bell = (): EventFd => EventFd.create();
  const cases: { what: string; send: (guest: FakeDriver) => void; reason: string }[] = [
    {
      what: 'send nonsense',
      send: (guest) => guest.frontEnd.socket.sendSync(header(4711, 1, 0)),
      reason: 'vhost-user message: expected the number of a request but received 4711',
    },
    {
      what: 'send a payload without an end',
      send: (guest) => guest.frontEnd.socket.sendSync(header(REQUESTS.SET_MEM_TABLE.id, 1, 0xffff_fff0)),
      reason: 'vhost-user SET_MEM_TABLE: expected 8 to 264 bytes of payload but received 4294967280',
    },
    {
      what: 'name a ring that is not there',
      send: (guest) => guest.frontEnd.tell('SET_VRING_NUM', { index: 2, value: 16 }),
      reason: 'vhost-user SET_VRING_NUM: expected a ring from 0 to 1 for index but received 2',
    },
    {
      what: 'give a ring an impossible size',
      send: (guest) => guest.frontEnd.tell('SET_VRING_NUM', { index: 0, value: 65536 }),
      reason: 'vhost-user SET_VRING_NUM: expected a power of two up to 32768 for num but received 65536',
    },
    {
      what: 'give a ring an impossible base',
      send: (guest) => guest.frontEnd.tell('SET_VRING_BASE', { index: 0, value: 65536 }),
      reason: 'vhost-user SET_VRING_BASE: expected at most 65535 for num but received 65536',
    },
    {
      what: 'want rings to be polled',
      send: (guest) => guest.frontEnd.tell('SET_VRING_KICK', 0x100n),
      reason: 'vhost-user SET_VRING_KICK: expected an eventfd for fds but received none',
    },
    {
      what: 'say that there is no descriptor, and send one',
      send: (guest) => guest.frontEnd.tell('SET_VRING_CALL', 0x101n, { fds: [bell().duplicateFd()] }),
      reason: 'vhost-user SET_VRING_CALL: expected no descriptor for fds but received 1',
    },
    {
      what: 'send something else than an eventfd',
      send: (guest) => guest.frontEnd.tell('SET_VRING_CALL', 0n, { fds: [guest.memory.fd()] }),
      reason: 'EventFd.adopt: expected a FileDescriptor of an eventfd for fd but received FileDescriptor',
    },
    {
      what: 'send something else than a display socket',
      send: (guest) => guest.frontEnd.tell('GPU_SET_SOCKET', undefined, { fds: [guest.memory.fd()] }),
      reason: 'UnixSocket.adopt: expected a FileDescriptor of a connected Unix socket',
    },
    {
      what: 'share memory that is not there',
      send: (guest) =>
        guest.frontEnd.tell('SET_MEM_TABLE', [{ ...guest.memory.region, sizeBytes: 2 ** 40 }], {
          fds: [guest.memory.fd()],
        }),
      reason: 'mmap',
    },
    {
      what: 'take the memory of a ring away',
      send: (guest) => guest.frontEnd.tell('REM_MEM_REG', guest.memory.region),
      reason: 'guest memory: expected mapped memory for front-end address',
    },
    {
      what: 'start a ring that lies nowhere',
      send: (guest) => {
        guest.frontEnd.tell('SET_VRING_ADDR', {
          index: 0,
          flags: 0,
          log: 0,
          descriptors: 0x1000,
          available: 0x2000,
          used: 0x3000,
        });
        guest.frontEnd.tell('SET_VRING_KICK', 0n, { fds: [bell().duplicateFd()] });
      },
      reason: 'guest memory: expected mapped memory for front-end address but received 0x1000 + 4096',
    },
    {
      what: 'speak features that nobody offered',
      send: (guest) => guest.frontEnd.tell('SET_PROTOCOL_FEATURES', 1n << 20n),
      reason:
        'vhost-user SET_PROTOCOL_FEATURES: expected what was offered for features but received 0x100000',
    },
    {
      what: 'leave in the middle',
      send: (guest) => {
        guest.frontEnd.socket.sendSync(encodeRequest('SET_FEATURES', 0n).subarray(0, 13));
        guest.frontEnd.socket.shutdown('write');
      },
      reason: 'vhost-user SET_FEATURES: the front-end left in the middle of it, after 13 bytes',
    },
  ];

  test.each(cases)('that $what are disconnected by name', async ({ send, reason }) => {
    await using server = await GpuServer.start(newPath());
    using guest = await server.guest();
    send(guest);
    await guest.frontEnd.ended();
    const end = await server.until('disconnected');
    expect(end.reason).toContain(reason);
    expect(server.warnings).toEqual([]);
  });

  test('messages change at random', async () => {
    await using server = await GpuServer.start(newPath(), { spareProcesses: 1 });
    let random = SEED;
    const next = (below: number): number => {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      return (random >>> 8) % below;
    };
    const rounds = isSanitized ? 3 : 12;
    for (let round = 0; round < rounds; round += 1) {
      using guest = await server.guest();
      const samples = [
        encodeRequest('SET_MEM_TABLE', [guest.memory.region]),
        encodeRequest('SET_VRING_NUM', { index: 0, value: 64 }),
        encodeRequest('GET_CONFIG', { offset: 0, flags: 0, bytes: new Uint8Array(16) }),
        encodeRequest('SET_VRING_BASE', { index: 1, value: 3 }),
        encodeRequest('SET_FEATURES', 3n),
        encodeRequest('GET_FEATURES', undefined),
      ];
      try {
        for (let count = 0; count < 50; count += 1) {
          const bytes = samples[next(samples.length)].slice();
          bytes[next(bytes.length)] ^= 1 << next(8);
          const fds = next(2) === 0 ? [guest.memory.fd()] : [];
          guest.frontEnd.socket.sendSync(bytes, { fds, waitMs: 1000 });
          for (const fd of fds) fd.close();
        }
        guest.frontEnd.socket.shutdown('write');
      } catch {
        // It was disconnected.
      }
      const end = await server.until('disconnected', round + 1);
      expect(end.signal).toBeUndefined();
      // Said in words, and not by a process that ended.
      expect(end.reason ?? '').not.toContain('session process');
    }
  });
});

describeNative('drivers that are wrong', () => {
  test('chains that can not be are given back, rings that make no sense are stopped; the rest goes on', async () => {
    await using server = await GpuServer.start(newPath());
    using guest = await server.guest();
    const queue = guest.queues[CONTROL];
    const offer = async (head: number): Promise<void> => {
      queue.makeAvailable(head);
      guest.kick(CONTROL);
      await sleep(20);
    };
    queue.setDescriptor(200, { address: guest.memory.guestAddress, lengthBytes: 24, flags: NEXT, next: 200 });
    await offer(200);
    queue.setDescriptor(201, { address: 0x1000, lengthBytes: 24, flags: WRITE });
    await offer(201);
    queue.setDescriptor(202, { address: guest.memory.end - 8, lengthBytes: 4096, flags: INDIRECT });
    await offer(202);
    await server.until('warning', 3);
    expect(server.warnings).toEqual([
      'queue 0: descriptor chain: expected at most 256 descriptors for length but found a loop, or more',
      'queue 0: descriptor chain: expected guest memory for address of a descriptor but found 0x1000 + 24',
      expect.stringContaining('expected guest memory for address of an indirect table'),
    ]);
    expect(queue.usedIndex).toBe(3);
    await expect(
      guest.command('RESOURCE_CREATE_2D', { resourceId: 1, format: 2, width: 8, height: 8 }),
    ).resolves.toMatchObject(OK);

    const cursors = guest.queues[CURSOR];
    cursors.setAvailableIndex(cursors.availableIndex + 17);
    guest.kick(CURSOR);
    await server.until('warning', 4);
    expect(server.warnings[3]).toBe(
      'queue 1: virtqueue: expected at most 16 new entries for the available index but found 17; the queue is stopped',
    );
    await expect(guest.command('RESOURCE_UNREF', { resourceId: 1 })).resolves.toMatchObject(OK);
    // A reset makes it whole again.
    await guest.stop();
    await guest.run();
    const position = { scanoutId: 0, x: 1, y: 1 };
    await expect(
      guest.command('MOVE_CURSOR', { position, resourceId: 0, hotX: 0, hotY: 0 }),
    ).resolves.toMatchObject(OK);
  });

  test('a chain of 1,000 descriptors, for reading and for writing', async () => {
    await using server = await GpuServer.start(newPath());
    using guest = await server.guest();
    const request = new Uint8Array(24);
    new DataView(request.buffer).setUint32(0, 0x100, true);
    const queue = guest.queues[CONTROL];
    const read = Array.from(request, (byte) => ({
      address: guest.memory.put(Uint8Array.of(byte)),
      lengthBytes: 1,
    }));
    const room = guest.memory.allocate(976);
    const write = Array.from({ length: 976 }, (_, index) => ({
      address: room + index,
      lengthBytes: 1,
      isWritten: true,
    }));
    expect(read.length + write.length).toBe(1000);
    guest.display.serve();
    queue.offer([...read, ...write]);
    guest.kick(CONTROL);
    while (queue.usedIndex === 0) await sleep(2);
    expect(new DataView(guest.memory.bytesAt(room, 24).slice().buffer).getUint32(0, true)).toBe(0x1101);
  });

  test('tables are changed at random', async () => {
    await using server = await GpuServer.start(newPath());
    using guest = await server.guest();
    const pid = sessionPid();
    let random = SEED;
    const next = (below: number): number => {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      return (random >>> 8) % below;
    };
    const queue = guest.queues[CONTROL];
    const address = (): number =>
      [guest.memory.guestAddress + next(MIB), guest.memory.end - next(64), next(MIB), 2 ** 40][next(4)];
    for (let count = 0; count < Math.min(MUTATIONS, 20_000); count += 1) {
      const entries = DriverQueue.chained(
        Array.from({ length: 1 + next(4) }, () => ({
          address: address(),
          lengthBytes: next(5000),
          isWritten: next(2) === 0,
        })),
      );
      for (const entry of entries) {
        if (next(6) === 0) entry.flags = next(8);
        if (next(6) === 0) entry.next = next(300);
      }
      entries.forEach((entry, index) => queue.setDescriptor(index, entry));
      queue.makeAvailable(0);
      guest.kick(CONTROL);
      for (let waited = 0; queue.usedIndex !== queue.availableIndex && waited < 5000; waited += 1)
        await new Promise((resolve) => setImmediate(resolve));
      while (queue.takeUsed() !== undefined);
    }
    expect(queue.usedIndex).toBe(queue.availableIndex);
    expect(sessionPid()).toBe(pid);
    await guest.stop();
    await guest.run();
    await expect(
      guest.command('RESOURCE_CREATE_2D', { resourceId: 1, format: 2, width: 8, height: 8 }),
    ).resolves.toMatchObject(OK);
  }, 300_000);

  test(`${MUTATIONS} requests with faults, and resets in between: nothing leaks`, async () => {
    await using server = await GpuServer.start(newPath());
    using memory = new FakeMemory(MIB, BASE);
    using guest = await server.guest({ more: [memory], memoryBytes: 8 * MIB });
    guest.display.serve();
    const pid = sessionPid();
    const settle = async (): Promise<{ descriptors: number; mappings: number; resident: number }> => {
      await guest.stop();
      await guest.run();
      guest.display.serve();
      await guest.command('GET_DISPLAY_INFO');
      return { descriptors: descriptorsOf(pid), mappings: mappingsOf(pid), resident: residentOf(pid) };
    };
    let before = await settle();
    let done = 0;
    const round = Math.max(1000, Math.floor(MUTATIONS / 5));
    for (const { queue, bytes } of mutatedRequests(MUTATIONS, SEED)) {
      const answer = await guest.raw(bytes, { queue: queue === 'control' ? CONTROL : CURSOR });
      expect(answer.length).toBeGreaterThanOrEqual(24);
      guest.tidy();
      done += 1;
      if (done % round !== 0) continue;
      const after = await settle();
      // What is made only once was made in the first round.
      if (done === round) before = after;
      expect(after.mappings).toBe(2);
      expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
      expect(after.resident - before.resident).toBeLessThan(96 * MIB);
    }
    expect(sessionPid()).toBe(pid);
    expect(server.warnings.length).toBeGreaterThan(50);
  }, 3_600_000);
});

describeNative('sessions that go too far', () => {
  test('one that hangs is ended, by name', async () => {
    await using server = await GpuServer.start(newPath(), { commandTimeoutMs: 4000 });
    using guest = await server.guest();
    const size = { width: 4096, height: 4096 };
    const name = { nameLength: 4, contextInit: 0, debugName: new Uint8Array(64).fill(0x61) };
    await guest.command('CTX_CREATE', name, { contextId: 1 });
    for (const resourceId of [1, 2]) {
      await guest.command('RESOURCE_CREATE_3D', texture3d(resourceId, { ...size, bind: 10 }));
      await guest.command('CTX_ATTACH_RESOURCE', { resourceId }, { contextId: 1 });
    }
    const encoder = new CommandEncoder();
    // More than any machine draws in ten seconds. What comes before it must not take the limit's four on a busy one.
    for (let count = 0; count < 2000; count += 1) {
      encoder.blit({
        mask: 15,
        filter: 1,
        dstResource: 1,
        dstFormat: Format.B8G8R8X8_UNORM,
        dstBox: { w: size.width, h: size.height },
        srcResource: 2,
        srcFormat: Format.B8G8R8X8_UNORM,
        srcBox: { y: size.height - 1, w: size.width - 1, h: 1 - size.height },
      });
    }
    const { buffer, byteOffset, byteLength } = encoder.finish();
    const stream = new Uint8Array(buffer, byteOffset, byteLength);
    guest.command('SUBMIT_3D', {}, { contextId: 1, fenceId: 1n }, stream).catch(() => undefined);
    const end = await server.until('disconnected');
    expect(end.reason).toMatch(/^its session process was killed because it hung during SUBMIT_3D/);
    expect(end).toMatchObject({ lastCommand: 'SUBMIT_3D', signal: 'SIGKILL' });
  });

  test('one that takes too much memory is ended, by name', async () => {
    await using server = await GpuServer.start(newPath(), { maxMemoryBytes: 64 * MIB });
    using guest = await server.guest();
    const rect = { x: 0, y: 0, width: 4096, height: 4096 };
    const fill = async (): Promise<void> => {
      for (let resourceId = 1; resourceId < 8; resourceId += 1) {
        await guest.command('RESOURCE_CREATE_2D', { resourceId, format: 2, width: 4096, height: 4096 });
        const address = guest.memory.guestAddress;
        const entries = Array.from({ length: 2 }, () => ({ address, lengthBytes: 32 * MIB }));
        await guest.command('RESOURCE_ATTACH_BACKING', { resourceId }, {}, entries);
        await guest.command('TRANSFER_TO_HOST_2D', { rect, offset: 0, resourceId });
        await guest.command('SET_SCANOUT', { rect, scanoutId: 0, resourceId });
        await guest.command('RESOURCE_FLUSH', { rect, resourceId });
        await sleep(250);
      }
    };
    void fill().catch(() => undefined);
    const end = await server.until('disconnected');
    expect(end.reason).toMatch(/^its session process was killed because it used too much memory/);
  });
});
