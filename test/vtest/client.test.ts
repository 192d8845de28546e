// The client, byte for byte, and what becomes of it with servers that misbehave.

import { readdirSync, readlinkSync } from 'node:fs';
import { SharedMemory, UnixSocket } from '../../lib/host';
import { VirglError } from '../../lib/protocol/error';
import { VtestClient, type VtestClientOptions } from '../../lib/vtest/client/client';
import type { VtestCommandName } from '../../lib/vtest/commands';
import { type FakeServerOptions, FakeVtestServer } from '../support/fake-vtest-server';

const TEXTURE = { target: 2, format: 1, bind: 2, width: 4, height: 4 };
const BOX = { x: 1, y: 2, z: 0, width: 2, height: 1, depth: 1 };

const opened: { close(): void }[] = [];
afterEach(() => opened.splice(0).forEach((one) => one.close()));

const open = async (
  serverOptions: FakeServerOptions = {},
  options: VtestClientOptions = {},
): Promise<[VtestClient, FakeVtestServer]> => {
  const [socket, server] = FakeVtestServer.pair(serverOptions);
  opened.push(server, socket);
  const client = await VtestClient.over(socket, options);
  server.requests.length = 0;
  return [client, server];
};

const u32 = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
const refusalOf = (promise: Promise<unknown>): Promise<VirglError> =>
  promise.then(
    () => {
      throw new Error('it was not refused');
    },
    (error: VirglError) => error,
  );

/** What is open besides sockets and pipes, which jest has too. */
const openMemories = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const name = readlinkSync(`/proc/self/fd/${fd}`);
      return name.startsWith('/memfd:') ? [name] : [];
    } catch {
      return [];
    }
  });

describe('hello', () => {
  /** Everything that a client sends until it has said hello. */
  const bytesOfHello = async (options: VtestClientOptions, answers: Uint8Array[]): Promise<Uint8Array> => {
    const [ours, theirs] = UnixSocket.pair('stream');
    opened.push(ours, theirs);
    const hello = VtestClient.over(ours, options);
    const received: number[] = [];
    for (const answer of answers) {
      const bytes = new Uint8Array(4096);
      received.push(...bytes.subarray(0, await theirs.receive(bytes)));
      await theirs.send(answer);
    }
    (await hello).close();
    return Uint8Array.from(received);
  };

  test('is what Mesa says: a name, PING and BUSY_WAIT at once, a version', async () => {
    const sent = await bytesOfHello({ name: 'gears', version: 2 }, [u32(0, 10, 1, 7, 0), u32(1, 11, 2)]);
    const name = new TextEncoder().encode('gears\0');
    expect(Buffer.from(sent)).toEqual(
      Buffer.concat([u32(6, 8), name, u32(0, 10), u32(2, 7, 0, 0), u32(1, 11, 2)]),
    );
  });

  test.each([
    ['the newest by default', {}, {}, 4],
    ['an older one that was asked for', {}, { version: 2 }, 2],
    ['an older one that the server has', { version: 3 }, {}, 3],
    ['version 0 of a server before PING', { knowsVersions: false }, {}, 0],
    ['version 0 of a server without shared memory', { version: 0 }, {}, 0],
  ] as const)('agrees on %s', async (_what, server, options, version) => {
    const [client] = await open(server, options);
    expect(client.version).toBe(version);
  });

  test('can be said again: another version', async () => {
    const [client] = await open();
    await expect(client.protocolVersion(2)).resolves.toBe(2);
    expect(client.version).toBe(2);
    const [old, server] = await open({ knowsVersions: false });
    await expect(old.protocolVersion(3)).resolves.toBe(0);
    expect(server.requests).toEqual([]);
  });

  test.each([
    ['another id', [u32(0, 12)], 'id 12 and length 0'],
    ['another length', [u32(3, 10)], 'id 10 and length 3'],
    ['a version nobody knows', [u32(0, 10, 1, 7, 0), u32(1, 11, 1)], 'version 1'],
    ['a version newer than asked for', [u32(0, 10, 1, 7, 0), u32(1, 11, 4)], 'version 4'],
  ])('is not answered by %s', async (_what, answers, says) => {
    const [ours, theirs] = UnixSocket.pair('stream');
    opened.push(theirs);
    const hello = refusalOf(VtestClient.over(ours, { version: 2 }));
    for (const answer of answers) {
      await theirs.receive(new Uint8Array(4096));
      await theirs.send(answer);
    }
    expect((await hello).message).toContain(says);
    expect(ours.closed).toBe(true);
  });

  test('that is not answered ends in time', async () => {
    const [ours, theirs] = UnixSocket.pair('stream');
    opened.push(theirs);
    const error = await refusalOf(VtestClient.over(ours, { timeoutMs: 30 }));
    expect(error).toMatchObject({ code: 'ERR_VIRGL_CLOSED' });
    expect(error.message).toContain('did not say hello within 30 ms');
    expect(ours.closed).toBe(true);
  });

  test.each([
    [{ version: 1 }, 'version'],
    [{ name: 'a\0b' }, 'name'],
    [{ nmae: 'x' }, 'nmae'],
  ])('refuses %j before anything is sent', async (options, field) => {
    const [socket, server] = FakeVtestServer.pair();
    const error = await refusalOf(VtestClient.over(socket, options as VtestClientOptions));
    expect(error).toMatchObject({ code: 'ERR_VIRGL_ARGUMENT', field });
    await server.ended;
    expect(server.requests).toEqual([]);
  });

  test('goes to VTEST_SOCKET_NAME, else to where virgl_test_server listens', async () => {
    const { VTEST_SOCKET_NAME: before } = process.env;
    try {
      process.env.VTEST_SOCKET_NAME = '/nowhere/else';
      expect((await refusalOf(VtestClient.connect())).message).toContain('/nowhere/else');
    } finally {
      if (before === undefined) delete process.env.VTEST_SOCKET_NAME;
      else process.env.VTEST_SOCKET_NAME = before;
    }
  });

  test('to nobody says where', async () => {
    const error = await refusalOf(VtestClient.connect({ path: '/nowhere/socket' }));
    expect(error).toMatchObject({ code: 'ERR_VIRGL_SYSTEM' });
    expect(error.message).toContain('/nowhere/socket');
  });
});

