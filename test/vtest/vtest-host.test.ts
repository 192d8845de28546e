// The host over vtest on a server that keeps bytes and renders nothing: what is sent, what arrives, what is refused.

import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import {
  countSharedMemories,
  HOST_CALL_NAMES,
  NullHost,
  type RenderHost,
  SharedMemory,
} from '../../lib/host';
import {
  Bind,
  CommandEncoder,
  decode,
  Format,
  type ObjectType,
  printStream,
  QueryState,
  TextureTarget,
  TransferDirection,
} from '../../lib/protocol';
import type { VirglError } from '../../lib/protocol/error';
import { VtestHost } from '../../lib/vtest/host/vtest-host';
import { callHost, misspelled, refusedWrongly } from '../support/bad-calls';
import { DESTROYED, LIVE } from '../support/bad-values';
import { type FakeRequest, type FakeServerOptions, FakeVtestServer } from '../support/fake-vtest-server';

const { TEXTURE_1D_ARRAY, TEXTURE_2D, TEXTURE_2D_ARRAY, TEXTURE_3D, TEXTURE_CUBE, BUFFER } = TextureTarget;
const RGBA = Format.R8G8B8A8_UNORM;
const TEXTURE = {
  resourceId: 1,
  target: TEXTURE_2D,
  format: RGBA,
  bind: Bind.SAMPLER_VIEW,
  width: 8,
  height: 8,
};
const BUFFER_ARGS = {
  resourceId: 1,
  target: BUFFER,
  format: Format.R8_UNORM,
  bind: Bind.VERTEX_BUFFER,
  width: 64,
};
const UNSUPPORTED = HOST_CALL_NAMES.filter(
  (name) =>
    /Fence|Blob|Map|Unmap|Info|Export|Fd|Cursor|Rect|Structures|Ctx0|submitCmd2/.test(name) &&
    !/createFence|CreateFence/.test(name),
);

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

const open = async (options: FakeServerOptions = {}): Promise<[VtestHost, FakeVtestServer]> => {
  const [socket, server] = FakeVtestServer.pair(options);
  const host = await VtestHost.over(socket);
  opened.push(() => {
    server.close();
    return host.close();
  });
  server.requests.length = 0;
  return [host, server];
};

const refusalOf = (promise: Promise<unknown>): Promise<VirglError> =>
  promise.then(
    () => {
      throw new Error('it was not refused');
    },
    (error: VirglError) => error,
  );

const memoryOf = (bytes: number): SharedMemory => {
  const memory = SharedMemory.create(bytes);
  opened.push(() => memory.close());
  return memory;
};

const pattern = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 37 * seed + (at >> 8) + seed) & 255);

const encoder = (): CommandEncoder => new CommandEncoder();
const commandsOf = (request: { tail: Uint8Array }): string[] =>
  [...decode(new Uint32Array(request.tail.slice().buffer), { onError: 'raw' })].map((command) =>
    printStream([command]).trim(),
  );
/** The streams that came, as text. */
const streams = (server: FakeVtestServer): string[][] => server.of('SUBMIT_CMD').map(commandsOf);

describe('calls', () => {
  test('are those that vtest can carry', async () => {
    const [host] = await open();
    const { features } = host;
    expect(HOST_CALL_NAMES.filter((name) => !features[name])).toEqual(UNSUPPORTED);
    expect(Object.isFrozen(features)).toBe(true);
    for (const name of UNSUPPORTED) {
      const error = await refusalOf(callHost(host, name, {}));
      expect(error).toMatchObject({ code: 'ERR_VIRGL_UNSUPPORTED', operation: name });
      expect(error.message).toBe(`${name}: the vtest protocol has no such command`);
    }
  });

  const prepare = async (host: RenderHost): Promise<void> => {
    for (const id of [LIVE, DESTROYED]) {
      await host.contextCreate({ contextId: id });
      await host.resourceCreate({ ...TEXTURE, resourceId: id });
    }
    await host.contextDestroy({ contextId: DESTROYED });
    await host.resourceUnref({ resourceId: DESTROYED });
  };
  const supported = HOST_CALL_NAMES.filter((name) => !UNSUPPORTED.includes(name));

  test.each(supported)('%s refuses what every host refuses, in the same words', async (name) => {
    const [host, server] = await open();
    await prepare(host);
    const sent = server.requests.length;
    expect(await refusedWrongly(host, name)).toEqual([]);
    const [, typo, hint] = misspelled.find(([one]) => one === name) as [string, string, string];
    const error = await refusalOf(callHost(host, name, { [typo]: 1 }));
    expect(error.message).toContain(hint);
    const nobody = new NullHost();
    await prepare(nobody);
    expect(error.message).toBe((await refusalOf(callHost(nobody, name, { [typo]: 1 }))).message);
    expect(server.requests).toHaveLength(sent);
  });

  test('are counted, and end with the host', async () => {
    const [host, server] = await open();
    await prepare(host);
    await host.resourceAttachIov({ resourceId: LIVE, backing: [memoryOf(256).range()] });
    const fence = host.createFence();
    expect(host.counts()).toEqual({ contexts: 1, resources: 1, backings: 1, fences: 1, calls: 1 });
    const submitted = host.submitCmd({ contextId: LIVE, commands: encoder().nop().finish() });
    const closing = host.close();
    await Promise.all([fence, submitted, closing]);
    expect(host.counts()).toEqual({ contexts: 0, resources: 0, backings: 0, fences: 0, calls: 0 });
    await expect(refusalOf(host.poll())).resolves.toMatchObject({
      code: 'ERR_VIRGL_CLOSED',
      message: 'poll: the host is closed',
    });
    expect(streams(server).at(-1)).toEqual(['SET_SUB_CTX id=1', 'NOP']);
    await host.close();
  });

  test('of capability sets', async () => {
    const [host] = await open();
    await expect(host.getCapSet({ capsetId: 1 })).resolves.toEqual({ maxVersion: 1, maxSizeBytes: 308 });
    await expect(host.getCapSet({ capsetId: 2 })).resolves.toEqual({ maxVersion: 2, maxSizeBytes: 1376 });
    await expect(host.getCapSet({ capsetId: 4 })).resolves.toEqual({ maxVersion: 0, maxSizeBytes: 8 });
    await expect(host.getCapSet({ capsetId: 9 })).resolves.toEqual({ maxVersion: 0, maxSizeBytes: 0 });
    await expect(host.fillCaps({ capsetId: 2 })).resolves.toEqual(new Uint8Array(1376).fill(2));
    await expect(host.fillCaps({ capsetId: 2, version: 3 })).resolves.toEqual(new Uint8Array(1376));
    await expect(host.fillCaps({ capsetId: 9 })).resolves.toEqual(new Uint8Array());
    const [old, server] = await open({ version: 2 });
    await expect(old.getCapSet({ capsetId: 4 })).resolves.toEqual({ maxVersion: 0, maxSizeBytes: 0 });
    expect(server.of('GET_CAPSET')).toEqual([]);
  });

  test('of fences wait for everything, and number themselves', async () => {
    const [host, server] = await open();
    await host.contextCreate({ contextId: 1 });
    await Promise.all([host.createFence({ fenceId: 5 }), host.contextCreateFence({ contextId: 1 })]);
    expect(server.of('RESOURCE_BUSY_WAIT').filter(({ fields }) => fields.flags === 1)).toHaveLength(2);
    await expect(refusalOf(host.createFence({ fenceId: 5 }))).resolves.toMatchObject({
      code: 'ERR_VIRGL_ARGUMENT',
      message:
        'createFence: expected an integer greater than 5, the last fence of this timeline, for fenceId but received 5',
    });
    await expect(refusalOf(host.contextCreateFence({ contextId: 1, ringIndex: 1 }))).resolves.toMatchObject({
      code: 'ERR_VIRGL_REFUSED',
    });
  });

  test('that reset start anew', async () => {
    const [host, server] = await open();
    await host.contextCreate({ contextId: 1 });
    await host.resourceCreate(TEXTURE);
    await host.reset();
    expect(host.counts()).toMatchObject({ contexts: 0, resources: 0 });
    expect(server.resources.size).toBe(0);
    expect(streams(server)).toEqual([['CREATE_SUB_CTX id=1'], ['DESTROY_SUB_CTX id=1']]);
    await host.contextCreate({ contextId: 1 });
    await host.resourceCreate(TEXTURE);
  });
});

