// Every call of the host, with a right answer where the installed library has one. What differs by release is asserted by
// release. Transfers and fences have files of their own; the last test here says whether a call was forgotten.

import fs from 'node:fs';
import path from 'node:path';
import { FileDescriptor, HOST_CALL_NAMES, HOST_CALLS, NativeHost, SharedMemory } from '../../lib/host';
import { Bind, CommandEncoder, decodeCapset, Format, ResourceFlag, TextureTarget } from '../../lib/protocol';
import { callHost } from '../support/bad-calls';
import { goodArguments } from '../support/good-arguments';
import { describeNative, installed, isRelease } from '../support/native-library';
import { BOX, buffer, clearCommands, expectRenders, HEIGHT, texture, WIDTH } from '../support/proof';

const REFUSED = { code: 'ERR_VIRGL_REFUSED', errno: 22 };

let host: NativeHost;

const openReady = async (): Promise<void> => {
  host = await NativeHost.open();
  await host.contextCreate({ contextId: 1, name: 'ünïcode' });
  await host.resourceCreate(texture(1));
  await host.ctxAttachResource({ contextId: 1, resourceId: 1 });
};

const withHost = (): void => {
  beforeAll(openReady);
  afterAll(() => host.close());
};

const readPixel = async (resourceId: number): Promise<number[]> => {
  const into = new Uint8Array(WIDTH * HEIGHT * 4);
  await host.transferReadIov({ resourceId, box: BOX, into });
  return [...into.subarray(0, 4)];
};

describeNative('the library', () => {
  withHost();

  test('is described', () => {
    expect(host.info).toMatchObject({
      release: installed?.release,
      exact: installed?.exact,
      platform: 'surfaceless',
      failedStarts: [],
    });
    expect(host.info.libraryPath).toBe(fs.realpathSync(host.info.libraryPath));
    expect(host.info.startLog).toMatch(/gl_version \d+ - core profile enabled/);
  });

  // None in the newest release; a table must not be empty.
  const missing = HOST_CALL_NAMES.filter((name) => installed?.functions[HOST_CALLS[name].c] !== true);
  if (missing.length > 0) {
    test.each(missing)('has no %s, and the host says since when there is one', async (name) => {
      expect(host.features[name]).toBe(false);
      const call = callHost(host, name, goodArguments(name));
      await expect(call).rejects.toMatchObject({ code: 'ERR_VIRGL_UNSUPPORTED', operation: name });
      await expect(call).rejects.toThrow(
        new RegExp(
          `this virglrenderer \\(${host.info.release}, .* has no ${HOST_CALLS[name].c}; it came with 1\\.[0-3]$`,
        ),
      );
    });
  }

  test('getCapSet and fillCaps', async () => {
    const sizes = { '0.10': 1376, '1.0': 1384, '1.1': 1384, '1.2': 1408, '1.3': 1408 };
    const release = host.info.release.split('.').slice(0, 2).join('.') as keyof typeof sizes;
    expect(await host.getCapSet({ capsetId: 1 })).toEqual({ maxVersion: 1, maxSizeBytes: 308 });
    const newest = await host.getCapSet({ capsetId: 2 });
    expect(newest.maxVersion).toBe(2);
    // 1.1.1 has the size of 1.2.
    expect([sizes[release], 1408]).toContain(newest.maxSizeBytes);
    expect(await host.getCapSet({ capsetId: 99 })).toEqual({ maxVersion: 0, maxSizeBytes: 0 });

    expect(await host.fillCaps({ capsetId: 1, version: 1 })).toHaveLength(308);
    const bytes = await host.fillCaps({ capsetId: 2 });
    expect(bytes).toHaveLength(newest.maxSizeBytes);
    // llvmpipe without a GPU, else the driver's own name.
    expect(decodeCapset(2, bytes).fields.renderer).toMatch(/^\w[ -~]+$/);
    expect(await host.fillCaps({ capsetId: 99 })).toHaveLength(0);
    // Venus is not running: its set is all zeroes, whatever the library's size of it.
    expect((await host.fillCaps({ capsetId: 4 })).every((byte) => byte === 0)).toBe(true);
  });

  test('supportedStructures: export query and supported structures', async () => {
    expect(await host.supportedStructures()).toBe(3);
  });

  test('forceCtx0 and poll change nothing that a script sees', async () => {
    await host.submitCmd({ contextId: 1, commands: clearCommands(1, [0, 0, 1, 1]) });
    await host.forceCtx0();
    await host.poll();
    expect(await readPixel(1)).toEqual([0, 0, 255, 255]);
  });
});

