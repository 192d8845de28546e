// The virtio-gpu device on the real library, as a guest sees it: pictures byte for byte, 3D on a display, fences, pointers, resets.

import { NativeHost } from '../../lib/host';
import { Clear, CommandEncoder, Format, formatName } from '../../lib/protocol';
import { type Cursor, encodeRequest, SCANOUT_FORMATS } from '../../lib/virtio-gpu';
import { runChild } from '../support/children';
import { describeNative, isSanitized } from '../support/native-library';
import { BASE, Guest, rect, texture3d } from '../virtio-gpu/support/guest';

const WIDTH = 40;
const HEIGHT = 24;
const ROW = WIDTH * 4;
const WHOLE = rect(0, 0, WIDTH, HEIGHT);

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

const clearStream = (resource: number, color: [number, number, number, number]) =>
  bytesOf(
    new CommandEncoder()
      .createSurface({ handle: 1, resource, format: Format.B8G8R8X8_UNORM })
      .setFramebufferState({ colorBuffers: [1], zsurf: 0 })
      .clear({ buffers: Clear.COLOR0, color, depth: 1, stencil: 0 })
      .finish(),
  );

describeNative('a virtio-gpu device', () => {
  let host: NativeHost;
  let guest: Guest;

  beforeAll(async () => {
    host = await NativeHost.open({ inline: true });
  });
  afterAll(() => host.close());
  beforeEach(async () => {
    guest = await Guest.boot({ host });
  });
  afterEach(() => guest.shutDown());

  /** Fills the memory of a picture with bytes that are all different in their neighbourhood. */
  const pattern = () => {
    const { bytes } = guest.memory.memory;
    for (let at = 0; at < ROW * HEIGHT; at += 1) bytes[at] = (at * 7 + (at >> 8) * 13) & 0xff;
    return bytes.slice(0, ROW * HEIGHT);
  };

  const read = async (area = WHOLE, stride = area.width * 4) => {
    const pixels = new Uint8Array(stride * area.height);
    await guest.device.readScanout(0, area, pixels, stride);
    return pixels;
  };

  test('offers what the library has', async () => {
    expect(guest.device.features & 0b11n).toBe(0b11n);
    const { fields } = await guest.ok('GET_CAPSET_INFO', { capsetIndex: 1 });
    expect(fields).toMatchObject({ capsetId: 2, maxVersion: 2 });
    const { bytes } = await guest.ok('GET_CAPSET', { capsetId: 2, version: 0 });
    expect(bytes).toEqual(await host.fillCaps({ capsetId: 2 }));
  });

  test.each(Array.from(SCANOUT_FORMATS, (format) => [formatName(format) ?? '', format] as const))(
    'a picture in %s is uploaded, shown and read back',
    async (name, format) => {
      await guest.picture(2, { width: WIDTH, height: HEIGHT }, format);
      const drawn = pattern();
      await guest.ok('TRANSFER_TO_HOST_2D', { rect: WHOLE, offset: 0, resourceId: 2 }, { fenceId: 1n });
      await guest.ok('SET_SCANOUT', { rect: WHOLE, scanoutId: 0, resourceId: 2 });
      await guest.ok('RESOURCE_FLUSH', { rect: WHOLE, resourceId: 2 });
      expect(guest.heard('flush')).toEqual([[0, WHOLE]]);
      const order = Array.from('BGR', (channel) => name.replace(/\d|_UNORM/g, '').indexOf(channel));
      const shown = await read();
      for (let at = 0; at < shown.length; at += 4)
        expect([...shown.subarray(at, at + 3)]).toEqual(order.map((byte) => drawn[at + byte]));
    },
  );

  test('only the rectangle of an upload is changed', async () => {
    await guest.picture(2, { width: WIDTH, height: HEIGHT });
    await guest.ok('SET_SCANOUT', { rect: WHOLE, scanoutId: 0, resourceId: 2 });
    await guest.ok('TRANSFER_TO_HOST_2D', { rect: WHOLE, offset: 0, resourceId: 2 });
    const drawn = pattern();
    const part = rect(5, 3, 11, 7);
    const offset = part.y * ROW + part.x * 4;
    await guest.ok('TRANSFER_TO_HOST_2D', { rect: part, offset, resourceId: 2 });
    const expected = new Uint8Array(ROW * HEIGHT);
    for (let y = part.y; y < part.y + part.height; y += 1)
      expected.set(
        drawn.subarray(y * ROW + part.x * 4, y * ROW + (part.x + part.width) * 4),
        y * ROW + part.x * 4,
      );
    expect(await read()).toEqual(expected);
    // A part of it again, into longer rows.
    const some = await read(rect(4, 2, 6, 3), 64);
    for (let y = 0; y < 3; y += 1)
      expect(some.subarray(y * 64, y * 64 + 24)).toEqual(
        expected.subarray((2 + y) * ROW + 16, (2 + y) * ROW + 40),
      );
  });

  test('3D: what a context clears is on the display when its fence signals, right way up', async () => {
    await guest.context(1, 'kmscube');
    await guest.ok('RESOURCE_CREATE_3D', texture3d(3, { width: WIDTH, height: HEIGHT }), { fenceId: 1n });
    await guest.ok('RESOURCE_ATTACH_BACKING', { resourceId: 3 }, {}, [
      { address: BASE, lengthBytes: ROW * HEIGHT },
    ]);
    await guest.ok('CTX_ATTACH_RESOURCE', { resourceId: 3 }, { contextId: 1 });
    const submitted = await guest.ok(
      'SUBMIT_3D',
      {},
      { contextId: 1, fenceId: 2n },
      clearStream(3, [1, 0.2, 0, 1]),
    );
    expect(submitted.header).toEqual({ contextId: 1, fenceId: 2n });
    await guest.ok('SET_SCANOUT', { rect: WHOLE, scanoutId: 0, resourceId: 3 });
    await guest.ok('RESOURCE_FLUSH', { rect: WHOLE, resourceId: 3 });
    const pixels = await read();
    expect([...pixels.subarray(0, 3), ...pixels.subarray(-4, -1)]).toEqual([0, 51, 255, 0, 51, 255]);
    // The guest writes its first row, and that is the first row of the display.
    guest.memory.memory.bytes.fill(9, 0, ROW);
    const box = { x: 0, y: 0, z: 0, w: WIDTH, h: 1, d: 1 };
    const row = { box, offset: 0, resourceId: 3, level: 0, stride: 0, layerStride: 0 };
    await guest.ok('TRANSFER_TO_HOST_3D', row, { contextId: 1 });
    const after = await read();
    expect([after[0], after[ROW], after.at(-4)]).toEqual([9, 0, 0]);
    const { bytes } = guest.memory.memory;
    bytes.fill(0);
    await guest.ok('TRANSFER_FROM_HOST_3D', { ...row, box: { ...box, h: 2 } }, { contextId: 1, fenceId: 3n });
    expect([bytes[0], ...bytes.subarray(ROW, ROW + 3)]).toEqual([9, 0, 51, 255]);
  });

  test('many fences are answered in order, without as many on the host', async () => {
    await guest.context(1);
    const order: bigint[] = [];
    const created = jest.spyOn(host, 'createFence');
    const answers = Array.from({ length: 50 }, (_, index) =>
      guest
        .send(
          'SUBMIT_3D',
          {},
          { contextId: index % 7 === 6 ? 9 : 1, fenceId: BigInt(index + 1) },
          new Uint8Array(4),
        )
        .then(({ header: { fenceId = 0n } }) => order.push(fenceId)),
    );
    await Promise.all(answers);
    expect(order).toEqual(Array.from({ length: 50 }, (_, index) => BigInt(index + 1)));
    expect(created).toHaveBeenCalledTimes(1);
    created.mockRestore();
  });

  test('a stream that is wrong is told by name, and others go on', async () => {
    await guest.context(1, 'broken');
    await guest.context(2, 'good');
    await guest.ok('RESOURCE_CREATE_3D', texture3d(3, { width: WIDTH, height: HEIGHT }));
    await guest.ok('CTX_ATTACH_RESOURCE', { resourceId: 3 }, { contextId: 2 });
    const unknown = clearStream(3, [0, 0, 0, 0]);
    const response = await guest.send('SUBMIT_3D', {}, { contextId: 1, fenceId: 1n }, unknown);
    expect(response.name).toBe('ERR_INVALID_PARAMETER');
    expect(guest.errors()).toMatchObject([
      {
        command: 'SUBMIT_3D',
        contextId: 1,
        contextName: 'broken',
        cause: { code: 'ERR_VIRGL_CONTEXT_LOST' },
      },
    ]);
    expect(guest.errors()[0].message).toMatch(
      /^command 0 \(CREATE_OBJECT SURFACE, resource, byte offset 8\): .*Illegal resource 3/,
    );
    await guest.ok('SUBMIT_3D', {}, { contextId: 2 }, clearStream(3, [0, 0, 0, 0]));
    expect((await guest.send('SUBMIT_3D', {}, { contextId: 1 }, new Uint8Array(4))).name).toBe(
      'ERR_INVALID_CONTEXT_ID',
    );
  });

  test('a texture that can not be is told by its field', async () => {
    await guest.send('RESOURCE_CREATE_3D', texture3d(3, { target: 4, height: 16, arraySize: 5 }));
    expect(guest.errors()).toMatchObject([{ command: 'RESOURCE_CREATE_3D', field: 'arraySize' }]);
  });

  test('a pointer has the picture of its resource', async () => {
    await guest.picture(4, { width: 64, height: 64 }, Format.B8G8R8A8_UNORM);
    const { bytes } = guest.memory.memory;
    for (let at = 0; at < 16384; at += 1) bytes[at] = (at * 11 + (at >> 8)) & 0xff;
    await guest.ok('TRANSFER_TO_HOST_2D', { rect: rect(0, 0, 64, 64), offset: 0, resourceId: 4 });
    await guest.ok('UPDATE_CURSOR', {
      position: { scanoutId: 0, x: 5, y: 6 },
      resourceId: 4,
      hotX: 1,
      hotY: 2,
    });
    const [[, cursor]] = guest.heard('cursor') as [number, Cursor][];
    expect(cursor.pixels).toEqual(bytes.slice(0, 16384));
  });

  test('a blob of guest memory is shown and used', async () => {
    const drawn = pattern();
    const entries = [{ address: BASE, lengthBytes: 4096 }];
    await guest.ok(
      'RESOURCE_CREATE_BLOB',
      { resourceId: 5, blobMem: 1, blobFlags: 1, blobId: 0n, size: 4096 },
      {},
      entries,
    );
    await guest.ok('SET_SCANOUT_BLOB', {
      rect: WHOLE,
      scanoutId: 0,
      resourceId: 5,
      width: WIDTH,
      height: HEIGHT,
      format: 2,
      strides: [ROW, 0, 0, 0],
      offsets: [0, 0, 0, 0],
    });
    expect(await read()).toEqual(drawn);
  });

  test('reset in the middle, three times: nothing is left and the next guest works', async () => {
    for (let boot = 0; boot < 3; boot += 1) {
      await guest.context(1);
      await guest.picture(2, { width: WIDTH, height: HEIGHT });
      await guest.ok('RESOURCE_CREATE_3D', texture3d(3, { width: WIDTH, height: HEIGHT }));
      await guest.ok('CTX_ATTACH_RESOURCE', { resourceId: 3 }, { contextId: 1 });
      await guest.ok('SET_SCANOUT', { rect: WHOLE, scanoutId: 0, resourceId: 3 });
      const late: string[] = [];
      const submit = encodeRequest(
        'SUBMIT_3D',
        {},
        { contextId: 1, fenceId: 7n },
        clearStream(3, [1, 1, 1, 1]),
      );
      guest.device.control(submit, () => late.push('answered'));
      await guest.device.reset();
      expect(late).toEqual([]);
      expect(host.counts()).toMatchObject({ contexts: 0, resources: 0, backings: 0 });
    }
  });
});

const REQUESTS = isSanitized ? 10_000 : 100_000;

describeNative('a device that is asked anything', () => {
  test(`${REQUESTS} requests with faults: nothing crashes, each is answered, nothing is left`, async () => {
    const child = await runChild('virtio-gpu-mutations.ts', [String(REQUESTS)], ['--import', 'tsx']);
    expect(child).toMatchObject({ code: 0, signal: null });
    const { answered, left, host } = JSON.parse(child.stdout) as Record<string, unknown>;
    expect(answered).toBe(REQUESTS);
    expect(left).toEqual({ contexts: 0, resources: 0, backings: 0, fences: 0, commands: 0 });
    expect(host).toMatchObject({ contexts: 0, resources: 0, backings: 0 });
  });
});