test('a server that insists on its own ids is named as what it is', async () => {
  const refuses = ({ name, fields }: FakeRequest): boolean =>
    name === 'PROTOCOL_VERSION' && fields.version < 3;
  await expect(refusalOf(open({ refuses }))).resolves.toMatchObject({
    code: 'ERR_VIRGL_UNSUPPORTED',
    message: expect.stringContaining('--multi-clients'),
  });
});

describe('contexts', () => {
  test('are sub-contexts of the only one, and their streams stay apart', async () => {
    const [host, server] = await open();
    await host.contextCreate({ contextId: 7 });
    await host.contextCreate({ contextId: 3 });
    const stream = encoder()
      .createSubCtx({ id: 1 })
      .nop()
      .setSubCtx({ id: 0 })
      .nop()
      .setSubCtx({ id: 9 })
      .finish();
    const copy = stream.slice();
    await Promise.all([
      host.submitCmd({ contextId: 7, commands: stream }),
      host.submitCmd({ contextId: 3, commands: stream }),
      host.submitCmd({ contextId: 7, commands: encoder().setSubCtx({ id: 1 }).finish() }),
      host.submitCmd({
        contextId: 7,
        commands: encoder().nop().createSubCtx({ id: 1 }).destroySubCtx({ id: 1 }).nop().finish(),
      }),
      host.submitCmd({ contextId: 7, commands: encoder().nop().destroySubCtx({ id: 0 }).finish() }),
      host.contextDestroy({ contextId: 3 }),
    ]);
    expect(stream).toEqual(copy);
    expect(streams(server)).toEqual([
      ['CREATE_SUB_CTX id=1'],
      ['CREATE_SUB_CTX id=2'],
      ['SET_SUB_CTX id=1', 'CREATE_SUB_CTX id=3', 'NOP', 'SET_SUB_CTX id=1', 'NOP'],
      ['SET_SUB_CTX id=2', 'CREATE_SUB_CTX id=4', 'NOP', 'SET_SUB_CTX id=2', 'NOP'],
      ['SET_SUB_CTX id=1', 'SET_SUB_CTX id=3'],
      ['SET_SUB_CTX id=3', 'NOP', 'SET_SUB_CTX id=1', 'DESTROY_SUB_CTX id=3', 'NOP'],
      ['SET_SUB_CTX id=1', 'NOP'],
      ['DESTROY_SUB_CTX id=2', 'DESTROY_SUB_CTX id=4'],
    ]);
  });

  test('of other protocols are refused', async () => {
    const [host] = await open();
    const error = await refusalOf(host.contextCreate({ contextId: 1, capsetId: 4 }));
    expect(error).toMatchObject({ code: 'ERR_VIRGL_UNSUPPORTED', field: 'capsetId' });
    expect(host.counts().contexts).toBe(0);
    await host.contextCreate({ contextId: 1, capsetId: 1 });
  });

  test('take streams as arrays, bytes and memory, and copy them at once', async () => {
    const [host, server] = await open();
    await host.contextCreate({ contextId: 1 });
    const words = encoder().setStencilRef({ front: 1, back: 2 }).finish();
    const memory = memoryOf(4096);
    memory.bytes.set(new Uint8Array(words.buffer), 8);
    const bytes = new Uint8Array(words.byteLength + 1);
    bytes.set(new Uint8Array(words.buffer), 1);
    const sent = Promise.all([
      host.submitCmd({ contextId: 1, commands: words }),
      host.submitCmd({ contextId: 1, commands: bytes.subarray(1) }),
      host.submitCmd({ contextId: 1, commands: memory.range(8, words.byteLength) }),
      host.submitCmd({ contextId: 1, commands: new Uint32Array(0) }),
    ]);
    words.fill(0xffffffff);
    await sent;
    const expected = ['SET_SUB_CTX id=1', 'SET_STENCIL_REF front=1 back=2'];
    expect(streams(server).slice(1)).toEqual([expected, expected, expected]);
  });
});