describeNative('contexts', () => {
  withHost();

  test('contextCreate: capsets, and ids that are free again', async () => {
    await host.contextCreate({ contextId: 2, capsetId: 1 });
    await host.contextCreate({ contextId: 0x7fffffff });
    expect(host.counts().contexts).toBe(3);
    for (const contextId of [2, 0x7fffffff]) await host.contextDestroy({ contextId });
    await host.contextCreate({ contextId: 2 });
    await host.contextDestroy({ contextId: 2 });
    await expect(host.contextCreate({ contextId: 2, capsetId: 4 })).rejects.toMatchObject({
      ...REFUSED,
      contextId: 2,
    });
    expect(host.counts().contexts).toBe(1);
  });

  test('contextPoll, contextGetPollFd and getPollFd: a descriptor if there is a thread', async () => {
    await host.contextPoll({ contextId: 1 });
    const descriptors = [await host.contextGetPollFd({ contextId: 1 }), await host.getPollFd()];
    const hasThread = (host.info.initFlags & 2) !== 0;
    expect(descriptors.map((descriptor) => descriptor !== null)).toEqual([hasThread, hasThread]);
    for (const descriptor of descriptors) descriptor?.close();
  });

  test('ctxAttachResource and ctxDetachResource: only what is attached can be named', async () => {
    await host.contextCreate({ contextId: 2 });
    await host.ctxAttachResource({ contextId: 2, resourceId: 1 });
    await host.submitCmd({ contextId: 2, commands: clearCommands(1, [1, 1, 0, 1]) });
    await host.ctxDetachResource({ contextId: 2, resourceId: 1 });
    const surface = new CommandEncoder().createSurface({
      handle: 9,
      resource: 1,
      format: Format.R8G8B8A8_UNORM,
    });
    await expect(host.submitCmd({ contextId: 2, commands: surface.finish() })).rejects.toMatchObject({
      code: 'ERR_VIRGL_CONTEXT_LOST',
      contextId: 2,
      field: 'CREATE_OBJECT',
    });
    await host.contextDestroy({ contextId: 2 });
    expect(await readPixel(1)).toEqual([255, 255, 0, 255]);
  });

  test('submitCmd: arrays, unaligned bytes, shared memory, and streams longer than the queue', async () => {
    const green = clearCommands(1, [0, 1, 0, 1]);
    const blue = clearCommands(1, [0, 0, 1, 1]);
    await host.submitCmd({ contextId: 1, commands: green });
    expect(await readPixel(1)).toEqual([0, 255, 0, 255]);

    const unaligned = new Uint8Array(blue.byteLength + 1);
    unaligned.set(new Uint8Array(blue.buffer), 1);
    await host.submitCmd({ contextId: 1, commands: unaligned.subarray(1) });
    expect(await readPixel(1)).toEqual([0, 0, 255, 255]);

    using memory = SharedMemory.create(4096);
    memory.bytes.set(new Uint8Array(green.buffer), 64);
    await host.submitCmd({ contextId: 1, commands: memory.range(64, green.byteLength) });
    expect(await readPixel(1)).toEqual([0, 255, 0, 255]);

    const long = new CommandEncoder();
    while (long.dwords * 4 < 2 * 1024 * 1024) long.append(green);
    long.append(blue);
    await host.submitCmd({ contextId: 1, commands: long.finish() });
    expect(await readPixel(1)).toEqual([0, 0, 255, 255]);
    await host.submitCmd({ contextId: 1, commands: new Uint32Array(0) });
  });

  test('submitCmd: an array may be reused at once', async () => {
    const commands = clearCommands(1, [1, 0, 0, 1]);
    const done = host.submitCmd({ contextId: 1, commands });
    commands.fill(0xffffffff);
    await done;
    expect(await readPixel(1)).toEqual([255, 0, 0, 255]);
  });

  test('submitCmd2: with and without fences to wait for', async () => {
    if (!isRelease('1.0')) return expect(host.features.submitCmd2).toBe(false);
    await host.submitCmd2({ contextId: 1, commands: clearCommands(1, [0, 1, 1, 1]) });
    expect(await readPixel(1)).toEqual([0, 255, 255, 255]);
    const waiting = host.submitCmd2({ contextId: 1, commands: new Uint32Array(0), inFenceIds: [1, 2n] });
    // Since 1.2 only contexts that share fences may wait for them, and those of virgl do not.
    if (isRelease('1.2')) await expect(waiting).rejects.toMatchObject({ ...REFUSED, errno: 22 });
    else await waiting;
  });

  test('getDevFd: only DRM contexts have a device', async () => {
    if (!isRelease('1.2')) return expect(host.features.getDevFd).toBe(false);
    await expect(host.getDevFd({ contextId: 1 })).rejects.toMatchObject({ ...REFUSED, errno: 19 });
  });
});