describe('requests', () => {
  const textureWords = [0, 2, 1, 2, 4, 4, 1, 1, 0, 0];
  test.each<[VtestCommandName, (client: VtestClient) => Promise<unknown>, Uint8Array[]]>([
    ['RESOURCE_CREATE', (client) => client.resourceCreate(TEXTURE), [u32(10, 2, ...textureWords)]],
    [
      'RESOURCE_CREATE2',
      (client) => client.resourceCreate2({ ...TEXTURE, dataSize: 64 }),
      [u32(11, 12, ...textureWords, 64)],
    ],
    ['RESOURCE_UNREF', (client) => client.resourceUnref(9), [u32(1, 3, 9)]],
    [
      'TRANSFER_GET',
      (client) =>
        client.transferGet({ handle: 1, level: 0, stride: 8, layerStride: 9, ...BOX }, new Uint8Array(8)),
      [u32(11, 4, 1, 0, 8, 9, 1, 2, 0, 2, 1, 1, 8)],
    ],
    [
      'TRANSFER_PUT',
      (client) =>
        client.transferPut({ handle: 1, level: 0, stride: 8, layerStride: 0, ...BOX }, new Uint8Array(9)),
      [u32(14, 5, 1, 0, 8, 0, 1, 2, 0, 2, 1, 1, 9), new Uint8Array(9)],
    ],
    [
      'TRANSFER_GET2',
      (client) => client.transferGet2({ handle: 1, level: 0, ...BOX, dataSize: 8, offset: 4 }),
      [u32(10, 13, 1, 0, 1, 2, 0, 2, 1, 1, 8, 4)],
    ],
    [
      'TRANSFER_PUT2',
      (client) => client.transferPut2({ handle: 1, level: 0, ...BOX, dataSize: 8, offset: 4 }),
      [u32(10, 14, 1, 0, 1, 2, 0, 2, 1, 1, 8, 4)],
    ],
    ['SUBMIT_CMD', (client) => client.submitCmd(Uint32Array.of(5, 6)), [u32(2, 6, 5, 6)]],
    [
      'SUBMIT_CMD',
      (client) => client.submitCmd([Uint32Array.of(5), Uint32Array.of(6, 7)]),
      [u32(3, 6, 5, 6, 7)],
    ],
    ['RESOURCE_BUSY_WAIT', (client) => client.busyWait({ wait: true }), [u32(2, 7, 0, 1)]],
    ['GET_PARAM', (client) => client.getParam(1), [u32(1, 15, 1)]],
    ['GET_CAPSET', (client) => client.getCapset(4, 1), [u32(2, 16, 4, 1)]],
    ['CONTEXT_INIT', (client) => client.contextInit(4), [u32(1, 17, 4)]],
    ['SYNC_UNREF', (client) => client.syncUnref(3), [u32(1, 20, 3)]],
    ['SYNC_WRITE', (client) => client.syncWrite(3, (7n << 32n) | 8n), [u32(3, 22, 3, 8, 7)]],
    [
      'SUBMIT_CMD2',
      (client) =>
        client.submitCmd2([
          { commands: Uint32Array.of(50, 51), ringIndex: 2, syncs: [{ syncId: 3, value: 1n << 33n }] },
          { commands: Uint32Array.of(60) },
        ]),
      [u32(23, 24, 2, 1, 20, 2, 17, 1, 2, 0, 0, 0, 22, 1, 22, 0, 0, 0, 0, 3, 0, 2, 50, 51, 60)],
    ],
  ])('%s', async (name, call, expected) => {
    const [ours, theirs] = UnixSocket.pair('stream');
    opened.push(ours, theirs);
    const hello = VtestClient.over(ours);
    for (const answer of [u32(0, 10, 1, 7, 0), u32(1, 11, 3)]) {
      await theirs.receive(new Uint8Array(4096));
      await theirs.send(answer);
    }
    const client = await hello;
    const ended = refusalOf(call(client));
    const bytes = new Uint8Array(4096);
    const length = await theirs.receive(bytes);
    const wanted = Buffer.concat(expected);
    expect(Buffer.from(bytes.subarray(0, Math.min(length, wanted.length)))).toEqual(wanted);
    theirs.close();
    // The oldest command in flight is this one.
    expect((await ended).message).toContain(name);
  });

  test('what is asked in one turn goes out together, and is matched in order', async () => {
    const [client, server] = await open();
    let openGate = (): void => undefined;
    server.gate = new Promise((resolve) => (openGate = resolve));
    const order: string[] = [];
    const note = (what: string) => (value: unknown) => {
      order.push(what);
      return value;
    };
    const all = Promise.all([
      client.getParam(1).then(note('param')),
      client.submitCmd(Uint32Array.of(0)).then(note('submit')),
      client.getCaps().then(note('caps')),
      client.getCaps2().then(note('caps2')),
      client.resourceUnref(5).then(note('unref')),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(order).toEqual([]);
    openGate();
    const [param, , caps, caps2] = await all;
    expect([param, (caps as Uint8Array).length, (caps2 as Uint8Array).length]).toEqual([64, 308, 1376]);
    expect(order[0]).toBe('param');
    expect(order.at(-1)).toBe('unref');
    // One question whether everything was executed, at the end.
    expect(server.requests.map(({ name }) => name)).toEqual([
      'GET_PARAM',
      'SUBMIT_CMD',
      'GET_CAPS',
      'GET_CAPS2',
      'GET_CAPS',
      'RESOURCE_UNREF',
      'RESOURCE_BUSY_WAIT',
    ]);
  });

  test.each<[string, (client: VtestClient) => Promise<unknown>, string]>([
    ['a field that is no number', (client) => client.resourceUnref(-1), 'handle'],
    ['a field that is missing', (client) => client.resourceCreate({ target: 2 } as never), 'format'],
    [
      'a field that is unknown',
      (client) => client.resourceCreate({ ...TEXTURE, hieght: 3 } as never),
      'hieght',
    ],
    ['a value beyond 64 bits', (client) => client.syncWrite(1, 1n << 64n), 'value'],
    [
      'a ring beyond 63',
      (client) => client.submitCmd2([{ commands: new Uint32Array(), ringIndex: 64 }]),
      'ringIndex',
    ],
    ['a timeout below 0', (client) => client.syncWait({ syncs: [], timeoutMs: -1 }), 'timeoutMs'],
    ['a version nobody knows', (client) => client.protocolVersion(1 as never), 'version'],
  ])('refuse %s and send nothing', async (_what, call, field) => {
    const [client, server] = await open();
    await expect(refusalOf(call(client))).resolves.toMatchObject({ code: 'ERR_VIRGL_ARGUMENT', field });
    await client.ping();
    expect(server.requests.map(({ name }) => name)).toEqual(['PING_PROTOCOL_VERSION']);
  });
});

describe('answers', () => {
  test.each([2, 3] as const)(
    'version %i: a resource with memory, and what was written is read',
    async (version) => {
      const [client, server] = await open({}, { version });
      const { id, memory } = await client.resourceCreate2({
        ...TEXTURE,
        handle: version < 3 ? 7 : 0,
        dataSize: 64,
      });
      expect(id).toBe(version < 3 ? 7 : 1);
      if (memory === undefined) throw new Error('no memory');
      using shared = memory;
      shared.bytes.fill(3);
      const whole = { handle: id, level: 0, x: 0, y: 0, z: 0, width: 4, height: 4, depth: 1 };
      await client.transferPut2({ ...whole, dataSize: 64, offset: 0 });
      expect([...(server.resources.get(id)?.levels[0].bytes ?? [])]).toEqual(Array(64).fill(3));
      const got = new Uint8Array(64);
      await client.transferGet({ ...whole, stride: 16, layerStride: 0 }, got);
      expect([...got]).toEqual(Array(64).fill(3));
    },
  );

  test('of data longer than any buffer arrive where they belong', async () => {
    const [client, server] = await open();
    const size = { width: 512, height: 300 };
    const { id } = await client.resourceCreate({ ...TEXTURE, ...size });
    const bytes = Uint8Array.from({ length: 512 * 300 * 4 }, (_, at) => at * 7 + (at >> 9));
    const whole = { handle: id, level: 0, stride: 0, layerStride: 0, x: 0, y: 0, z: 0, ...size, depth: 1 };
    await client.transferPut(whole, bytes);
    const got = new Uint8Array(bytes.length);
    const [, param] = await Promise.all([client.transferGet(whole, got), client.getParam(1)]);
    expect(Buffer.compare(got, bytes)).toBe(0);
    expect(param).toBe(64);
    expect(server.of('TRANSFER_PUT')[0].length).toBe(11 + bytes.length / 4);
  });

  test('come one byte at a time', async () => {
    const [client, server] = await open();
    const answer = Buffer.concat([
      u32(2, 15, 1, 64),
      u32(1377, 2),
      new Uint8Array(1376).fill(2),
      u32(309, 1),
      new Uint8Array(308),
      u32(1, 7, 1),
    ]);
    let asked = 0;
    const trickle = async (): Promise<void> => {
      if ((asked += 1) < 4) return;
      for (const byte of answer) {
        await server.send(Uint8Array.of(byte));
        if (byte === 64) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    Object.assign(server.answers, {
      GET_PARAM: trickle,
      GET_CAPS2: trickle,
      GET_CAPS: trickle,
      RESOURCE_BUSY_WAIT: trickle,
    });
    const [param, caps, busy] = await Promise.all([client.getParam(1), client.getCaps2(), client.busyWait()]);
    expect([param, caps?.length, busy]).toEqual([64, 1376, true]);
  });

  test('that say no', async () => {
    const [client] = await open();
    await expect(client.getParam(99)).resolves.toBeUndefined();
    await expect(client.getCapset(99)).resolves.toBeUndefined();
    await expect(client.getCapset(4)).resolves.toEqual(new Uint8Array(u32(8, 9)));
  });

  test('of a server that has only set 1', async () => {
    const [client, server] = await open();
    server.answers.GET_CAPS2 = () => undefined;
    await expect(Promise.all([client.getCaps2(), client.getParam(1)])).resolves.toEqual([undefined, 64]);
  });

  test('with descriptors', async () => {
    const [client, server] = await open();
    const memory = SharedMemory.create(4096);
    opened.push(memory);
    const reply = (words: Uint8Array) => async (): Promise<void> => {
      await server.send(words);
      await server.sendMemory(memory);
    };
    server.answers.SYNC_WAIT = reply(u32(0, 23));
    server.answers.RESOURCE_EXPORT_FD = reply(u32(0, 38));
    server.answers.RESOURCE_CREATE_BLOB = reply(u32(1, 18, 5));
    server.answers.SYNC_READ = () => server.send(u32(2, 21, 8, 7));
    const before = openMemories().length;
    const [wait, exported, blob, value] = await Promise.all([
      client.syncWait({ syncs: [{ syncId: 1, value: 2n }], any: true, timeoutMs: 9 }),
      client.resourceExportFd(3),
      client.resourceCreateBlob({ type: 2, sizeBytes: 2n ** 33n, blobId: 6 }),
      client.syncRead(1),
    ]);
    expect(blob.id).toBe(5);
    expect(value).toBe((7n << 32n) | 8n);
    expect(server.of('RESOURCE_CREATE_BLOB')[0].fields).toEqual({
      ...{ type: 2, flags: 0, sizeLow: 0, sizeHigh: 2, blobIdLow: 6, blobIdHigh: 0 },
    });
    expect([...new Uint32Array(server.of('SYNC_WAIT')[0].tail.buffer)]).toEqual([1, 9, 1, 2, 0]);
    for (const fd of [wait, exported, blob.fd]) fd.close();
    expect(openMemories()).toHaveLength(before);
  });

  test.each([2, 3] as const)(
    'version %i: a resource that the server does not make is refused, no more',
    async (version) => {
      const [client] = await open({ makesNo: ({ format }) => format === 999 }, { version });
      const handle = version < 3 ? 1 : 0;
      const [bad, good, param] = await Promise.allSettled([
        client.resourceCreate2({ ...TEXTURE, format: 999, handle, dataSize: 16 }),
        client.resourceCreate2({ ...TEXTURE, handle: handle * 2, dataSize: 16 }),
        client.getParam(1),
      ]);
      expect(bad).toMatchObject({ reason: { code: 'ERR_VIRGL_REFUSED' } });
      expect(good).toMatchObject({ status: 'fulfilled' });
      expect(param).toMatchObject({ value: 64 });
      if (good.status === 'fulfilled') good.value.memory?.close();
      if (version === 3)
        await expect(client.resourceCreate({ ...TEXTURE, format: 999 })).rejects.toMatchObject({
          code: 'ERR_VIRGL_REFUSED',
        });
    },
  );

  test('a resource whose memory is too short is given back', async () => {
    const [client, server] = await open({ sharedBytes: () => 16 }, { version: 2 });
    const before = openMemories().length;
    const error = await refusalOf(client.resourceCreate2({ ...TEXTURE, handle: 3, dataSize: 1 << 20 }));
    expect(error.code).toBe('ERR_VIRGL_SYSTEM');
    expect(server.of('RESOURCE_UNREF')[0].fields).toEqual({ handle: 3 });
    await client.ping();
    expect(openMemories()).toHaveLength(before);
  });
});

describe('servers that misbehave', () => {
  test('a closed connection names the oldest command in flight, now and later', async () => {
    const [client] = await open({ refuses: ({ name }) => name === 'SUBMIT_CMD' });
    await client.ping();
    const results = await Promise.allSettled([
      client.getParam(1),
      client.submitCmd(Uint32Array.of(0)),
      client.resourceUnref(1),
      client.getCaps(),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    for (const result of results.slice(1))
      expect(result).toMatchObject({
        reason: {
          code: 'ERR_VIRGL_CLOSED',
          operation: 'SUBMIT_CMD',
          message: expect.stringContaining('SUBMIT_CMD (number'),
        },
      });
    expect(client.closed).toBe(true);
    const later = await refusalOf(client.getCaps());
    expect(later).toMatchObject({ code: 'ERR_VIRGL_CLOSED', operation: 'GET_CAPS' });
    expect(later.message).toContain('SUBMIT_CMD (number');
  });

  test('one that went away meanwhile is noticed by the next call', async () => {
    const [client, server] = await open();
    server.close();
    await expect(refusalOf(client.submitCmd(Uint32Array.of(0)))).resolves.toMatchObject({
      code: 'ERR_VIRGL_CLOSED',
    });
    await expect(refusalOf(client.ping())).resolves.toMatchObject({ code: 'ERR_VIRGL_CLOSED' });
  });

  test('what is known about its end is told', async () => {
    const whyEnded = async () => ({ reason: 'it was killed', refusedStream: 'submitCmd: bad' });
    const [client, server] = await open({}, { whyEnded });
    const pending = refusalOf(client.ping());
    server.close();
    expect((await pending).message).toContain('closed the connection (it was killed)');
    expect((await pending).log).toBe('submitCmd: bad');
  });

  test.each<[string, VtestCommandName, Uint8Array, (client: VtestClient) => Promise<unknown>]>([
    ['another id', 'GET_PARAM', u32(2, 16, 1, 1), (client) => client.getParam(1)],
    ['another length', 'GET_PARAM', u32(3, 15, 1, 1), (client) => client.getParam(1)],
    ['caps of 4 GiB', 'GET_CAPS', u32(0xffffffff, 1), (client) => client.getCaps()],
    ['caps of less than nothing', 'GET_CAPS2', u32(0, 2), (client) => client.getCaps2()],
    ['caps under another id', 'GET_CAPS2', u32(1377, 9), (client) => client.getCaps2()],
    ['a set of 4 GiB', 'GET_CAPSET', u32(0x40000000, 16), (client) => client.getCapset(4)],
    ['a set without its first word', 'GET_CAPSET', u32(0, 16), (client) => client.getCapset(4)],
    [
      'bytes where a descriptor should be',
      'SYNC_WAIT',
      u32(0, 23, 0),
      (client) => client.syncWait({ syncs: [] }),
    ],
  ])('%s: a clear error, and the end', async (_what, name, answer, call) => {
    const [client, server] = await open();
    server.answers[name] = () => server.send(answer);
    const [error, other] = await Promise.all([refusalOf(call(client)), refusalOf(client.busyWait())]);
    expect(error).toMatchObject({ code: 'ERR_VIRGL_DECODE', operation: name });
    expect(other.code).toBe('ERR_VIRGL_DECODE');
    expect(client.closed).toBe(true);
  });

  test('descriptors that nobody asked for are closed', async () => {
    const [client, server] = await open();
    const memory = SharedMemory.create(4096);
    opened.push(memory);
    const before = openMemories().length;
    server.answers.GET_CAPS = async () => {
      await server.send(u32(309, 1));
      // Each comes with a byte of the capability set.
      for (let byte = 0; byte < 308; byte += 1) await server.sendMemory(memory);
    };
    await expect(client.getCaps()).resolves.toHaveLength(308);
    await client.ping();
    expect(openMemories()).toHaveLength(before);
  });

  test('closing rejects what is pending', async () => {
    const [client, server] = await open();
    server.gate = new Promise(() => undefined);
    const pending = refusalOf(client.getCaps());
    client.close();
    await expect(pending).resolves.toMatchObject({ code: 'ERR_VIRGL_CLOSED' });
    client.close();
    await expect(client.ping()).rejects.toMatchObject({ code: 'ERR_VIRGL_CLOSED' });
  });
});