describe('resources', () => {
  test.each([
    ['flags', { flags: 1 }, 'ERR_VIRGL_UNSUPPORTED', 'the vtest protocol has no flags of resources'],
    ['a format that is none', { format: 9999 }, 'ERR_VIRGL_REFUSED', 'format 9999'],
    ['levels without end', { lastLevel: 0xffffffff }, 'ERR_VIRGL_REFUSED', 'lastLevel: expected at most'],
    [
      'sides that GL does not take',
      { width: 0x02020203 },
      'ERR_VIRGL_REFUSED',
      'width: expected at most 33686018',
    ],
    [
      'samples of a cube',
      { target: TEXTURE_CUBE, arraySize: 6, nrSamples: 4 },
      'ERR_VIRGL_REFUSED',
      'nrSamples',
    ],
    [
      'what the server does not make',
      { bind: Bind.RENDER_TARGET },
      'ERR_VIRGL_REFUSED',
      'the vtest server made no such resource',
    ],
  ])('with %s are refused, and nothing else is', async (_what, args, code, says) => {
    const [host] = await open({ makesNo: ({ bind }) => bind === Bind.RENDER_TARGET });
    const create = host.resourceCreate({ ...TEXTURE, ...args });
    const error = await refusalOf(create);
    expect(error).toMatchObject({ code, operation: 'resourceCreate', resourceId: 1 });
    expect(error.message).toContain(says);
    expect(host.counts().resources).toBe(0);
    await host.resourceCreate(TEXTURE);
  });

  test('that are refused refuse what was asked of them meanwhile', async () => {
    const [host] = await open({ makesNo: () => true });
    const created = refusalOf(host.resourceCreate(TEXTURE));
    const box = { x: 0, y: 0, z: 0, w: 8, h: 8, d: 1 };
    const written = refusalOf(host.transferWriteIov({ resourceId: 1, box, from: new Uint8Array(256) }));
    const gone = host.resourceUnref({ resourceId: 1 });
    for (const error of [await created, await written])
      expect(error).toMatchObject({ code: 'ERR_VIRGL_REFUSED', operation: 'resourceCreate' });
    await gone;
    expect(host.counts()).toMatchObject({ resources: 0, calls: 0 });
  });

  test('share memory for all levels; multisampled ones next to none', async () => {
    const [host, server] = await open();
    await host.resourceCreate({ ...TEXTURE, lastLevel: 3 });
    await host.resourceCreate({ ...TEXTURE, resourceId: 2, bind: Bind.RENDER_TARGET, nrSamples: 4 });
    await host.resourceCreate({ ...TEXTURE, resourceId: 3, target: TEXTURE_3D, depth: 4, lastLevel: 2 });
    await host.resourceCreate({ ...TEXTURE, resourceId: 4, width: 32768, height: 32768 });
    const sizes = server.of('RESOURCE_CREATE2').map(({ fields }) => fields.dataSize);
    expect(sizes).toEqual([4 * (64 + 16 + 4 + 1), 4, 4 * (256 + 32 + 4), 4]);
    await host.resourceUnref({ resourceId: 4 });
  });

  test('keep no descriptors', async () => {
    const [host] = await open();
    const backing = [memoryOf(256).range()];
    const before = readdirSync('/proc/self/fd').length;
    for (let resourceId = 1; resourceId <= 20; resourceId += 1)
      await host.resourceCreate({ ...TEXTURE, resourceId, backing });
    // The server in this process has those of its side.
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before + 20);
  });

  test('need no shared memory with a server of version 0', async () => {
    const [host, server] = await open({ knowsVersions: false });
    await host.resourceCreate(TEXTURE);
    const box = { x: 1, y: 2, z: 0, w: 3, h: 4, d: 1 };
    const from = pattern(48);
    const into = new Uint8Array(48);
    await host.transferWriteIov({ resourceId: 1, box, stride: 12, from });
    await host.transferReadIov({ resourceId: 1, box, stride: 12, into });
    expect(into).toEqual(from);
    expect(server.names).toEqual(['RESOURCE_CREATE', 'TRANSFER_PUT', 'TRANSFER_GET']);
  });

  test('take one backing at a time and give it back', async () => {
    const [host] = await open();
    await host.resourceCreate(TEXTURE);
    const memory = memoryOf(256);
    await host.resourceAttachIov({ resourceId: 1, backing: [memory.range()] });
    await expect(
      refusalOf(host.resourceAttachIov({ resourceId: 1, backing: [memory.range()] })),
    ).resolves.toMatchObject({
      code: 'ERR_VIRGL_REFUSED',
    });
    expect(host.counts().backings).toBe(1);
    await host.resourceDetachIov({ resourceId: 1 });
    await host.resourceDetachIov({ resourceId: 1 });
    expect(host.counts().backings).toBe(0);
    const box = { x: 0, y: 0, z: 0, w: 8, h: 8, d: 1 };
    await expect(refusalOf(host.transferReadIov({ resourceId: 1, box }))).resolves.toMatchObject({
      code: 'ERR_VIRGL_REFUSED',
      message: 'transferReadIov: resource 1 has no backing',
    });
  });
});