describeNative('resources', () => {
  withHost();

  test('resourceCreate: kinds, and with a backing at once', async () => {
    using memory = SharedMemory.create(4096);
    const kinds = [
      buffer(10, 4096),
      { ...texture(11), target: TextureTarget.TEXTURE_3D, depth: 4 },
      { ...texture(12), target: TextureTarget.TEXTURE_2D_ARRAY, arraySize: 3, lastLevel: 2 },
      { ...texture(13), nrSamples: 4 },
      { ...texture(14), format: Format.Z32_FLOAT, bind: Bind.DEPTH_STENCIL },
      { ...texture(15), backing: [memory.range()] },
    ];
    for (const kind of kinds) await host.resourceCreate(kind);
    expect(host.counts()).toMatchObject({ resources: 7, backings: 1 });
    await host.ctxAttachResource({ contextId: 1, resourceId: 15 });
    await host.submitCmd({ contextId: 1, commands: clearCommands(15, [1, 0, 1, 1]) });
    await host.transferReadIov({ resourceId: 15, box: BOX });
    expect([...memory.bytes.subarray(0, 4)]).toEqual([255, 0, 255, 255]);
    for (const { resourceId } of kinds) await host.resourceUnref({ resourceId });
    expect(host.counts()).toMatchObject({ resources: 1, backings: 0 });
  });

  test('resourceGetInfo, resourceGetInfoExt', async () => {
    const info = {
      handle: 1,
      format: Format.R8G8B8A8_UNORM,
      width: WIDTH,
      height: HEIGHT,
      depth: 1,
      flags: 0,
      stride: WIDTH * 4,
      fd: null,
    };
    const known = await host.resourceGetInfo({ resourceId: 1 });
    expect(known).toMatchObject(info);
    expect(known.textureId).toBeGreaterThan(0);
    if (!isRelease('1.0')) return expect(host.features.resourceGetInfoExt).toBe(false);
    expect(await host.resourceGetInfoExt({ resourceId: 1 })).toEqual({
      ...known,
      hasDmabufExport: false,
      planes: 0,
      modifiers: expect.any(BigInt),
    });
  });

  test('resourceExportQuery, getFdForTexture, getFdForTexture2: software can not export', async () => {
    const query = await host.resourceExportQuery({ resourceId: 1 });
    expect(query).toMatchObject({ numFds: 0, fourcc: 0 });
    expect(query.planes).toEqual(Array(4).fill({ fd: null, stride: 0, offset: 0 }));
    await expect(host.resourceExportQuery({ resourceId: 1, exportFds: true })).rejects.toMatchObject(REFUSED);
    const { textureId } = await host.resourceGetInfo({ resourceId: 1 });
    await expect(host.getFdForTexture({ textureId })).rejects.toMatchObject(REFUSED);
    await expect(host.getFdForTexture2({ textureId })).rejects.toMatchObject(REFUSED);
  });

  test('getCursorData: the pixels, bottom row first', async () => {
    const bind = Bind.SAMPLER_VIEW | Bind.RENDER_TARGET | Bind.CURSOR;
    const cursor = { ...texture(10), format: Format.B8G8R8A8_UNORM, bind, width: 64, height: 64 };
    await host.resourceCreate(cursor);
    const from = Uint8Array.from({ length: 64 * 64 * 4 }, (_, index) => Math.floor(index / 256));
    await host.transferWriteIov({ resourceId: 10, box: { ...BOX, w: 64, h: 64 }, from });
    const { width, height, pixels } = await host.getCursorData({ resourceId: 10 });
    expect({ width, height, length: pixels.length }).toEqual({ width: 64, height: 64, length: 16384 });
    expect([0, 63].map((row) => pixels[row * 256])).toEqual([63, 0]);
    await host.resourceUnref({ resourceId: 10 });
    await host.resourceCreate({ ...cursor, width: 129 });
    await expect(host.getCursorData({ resourceId: 10 })).rejects.toMatchObject(REFUSED);
    await host.resourceUnref({ resourceId: 10 });
  });

  test('getRect: a rectangle, where the whole texture would lie', async () => {
    const from = Uint8Array.from({ length: WIDTH * HEIGHT * 4 }, (_, index) => index % 251);
    await host.transferWriteIov({ resourceId: 1, box: BOX, from });
    const into = new Uint8Array(WIDTH * HEIGHT * 4 + 8);
    await host.getRect({ resourceId: 1, x: 2, y: 3, width: 4, height: 2, offset: 8, into });
    const expected = [3, 4].map((y) => [...from.subarray((y * WIDTH + 2) * 4, (y * WIDTH + 6) * 4)]);
    // virglrenderer puts the rectangle's first pixel at `offset`, and goes on with the texture's stride.
    expect([0, 1].map((row) => [...into.subarray(8 + row * WIDTH * 4).subarray(0, 16)])).toEqual(expected);
    expect(into.filter((byte) => byte !== 0).length).toBeLessThanOrEqual(32);
  });

  test('resourceAttachIov, resourceDetachIov, resourceUnref: who holds the memory', async () => {
    using memory = SharedMemory.create(4096);
    await host.resourceAttachIov({ resourceId: 1, backing: [memory.range()] });
    expect(host.counts().backings).toBe(1);
    await host.resourceDetachIov({ resourceId: 1 });
    expect(host.counts().backings).toBe(0);
    await expect(host.transferReadIov({ resourceId: 1, box: BOX })).rejects.toMatchObject(REFUSED);
    await host.resourceAttachIov({ resourceId: 1, backing: [memory.range()] });
    await host.resourceDetachIov({ resourceId: 1 });
  });
});

describeNative('blobs', () => {
  withHost();
  const SIZE = 8192;

  /** A buffer that the context makes and the blob takes over. */
  const createHostBlob = async (resourceId: number): Promise<void> => {
    const create = new CommandEncoder().pipeResourceCreate({
      target: TextureTarget.BUFFER,
      format: Format.R8_UNORM,
      bind: Bind.VERTEX_BUFFER,
      width: SIZE,
      flags: ResourceFlag.MAP_PERSISTENT | ResourceFlag.MAP_COHERENT,
      blobId: resourceId,
    });
    await host.submitCmd({ contextId: 1, commands: create.finish() });
    const blob = { blobMem: 2, blobFlags: 1, blobId: resourceId, sizeBytes: SIZE };
    await host.resourceCreateBlob({ ...blob, resourceId, contextId: 1 });
  };

  test('resourceCreateBlob of guest memory is a backing with a type to come', async () => {
    using memory = SharedMemory.create(SIZE);
    const guest = { resourceId: 20, blobMem: 1, sizeBytes: SIZE };
    await host.resourceCreateBlob({ ...guest, backing: [memory.range()] });
    expect(host.counts()).toMatchObject({ resources: 2, backings: 1 });
    expect(await host.resourceGetMapInfo({ resourceId: 20 })).toBe(1);
    await expect(host.resourceMap({ resourceId: 20 })).rejects.toMatchObject(REFUSED);
    await expect(host.resourceExportBlob({ resourceId: 20 })).rejects.toMatchObject(REFUSED);
    await host.resourceUnref({ resourceId: 20 });
    expect(host.counts()).toMatchObject({ resources: 1, backings: 0 });
  });

  test('resourceMap and resourceUnmap: the bytes of a buffer, as long as it is mapped', async () => {
    await createHostBlob(21);
    const mapped = await host.resourceMap({ resourceId: 21 });
    expect(mapped.sizeBytes).toBe(SIZE);
    mapped.bytes.fill(7);
    await expect(host.resourceMap({ resourceId: 21 })).rejects.toMatchObject(REFUSED);
    // virglrenderer knows how Mesa's drivers cache; of others it says that it does not.
    const caching = await host.resourceGetMapInfo({ resourceId: 21 }).catch((error: unknown) => error);
    if (typeof caching === 'number') expect([1, 2, 3]).toContain(caching);
    else expect(caching).toMatchObject(REFUSED);
    const unmapped = host.resourceUnmap({ resourceId: 21 });
    expect(mapped.closed).toBe(true);
    await unmapped;
    const into = new Uint8Array(SIZE);
    await host.transferReadIov({ resourceId: 21, box: { ...BOX, w: SIZE, h: 1 }, into });
    expect(into.every((byte) => byte === 7)).toBe(true);
    const again = await host.resourceMap({ resourceId: 21 });
    expect(again.bytes[0]).toBe(7);
    await host.resourceUnref({ resourceId: 21 });
    expect(again.closed).toBe(true);
  });

  test('a mapping whose answer comes after its end is no mapping', async () => {
    await createHostBlob(22);
    const [early, , late] = await Promise.all([
      host.resourceMap({ resourceId: 22 }),
      host.resourceUnmap({ resourceId: 22 }),
      host.resourceMap({ resourceId: 22 }),
    ]);
    expect([early.closed, late.closed]).toEqual([true, false]);
    const [last] = await Promise.all([
      host.resourceUnmap({ resourceId: 22 }).then(() => host.resourceMap({ resourceId: 22 })),
    ]);
    const unref = host.resourceUnref({ resourceId: 22 });
    const reborn = createHostBlob(22);
    expect(last.closed).toBe(true);
    await Promise.all([unref, reborn]);
    await host.resourceUnref({ resourceId: 22 });
  });

  test('mapped memory can be transferred from, but not lent', async () => {
    await createHostBlob(23);
    const mapped = await host.resourceMap({ resourceId: 23 });
    mapped.bytes.fill(9);
    await host.transferWriteIov({ resourceId: 1, box: BOX, from: mapped.bytes });
    expect(await readPixel(1)).toEqual([9, 9, 9, 9]);
    const lent = host.resourceAttachIov({ resourceId: 1, backing: [mapped.range()] });
    await expect(lent).rejects.toMatchObject({ code: 'ERR_VIRGL_ARGUMENT', field: 'backing[0].memory' });
    expect(() => mapped.duplicateFd()).toThrow(/has no file descriptor/);
    await host.resourceUnref({ resourceId: 23 });
  });

  test('resourceImportBlob, resourceMap, resourceExportBlob: the same memory', async () => {
    using memory = SharedMemory.create(SIZE);
    memory.bytes.fill(5);
    using fd = memory.duplicateFd();
    await host.resourceImportBlob({ resourceId: 24, blobMem: 2, fdType: 3, sizeBytes: SIZE, fd });
    const mapped = await host.resourceMap({ resourceId: 24 });
    expect(mapped.bytes.every((byte) => byte === 5)).toBe(true);
    mapped.bytes[0] = 6;
    expect(memory.bytes[0]).toBe(6);
    const exported = await host.resourceExportBlob({ resourceId: 24 });
    expect(exported.fdType).toBe(3);
    using again = SharedMemory.fromFd(exported.fd, { sizeBytes: SIZE });
    exported.fd.close();
    expect(again.bytes[0]).toBe(6);
    const unmapped = host.resourceUnmap({ resourceId: 24 });
    // 0.10 does not unmap what it maps of this kind.
    if (isRelease('1.0')) await unmapped;
    else await expect(unmapped).rejects.toMatchObject(REFUSED);
    expect(mapped.closed).toBe(true);
    await host.resourceUnref({ resourceId: 24 });
  });

  test('resourceImportBlob of more than the file has is refused', async () => {
    using memory = SharedMemory.create(4096);
    using fd = memory.duplicateFd();
    const blob = { resourceId: 25, blobMem: 2, fdType: 3, sizeBytes: 4097 };
    await expect(host.resourceImportBlob({ ...blob, fd })).rejects.toMatchObject(REFUSED);
    expect(fd.closed).toBe(false);
  });

  test('resourceMapFixed: a blob in the place of shared memory', async () => {
    if (!isRelease('1.3')) return expect(host.features.resourceMapFixed).toBe(false);
    using memory = SharedMemory.create(SIZE);
    memory.bytes.fill(5);
    using fd = memory.duplicateFd();
    await host.resourceImportBlob({ resourceId: 26, blobMem: 2, fdType: 3, sizeBytes: SIZE, fd });
    using place = SharedMemory.create(4 * SIZE);
    await host.resourceMapFixed({ resourceId: 26, range: place.range(4096, SIZE) });
    expect([4095, 4096, 4096 + SIZE].map((at) => place.bytes[at])).toEqual([0, 5, 0]);
    memory.bytes[0] = 8;
    expect(place.bytes[4096]).toBe(8);
    for (const range of [place.range(1, SIZE), place.range(0, 4096)])
      await expect(host.resourceMapFixed({ resourceId: 26, range })).rejects.toMatchObject({ errno: 14 });
    await host.resourceUnref({ resourceId: 26 });
    expect(place.bytes[4096]).toBe(8);
    const gone = [
      host.resourceCreate({ ...texture(27), lastLevel: 31 }),
      host.resourceMapFixed({ resourceId: 27, range: place.range() }),
    ];
    for (const call of gone) await expect(call).rejects.toMatchObject(REFUSED);
  });
});