describe('transfers', () => {
  const whole = { x: 0, y: 0, z: 0, w: 8, h: 8, d: 1 };

  test('go through shared memory, and over the socket while that is in use', async () => {
    const [host, server] = await open();
    await host.resourceCreate(TEXTURE);
    const [first, second] = [pattern(256, 1), pattern(256, 3)];
    const reads = [new Uint8Array(256), new Uint8Array(256), new Uint8Array(256)];
    const write = (from: Uint8Array) => host.transferWriteIov({ resourceId: 1, box: whole, from });
    const read = (into: Uint8Array) => host.transferReadIov({ resourceId: 1, box: whole, into });
    await Promise.all([write(first), read(reads[0]), write(second), read(reads[1])]);
    await read(reads[2]);
    expect(reads).toEqual([first, second, second]);
    expect(server.names).toEqual([
      'RESOURCE_CREATE2',
      'TRANSFER_PUT2',
      'TRANSFER_GET',
      'TRANSFER_PUT',
      'TRANSFER_GET',
      'TRANSFER_GET2',
    ]);
  });

  test('of parts that do not touch use the shared memory at once', async () => {
    const [host, server] = await open();
    await host.resourceCreate({ ...TEXTURE, lastLevel: 3 });
    const upper = { ...whole, h: 4 };
    const lower = { ...whole, y: 4, h: 4 };
    await Promise.all([
      host.transferWriteIov({ resourceId: 1, box: upper, from: pattern(128) }),
      host.transferWriteIov({ resourceId: 1, box: lower, from: pattern(128, 2) }),
      host.transferWriteIov({ resourceId: 1, level: 3, box: { ...whole, w: 1, h: 1 }, from: pattern(4, 5) }),
    ]);
    expect(server.of('TRANSFER_PUT2').map(({ fields }) => fields.offset)).toEqual([
      0,
      128,
      4 * (64 + 16 + 4),
    ]);
    expect(server.of('TRANSFER_PUT')).toEqual([]);
    const texels = server.resources.get(1)?.levels;
    expect(texels?.[0].bytes).toEqual(Uint8Array.from([...pattern(128), ...pattern(128, 2)]));
    expect(texels?.[3].bytes).toEqual(pattern(4, 5));
  });

  test.each<[string, object, string]>([
    ['a level that is not there', { level: 1 }, 'level 1 is beyond the last one, 0'],
    [
      'a box that is too wide',
      { box: { ...whole, x: 1 } },
      'the box reaches to 9 along x, and level 0 has 8',
    ],
    ['a box that is too high', { box: { ...whole, h: 9 } }, 'the box reaches to 9 along y'],
    [
      'a box that is too deep',
      { box: { ...whole, z: 1 } },
      'the box reaches to 2 along z, and level 0 has 1',
    ],
    ['a stride that is too short', { stride: 31 }, 'a stride of 31 bytes is less than the 32 of a row'],
    ['a layer stride that is too short', { layerStride: 255 }, 'less than the 256 of a layer'],
    ['too little memory', { offset: 1 }, 'the box ends 257 bytes into the memory, which has 256'],
    ['a context that it is not attached to', { contextId: 1 }, 'resource 1 is not attached to context 1'],
    ['no memory at all', {}, 'resource 1 has no backing'],
  ])('with %s are refused before anything is sent', async (what, args, says) => {
    const [host, server] = await open();
    await host.contextCreate({ contextId: 1 });
    await host.resourceCreate(TEXTURE);
    const sent = server.requests.length;
    const given = { resourceId: 1, box: whole, ...args };
    const bytes = what === 'no memory at all' ? undefined : new Uint8Array(256);
    const write = { ...given, from: bytes };
    const read = { ...given, into: bytes };
    for (const error of [
      await refusalOf(host.transferWriteIov(write)),
      await refusalOf(host.transferReadIov(read)),
    ]) {
      expect(error).toMatchObject({ code: 'ERR_VIRGL_REFUSED', errno: 22, resourceId: 1 });
      expect(error.message).toContain(says);
    }
    expect(server.requests).toHaveLength(sent);
  });

  test('use arrays of every kind where they are', async () => {
    const [host] = await open({ knowsVersions: false });
    await host.resourceCreate({ ...TEXTURE, width: 256, height: 256 });
    const box = { ...whole, w: 256, h: 256 };
    const bytes = 256 * 256 * 4;
    const shared = new Uint8Array(new SharedArrayBuffer(bytes + 3), 3);
    shared.set(pattern(bytes, 3));
    await host.transferWriteIov({ resourceId: 1, box, from: shared });
    shared.fill(0);
    const node = Buffer.alloc(bytes + 8).subarray(5, bytes + 5);
    await Promise.all([
      host.transferReadIov({ resourceId: 1, box, into: shared }),
      host.transferReadIov({ resourceId: 1, box, into: node }),
    ]);
    expect(Buffer.compare(shared, pattern(bytes, 3))).toBe(0);
    expect(Buffer.compare(node, pattern(bytes, 3))).toBe(0);
    // Nobody may move them to another thread; old releases of Node.js copy them instead, new ones refuse.
    try {
      structuredClone(node, { transfer: [node.buffer as ArrayBuffer] });
    } catch {
      // Refused.
    }
    expect(node.byteLength).toBe(bytes);
  });

  test('that were read before their resource was destroyed arrive', async () => {
    const [host, server] = await open();
    const memory = memoryOf(256);
    await host.resourceCreate({ ...TEXTURE, backing: [memory.range()] });
    server.resources.get(1)?.levels[0].bytes.set(pattern(256, 5));
    const into = new Uint8Array(256);
    await Promise.all([
      host.transferReadIov({ resourceId: 1, box: { ...whole, h: 4 }, into }),
      host.transferReadIov({ resourceId: 1, box: { ...whole, y: 4, h: 4 }, offset: 128 }),
      host.resourceUnref({ resourceId: 1 }),
      host.close(),
    ]);
    expect(into.subarray(0, 128)).toEqual(pattern(256, 5).subarray(0, 128));
    expect(memory.bytes.subarray(128)).toEqual(pattern(256, 5).subarray(128));
  });

  test('of nothing do nothing', async () => {
    const [host, server] = await open();
    await host.resourceCreate(TEXTURE);
    for (const side of ['w', 'h', 'd'])
      await host.transferWriteIov({ resourceId: 1, box: { ...whole, [side]: 0 }, from: new Uint8Array(256) });
    expect(server.names).toEqual(['RESOURCE_CREATE2']);
  });

  test('use the backing, in pieces, even if its owner has closed it', async () => {
    const [host] = await open();
    await host.resourceCreate(TEXTURE);
    const [one, two] = [SharedMemory.create(4096), memoryOf(4096)];
    const fd = one.duplicateFd();
    using seen = SharedMemory.fromFd(fd, { sizeBytes: 4096 });
    fd.close();
    const backing = [one.range(10, 100), two.range(0, 60), one.range(1000, 200)];
    await host.resourceAttachIov({ resourceId: 1, backing });
    const bytes = pattern(256);
    one.bytes.set(bytes.subarray(0, 100), 10);
    two.bytes.set(bytes.subarray(100, 160), 0);
    one.bytes.set(bytes.subarray(160), 1000);
    one.close();
    await host.transferWriteIov({ resourceId: 1, box: whole });
    const into = new Uint8Array(256);
    await host.transferReadIov({ resourceId: 1, box: whole, into });
    expect(into).toEqual(bytes);
    seen.bytes.fill(0);
    two.bytes.fill(0);
    await host.transferReadIov({ resourceId: 1, box: whole });
    expect(seen.bytes.subarray(10, 110)).toEqual(bytes.subarray(0, 100));
    expect(two.bytes.subarray(0, 60)).toEqual(bytes.subarray(100, 160));
    expect(seen.bytes.subarray(1000, 1096)).toEqual(bytes.subarray(160));
    expect(seen.bytes.subarray(1096, 1200)).toEqual(new Uint8Array(104));
  });

  /** Random boxes of random resources, several in flight: memory and texels end as in a model that does one after the other. */
  const shapes = [
    { ...TEXTURE, lastLevel: 3 },
    { ...TEXTURE, target: TEXTURE_3D, width: 5, height: 3, depth: 4, lastLevel: 1 },
    { ...TEXTURE, target: TEXTURE_2D_ARRAY, width: 6, height: 2, arraySize: 3 },
    { ...TEXTURE, target: TEXTURE_1D_ARRAY, width: 7, height: 1, arraySize: 3 },
    { ...TEXTURE, target: TEXTURE_CUBE, width: 4, height: 4, arraySize: 6, lastLevel: 1 },
    { ...TEXTURE, format: Format.R8_UNORM, width: 9, height: 5 },
    { ...TEXTURE, format: Format.R32G32B32A32_FLOAT, width: 3, height: 3 },
    BUFFER_ARGS,
  ];
  const span = (limit: number) =>
    fc
      .tuple(fc.nat(limit - 1), fc.nat(limit - 1))
      .map(([a, b]) => [Math.min(a, b), Math.abs(a - b) + 1] as const);
  const anyTransfer = (shape: (typeof shapes)[number]) => {
    const {
      width,
      height = 1,
      depth = 1,
      arraySize = 1,
      lastLevel = 0,
      target,
    } = { depth: 1, arraySize: 1, lastLevel: 0, ...shape } as Required<typeof shape> & {
      height: number;
      depth: number;
      arraySize: number;
      lastLevel: number;
    };
    return fc.nat(lastLevel).chain((level) => {
      const [w, h] = [Math.max(1, width >> level), Math.max(1, height >> level)];
      const layers = target === TEXTURE_3D ? Math.max(1, depth >> level) : arraySize;
      return fc.record({
        isWrite: fc.boolean(),
        level: fc.constant(level),
        x: span(w),
        y: span(h),
        z: span(layers),
        extraStride: fc.constantFrom(0, 0, 4, 12),
        extraLayer: fc.constantFrom(0, 0, 16),
        offset: fc.constantFrom(0, 0, 5),
        isOwn: fc.boolean(),
        seed: fc.nat(255),
        awaits: fc.boolean(),
      });
    });
  };

  test.each(shapes.map((shape, at) => [at, shape] as const))(
    'random ones of shape %i',
    async (_at, shape) => {
      const texel = shape.format === Format.R8_UNORM ? 1 : shape.format === RGBA ? 4 : 16;
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyTransfer(shape), { minLength: 1, maxLength: 8 }),
          fc.boolean(),
          async (moves, isOld) => {
            const [host, server] = await open(isOld ? { knowsVersions: false } : {});
            await host.resourceCreate({ ...shape, resourceId: 1 });
            const model = new Map<string, number>();
            const expected: [Uint8Array, Uint8Array][] = [];
            for (const move of moves) {
              const [[x, w], [y, h], [z, d]] = [move.x, move.y, move.z];
              const stride = w * texel + move.extraStride;
              const layerStride = stride * h + move.extraLayer;
              const bytes = pattern(move.offset + layerStride * d + 7, move.seed | 1);
              const wanted = bytes.slice();
              for (let layer = 0; layer < d; layer += 1)
                for (let row = 0; row < h; row += 1)
                  for (let byte = 0; byte < w * texel; byte += 1) {
                    const key = `${move.level}/${z + layer}/${y + row}/${x * texel + byte}`;
                    const at = move.offset + layer * layerStride + row * stride + byte;
                    if (move.isWrite) model.set(key, bytes[at]);
                    else wanted[at] = model.get(key) ?? 0;
                  }
              const memory = move.isOwn ? bytes : memoryOf(bytes.length);
              if (memory instanceof SharedMemory) memory.bytes.set(bytes);
              const where = memory instanceof SharedMemory ? [memory.range()] : memory;
              expected.push([memory instanceof SharedMemory ? memory.bytes : memory, wanted]);
              const args = {
                resourceId: 1,
                level: move.level,
                box: { x, y, z, w, h, d },
                stride,
                layerStride,
                offset: move.offset,
              };
              const done = move.isWrite
                ? host.transferWriteIov({ ...args, from: where })
                : host.transferReadIov({ ...args, into: where });
              if (move.awaits) await done;
            }
            await host.poll();
            await host.createFence();
            expect(host.counts().calls).toBe(0);
            for (const [actual, wanted] of expected) expect(Buffer.compare(actual, wanted)).toBe(0);
            server.close();
            await host.close();
          },
        ),
        { numRuns: 40, seed: 20240607 },
      );
    },
  );
});