describeNative('reset', () => {
  withHost();

  test.each([[[]], [['threadSync']], [['threadSync', 'asyncFenceCallback']]] as const)(
    'destroys everything, and the host goes on (flags %p)',
    async (flags) => {
      await host.close();
      host = await NativeHost.open({ flags });
      await host.contextCreate({ contextId: 1 });
      await host.resourceCreate({ ...texture(1), backing: [SharedMemory.create(4096).range()] });
      const owed = host.contextCreateFence({ contextId: 1 });
      const outcome = owed.then(
        () => 'reached',
        ({ code }: { code: string }) => code,
      );
      await host.reset();
      expect(['reached', 'ERR_VIRGL_CLOSED']).toContain(await outcome);
      expect(host.counts()).toEqual({ contexts: 0, resources: 0, backings: 0, fences: 0, calls: 0 });
      await host.contextCreate({ contextId: 1 });
      await host.contextCreateFence({ contextId: 1 });
      await host.createFence({});
      await expectRenders(host);
    },
  );
});

test('every call of the host is made in these files', () => {
  const files = ['calls', 'transfers', 'fences'].map((name) => path.join(__dirname, `${name}.test.ts`));
  const source = files.map((file) => fs.readFileSync(file, 'utf8')).join('');
  const forgotten = HOST_CALL_NAMES.filter((name) => !source.includes(`host.${name}(`));
  expect(forgotten).toEqual([]);
});

test('descriptors adopted for calls are closed', () => {
  const value = fs.openSync('/dev/null', 'r');
  FileDescriptor.adopt(value).close();
  expect(() => FileDescriptor.adopt(value)).toThrow(/expected an open file descriptor/);
});