describe('streams that need a backing', () => {
  const BOX = { x: 2, y: 1, z: 0, w: 3, h: 2, d: 1 };
  const transfer = (direction: number, args: object = {}) =>
    encoder()
      .setStencilRef({ front: 1, back: 1 })
      .transfer3d({ resource: 1, box: BOX, offset: 8, stride: 16, direction, ...args } as never)
      .setStencilRef({ front: 2, back: 2 })
      .finish();

  /** A host with context 1, texture 1 with a backing, and both attached. */
  const prepared = async (
    options: FakeServerOptions = {},
  ): Promise<[VtestHost, FakeVtestServer, SharedMemory]> => {
    const [host, server] = await open(options);
    const memory = memoryOf(512);
    await host.contextCreate({ contextId: 1 });
    await host.resourceCreate({ ...TEXTURE, backing: [memory.range(100, 256)] });
    await host.ctxAttachResource({ contextId: 1, resourceId: 1 });
    server.requests.length = 0;
    return [host, server, memory];
  };

  test.each([{}, { knowsVersions: false }])(
    'TRANSFER3D writes where it stands in the stream (%j)',
    async (options) => {
      const [host, server, memory] = await prepared(options);
      memory.bytes.set(pattern(256), 100);
      await host.submitCmd({ contextId: 1, commands: transfer(TransferDirection.TO_HOST) });
      expect(streams(server)).toEqual([
        ['SET_SUB_CTX id=1', 'SET_STENCIL_REF front=1 back=1'],
        ['SET_SUB_CTX id=1', 'SET_STENCIL_REF front=2 back=2'],
      ]);
      const put = options.knowsVersions === false ? 'TRANSFER_PUT' : 'TRANSFER_PUT2';
      expect(server.names).toEqual(['SUBMIT_CMD', put, 'SUBMIT_CMD']);
      const expected = new Uint8Array(256);
      for (const row of [0, 1])
        expected.set(pattern(256).subarray(8 + row * 16, 8 + row * 16 + 12), ((1 + row) * 8 + 2) * 4);
      expect(server.resources.get(1)?.levels[0].bytes).toEqual(expected);
    },
  );

  test('TRANSFER3D reads, and what reads or writes behind it in flight sees that', async () => {
    const [host, server, memory] = await prepared();
    server.resources.get(1)?.levels[0].bytes.set(pattern(256, 7));
    const back = encoder()
      .transfer3d({ resource: 1, box: BOX, offset: 8, stride: 16, direction: TransferDirection.FROM_HOST })
      .transfer3d({
        resource: 1,
        box: { ...BOX, x: 5 },
        offset: 8,
        stride: 16,
        direction: TransferDirection.TO_HOST,
      })
      .finish();
    await host.submitCmd({ contextId: 1, commands: back });
    const row = (y: number): Uint8Array => pattern(256, 7).subarray((y * 8 + 2) * 4, (y * 8 + 5) * 4);
    expect(memory.bytes.subarray(108, 120)).toEqual(row(1));
    expect(memory.bytes.subarray(124, 136)).toEqual(row(2));
    expect(memory.bytes.subarray(120, 124)).toEqual(new Uint8Array(4));
    const texels = server.resources.get(1)?.levels[0].bytes;
    expect(texels?.subarray((8 + 5) * 4, 16 * 4)).toEqual(row(1));
  });

  test('COPY_TRANSFER3D uses the backing of the staging buffer', async () => {
    const [host, server] = await prepared();
    const staging = memoryOf(64);
    staging.bytes.set(pattern(64, 5));
    const args = { ...BUFFER_ARGS, resourceId: 2, bind: Bind.STAGING };
    await host.resourceCreate({ ...args, backing: [staging.range()] });
    await host.ctxAttachResource({ contextId: 1, resourceId: 2 });
    const copy = { resource: 1, box: BOX, stride: 12, stagingResource: 2, stagingOffset: 4 };
    await host.submitCmd({ contextId: 1, commands: encoder().copyTransfer3d(copy).finish() });
    const texels = server.resources.get(1)?.levels[0].bytes;
    expect(texels?.subarray((8 + 2) * 4, (8 + 5) * 4)).toEqual(pattern(64, 5).subarray(4, 16));
    // Bytes of the buffer itself are those of the backing.
    const box = { x: 40, y: 0, z: 0, w: 24, h: 1, d: 1 };
    await Promise.all([
      host.submitCmd({
        contextId: 1,
        commands: encoder()
          .copyTransfer3d({ ...copy, stagingOffset: 40, flags: 2 })
          .finish(),
      }),
      host.transferReadIov({ resourceId: 2, box, into: [memoryOf(24).range()] }),
      host.transferWriteIov({ resourceId: 2, box: { ...box, x: 0, w: 4 }, from: Uint8Array.of(9, 8, 7, 6) }),
    ]);
    expect(staging.bytes.subarray(40, 64)).toEqual(pattern(64, 5).subarray(4, 28));
    expect([...staging.bytes.subarray(0, 4)]).toEqual([9, 8, 7, 6]);
    const read = new Uint8Array(24);
    await host.transferReadIov({ resourceId: 2, box, into: read });
    expect(read).toEqual(staging.bytes.subarray(40, 64));
  });

  test.each<[string, Uint32Array, string, object]>([
    [
      'a length beyond the end',
      Uint32Array.of(0, (9 << 16) | 8, 1),
      'its length of 9 dwords runs past the end of the stream, 1 are left',
      { commandIndex: 1, byteOffset: 4, field: 'DRAW_VBO' },
    ],
    [
      'a resource that is not there',
      transfer(1, { resource: 9 }),
      'resource 9 does not exist or is not attached',
      { commandIndex: 1, field: 'TRANSFER3D' },
    ],
    [
      'a box outside',
      transfer(1, { box: { ...BOX, x: 6 } }),
      'the box reaches to 9 along x',
      { commandIndex: 1 },
    ],
    [
      'memory that is too short',
      transfer(1, { offset: 250 }),
      'the box ends 278 bytes into the memory, which has 256',
      { commandIndex: 1 },
    ],
    ['a direction that is none', transfer(3), '3 is no direction', { commandIndex: 1 }],
    [
      'staging without a backing',
      encoder().copyTransfer3d({ resource: 1, box: BOX, stagingResource: 3 }).finish(),
      'resource 3 has no backing',
      { commandIndex: 0 },
    ],
  ])(
    '%s puts the context in its error state, and leaves the others alone',
    async (_what, commands, says, details) => {
      const [host] = await prepared();
      await host.resourceCreate({ ...BUFFER_ARGS, resourceId: 3, bind: Bind.STAGING });
      await host.ctxAttachResource({ contextId: 1, resourceId: 3 });
      await host.contextCreate({ contextId: 2 });
      const error = await refusalOf(host.submitCmd({ contextId: 1, commands }));
      expect(error).toMatchObject({
        code: 'ERR_VIRGL_CONTEXT_LOST',
        operation: 'submitCmd',
        contextId: 1,
        ...details,
      });
      expect(error.message).toContain(says);
      expect(error.message).toContain('context 1 is now in its error state and must be destroyed');
      const later = await refusalOf(host.submitCmd({ contextId: 1, commands: encoder().nop().finish() }));
      expect(later).toMatchObject({ code: 'ERR_VIRGL_CONTEXT_LOST', contextId: 1 });
      await host.submitCmd({ contextId: 2, commands: encoder().nop().finish() });
      await host.contextDestroy({ contextId: 1 });
      await host.contextCreate({ contextId: 1 });
    },
  );

  test('an opcode that no release has is refused, and the context lives', async () => {
    const [host, server] = await prepared();
    const commands = Uint32Array.of(0, 255, 0);
    await expect(refusalOf(host.submitCmd({ contextId: 1, commands }))).resolves.toMatchObject({
      code: 'ERR_VIRGL_REFUSED',
      message: 'submitCmd: command 1 (UNKNOWN, byte offset 4): no release has an opcode 255',
    });
    await host.submitCmd({ contextId: 1, commands: encoder().nop().finish() });
    expect(streams(server)).toEqual([
      ['SET_SUB_CTX id=1', 'NOP'],
      ['SET_SUB_CTX id=1', 'NOP'],
    ]);
  });
});

describe('queries', () => {
  const RESULT = 16;

  const prepared = async (
    options: FakeServerOptions = {},
  ): Promise<[VtestHost, FakeVtestServer, DataView]> => {
    const [host, server] = await open(options);
    const memory = memoryOf(RESULT);
    await host.contextCreate({ contextId: 1 });
    await host.resourceCreate({ ...BUFFER_ARGS, bind: Bind.CUSTOM, width: RESULT });
    await host.resourceAttachIov({ resourceId: 1, backing: [memory.range()] });
    await host.ctxAttachResource({ contextId: 1, resourceId: 1 });
    const make = encoder().createQuery({ handle: 5, queryType: 0, resource: 1 }).finish();
    await host.submitCmd({ contextId: 1, commands: make });
    return [host, server, new DataView(memory.bytes.buffer)];
  };
  /** The server has a result. */
  const finish = (server: FakeVtestServer, value: bigint): void => {
    const view = new DataView(server.resources.get(1)?.levels[0].bytes.buffer as ArrayBuffer);
    view.setUint32(0, QueryState.DONE, true);
    view.setBigUint64(8, value, true);
  };

  test.each([{}, { knowsVersions: false }])(
    'results arrive when they are there, not before (%j)',
    async (options) => {
      const [host, server, view] = await prepared(options);
      view.setUint32(0, QueryState.WAIT_HOST, true);
      const ask = encoder().getQueryResult({ handle: 5, wait: true }).finish();
      await host.submitCmd({ contextId: 1, commands: ask });
      // The server knows now that nothing is there yet.
      expect(server.resources.get(1)?.levels[0].bytes[0]).toBe(QueryState.WAIT_HOST);
      await host.createFence();
      expect(view.getUint32(0, true)).toBe(QueryState.WAIT_HOST);
      finish(server, 77n);
      expect(view.getUint32(0, true)).toBe(QueryState.WAIT_HOST);
      await host.poll();
      expect([view.getUint32(0, true), view.getBigUint64(8, true)]).toEqual([QueryState.DONE, 77n]);
      // And then nobody asks any more.
      const sent = server.requests.length;
      await host.poll();
      expect(server.requests).toHaveLength(sent + 1);
    },
  );

  test('a result that is asked for again is not the old one', async () => {
    const [host, server, view] = await prepared();
    const ask = encoder().getQueryResult({ handle: 5, wait: true }).finish();
    const expectNothing = (): void => view.setUint32(0, QueryState.WAIT_HOST, true);
    expectNothing();
    await host.submitCmd({ contextId: 1, commands: ask });
    finish(server, 1n);
    await host.createFence();
    expect(view.getBigUint64(8, true)).toBe(1n);
    expectNothing();
    await Promise.all([host.submitCmd({ contextId: 1, commands: ask }), host.createFence()]);
    expect(view.getUint32(0, true)).toBe(QueryState.WAIT_HOST);
    finish(server, 2n);
    await host.contextPoll({ contextId: 1 });
    expect(view.getBigUint64(8, true)).toBe(2n);
  });

  test('GET_MEMORY_INFO writes to the backing', async () => {
    const [host, server] = await prepared();
    const memory = memoryOf(64);
    await host.resourceCreate({ ...BUFFER_ARGS, resourceId: 2, backing: [memory.range()] });
    await host.ctxAttachResource({ contextId: 1, resourceId: 2 });
    server.answers.SUBMIT_CMD = () => void server.resources.get(2)?.memory?.bytes.set(pattern(64));
    await host.submitCmd({ contextId: 1, commands: encoder().getMemoryInfo({ resource: 2 }).finish() });
    expect(memory.bytes.subarray(0, 24)).toEqual(pattern(64).subarray(0, 24));
    expect(memory.bytes.subarray(24)).toEqual(new Uint8Array(40));
  });

  test('a buffer that lives in its backing takes its bytes along', async () => {
    const [host, server] = await open();
    await host.resourceCreate({ ...BUFFER_ARGS, bind: Bind.CUSTOM, width: 8 });
    const box = { x: 0, y: 0, z: 0, w: 8, h: 1, d: 1 };
    await host.transferWriteIov({ resourceId: 1, box, from: pattern(8) });
    const memory = memoryOf(8);
    await host.resourceAttachIov({ resourceId: 1, backing: [memory.range()] });
    expect(memory.bytes).toEqual(pattern(8));
    memory.bytes.set(pattern(8, 9));
    await host.resourceDetachIov({ resourceId: 1 });
    expect(server.resources.get(1)?.levels[0].bytes).toEqual(pattern(8, 9));
    const into = new Uint8Array(8);
    await host.transferReadIov({ resourceId: 1, box, into });
    expect(into).toEqual(pattern(8, 9));
  });
});

describe('the end of the connection', () => {
  const bad = encoder()
    .nop()
    .bindObject({ type: 9 as (typeof ObjectType)['BLEND'], handle: 3 })
    .finish();
  const isBad = ({ tail }: { tail: Uint8Array }): boolean =>
    Buffer.from(tail).includes(Buffer.from(bad.slice(1).buffer));

  test('is told by what was wrong with the stream, to its context and to the others', async () => {
    const [host] = await open({ refuses: isBad });
    await host.contextCreate({ contextId: 1 });
    await host.contextCreate({ contextId: 2 });
    const nop = encoder().nop().finish();
    const results = await Promise.allSettled([
      host.submitCmd({ contextId: 2, commands: nop }),
      host.submitCmd({ contextId: 1, commands: bad }),
      host.submitCmd({ contextId: 2, commands: nop }),
      host.contextCreateFence({ contextId: 1 }),
      host.poll(),
    ]);
    const [, culprit, other, same, general] = results.map(
      (result) => (result as PromiseRejectedResult).reason as VirglError,
    );
    expect(culprit).toMatchObject({
      code: 'ERR_VIRGL_CONTEXT_LOST',
      contextId: 1,
      commandIndex: 1,
      byteOffset: 4,
    });
    expect(culprit.message).toContain('submitCmd: command 1 (BIND_OBJECT, byte offset 4)');
    expect(other).toMatchObject({ code: 'ERR_VIRGL_CLOSED', operation: 'submitCmd' });
    expect(other.message).toContain('BIND_OBJECT');
    expect(same).toMatchObject({ code: 'ERR_VIRGL_CONTEXT_LOST', operation: 'contextCreateFence' });
    expect(general).toMatchObject({ code: 'ERR_VIRGL_CLOSED', operation: 'poll' });
    for (const [contextId, code] of [
      [1, 'ERR_VIRGL_CONTEXT_LOST'],
      [2, 'ERR_VIRGL_CLOSED'],
    ] as const)
      await expect(refusalOf(host.submitCmd({ contextId, commands: nop }))).resolves.toMatchObject({ code });
    await host.close();
  });

  test('for no reason that can be told names the oldest command', async () => {
    const [host, server] = await open();
    await host.contextCreate({ contextId: 1 });
    server.close();
    const error = await refusalOf(host.submitCmd({ contextId: 1, commands: encoder().nop().finish() }));
    expect(error).toMatchObject({ code: 'ERR_VIRGL_CLOSED', operation: 'submitCmd' });
    expect(error.message).toContain('the oldest command in flight, which may be why, is SUBMIT_CMD');
    await expect(refusalOf(host.resourceCreate(TEXTURE))).resolves.toMatchObject({
      code: 'ERR_VIRGL_CLOSED',
    });
    expect(host.counts()).toMatchObject({ resources: 0, calls: 0 });
  });

  test('ends what waits behind something else', async () => {
    const [host, server] = await open();
    await host.resourceCreate({ ...BUFFER_ARGS, bind: Bind.STAGING, backing: [memoryOf(64).range()] });
    server.gate = new Promise(() => undefined);
    const fence = refusalOf(host.createFence());
    const box = { x: 0, y: 0, z: 0, w: 8, h: 1, d: 1 };
    const local = host.transferWriteIov({ resourceId: 1, box, from: new Uint8Array(8) });
    const behind = refusalOf(host.poll());
    server.close();
    for (const error of [await fence, await behind]) expect(error.code).toBe('ERR_VIRGL_CLOSED');
    await local;
    expect(host.counts().calls).toBe(0);
    await host.close();
  });

  test('lets go of all memory', async () => {
    const before = countSharedMemories();
    const [host, server] = await open();
    const memory = SharedMemory.create(4096);
    for (const resourceId of [1, 2, 3])
      await host.resourceCreate({ ...TEXTURE, resourceId, backing: [memory.range(0, 256)] });
    await host.resourceUnref({ resourceId: 2 });
    memory.close();
    await host.close();
    server.close();
    expect(countSharedMemories()).toBe(before);
  });
});
