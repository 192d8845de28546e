// Bytes into resources and out of them: boxes, levels, strides, offsets, and memory of every kind.

import { NativeHost, SharedMemory } from '../../lib/host';
import { TextureTarget } from '../../lib/protocol';
import { describeNative } from '../support/native-library';
import { BOX, buffer, HEIGHT, texture, WIDTH } from '../support/proof';

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 7) % 251);
const TEXTURE_BYTES = WIDTH * HEIGHT * 4;

describeNative.each([
  ['on a render thread', { inline: false }],
  ['inline', { inline: true }],
] as const)('transfers %s', (_way, options) => {
  let host: NativeHost;

  beforeAll(async () => {
    host = await NativeHost.open(options);
    await host.contextCreate({ contextId: 1 });
    await host.resourceCreate(texture(1));
    await host.resourceCreate(buffer(2, 4096));
    await host.ctxAttachResource({ contextId: 1, resourceId: 1 });
  });
  afterAll(() => host.close());

  const read = async (resourceId: number, box = BOX, length = TEXTURE_BYTES): Promise<Uint8Array> => {
    const into = new Uint8Array(length);
    await host.transferReadIov({ resourceId, box, into });
    return into;
  };

  test.each([0, 1])('a whole texture there and back, in context %d', async (contextId) => {
    const from = counting(TEXTURE_BYTES);
    await host.transferWriteIov({ resourceId: 1, contextId, box: BOX, from });
    const into = new Uint8Array(TEXTURE_BYTES);
    await host.transferReadIov({ resourceId: 1, contextId, box: BOX, into });
    expect(into).toEqual(from);
  });

  test('a box of a texture, with a stride and an offset in memory', async () => {
    await host.transferWriteIov({ resourceId: 1, box: BOX, from: new Uint8Array(TEXTURE_BYTES) });
    const box = { ...BOX, x: 3, y: 2, w: 2, h: 2 };
    const from = counting(256);
    await host.transferWriteIov({ resourceId: 1, box, from, stride: 64, offset: 16 });
    const all = await read(1);
    const at = (x: number, y: number): number[] => [...all.subarray((y * WIDTH + x) * 4).subarray(0, 8)];
    expect(at(3, 2)).toEqual([...from.subarray(16, 24)]);
    expect(at(3, 3)).toEqual([...from.subarray(80, 88)]);
    expect([at(1, 2), at(5, 2), at(3, 1), at(3, 4)].flat().every((byte) => byte === 0)).toBe(true);

    const into = new Uint8Array(256).fill(1);
    await host.transferReadIov({ resourceId: 1, box, into, stride: 64, offset: 16n });
    expect([...into.subarray(16, 24), ...into.subarray(80, 88)]).toEqual([
      ...from.subarray(16, 24),
      ...from.subarray(80, 88),
    ]);
    expect(
      [...into.subarray(0, 16), ...into.subarray(24, 80), ...into.subarray(88)].every((b) => b === 1),
    ).toBe(true);
  });

  test('a level of a texture', async () => {
    await host.resourceCreate({ ...texture(10), lastLevel: 2 });
    const level = { resourceId: 10, level: 1, box: { ...BOX, w: WIDTH / 2, h: HEIGHT / 2 } };
    const from = counting(TEXTURE_BYTES / 4);
    await host.transferWriteIov({ ...level, from });
    const into = new Uint8Array(TEXTURE_BYTES / 4);
    await host.transferReadIov({ ...level, into });
    expect(into).toEqual(from);
    await host.resourceUnref({ resourceId: 10 });
  });

  test.each([
    ['3D', TextureTarget.TEXTURE_3D, { depth: 4 }],
    ['array', TextureTarget.TEXTURE_2D_ARRAY, { arraySize: 4 }],
  ])('layers of a %s texture, with a layer stride', async (_kind, target, size) => {
    await host.resourceCreate({ ...texture(10), target, width: 4, height: 4, ...size });
    const box = { x: 0, y: 0, z: 1, w: 4, h: 4, d: 2 };
    const empty = new Uint8Array(64);
    // What a new texture holds is the driver's business.
    await host.transferWriteIov({ resourceId: 10, box: { ...box, z: 0, d: 4 }, from: new Uint8Array(256) });
    const from = counting(256);
    await host.transferWriteIov({ resourceId: 10, box, stride: 16, layerStride: 128, from });
    // Layer after layer: of several layers virglrenderer reads the first one only.
    const layers = await Promise.all([0, 1, 2, 3].map((z) => read(10, { ...box, z, d: 1 }, 64)));
    expect(layers).toEqual([empty, from.subarray(0, 64), from.subarray(128, 192), empty]);
    await host.resourceUnref({ resourceId: 10 });
  });

  test('a piece of a buffer', async () => {
    await host.transferWriteIov({
      resourceId: 2,
      box: { ...BOX, w: 4096, h: 1 },
      from: new Uint8Array(4096),
    });
    const from = counting(100);
    await host.transferWriteIov({ resourceId: 2, box: { ...BOX, x: 1000, w: 100, h: 1 }, from });
    const all = await read(2, { ...BOX, w: 4096, h: 1 }, 4096);
    expect(all.subarray(1000, 1100)).toEqual(from);
    expect([all[999], all[1100]]).toEqual([0, 0]);
  });

  test('ranges of several memories, out of order', async () => {
    using first = SharedMemory.create(4096);
    using second = SharedMemory.create(8192);
    const from = counting(TEXTURE_BYTES);
    second.bytes.set(from.subarray(0, 100), 5000);
    first.bytes.set(from.subarray(100, 103), 7);
    second.bytes.set(from.subarray(103), 0);
    const ranges = [second.range(5000, 100), first.range(7, 3), second.range(0, TEXTURE_BYTES - 103)];
    await host.transferWriteIov({ resourceId: 1, box: BOX, from: ranges });
    expect(await read(1)).toEqual(from);
    for (const memory of [first, second]) memory.bytes.fill(0);
    await host.transferReadIov({ resourceId: 1, box: BOX, into: ranges });
    expect([...second.bytes.subarray(5000, 5100), ...first.bytes.subarray(7, 10)]).toEqual([
      ...from.subarray(0, 103),
    ]);
    expect(first.bytes[6] + first.bytes[10]).toBe(0);
  });

  test('the attached backing, with ranges of several memories', async () => {
    using first = SharedMemory.create(4096);
    using second = SharedMemory.create(4096);
    const from = counting(TEXTURE_BYTES);
    first.bytes.set(from.subarray(0, 256), 64);
    second.bytes.set(from.subarray(256));
    const backing = [first.range(64, 256), second.range()];
    await host.resourceAttachIov({ resourceId: 1, backing });
    await host.transferWriteIov({ resourceId: 1, box: BOX });
    for (const memory of [first, second]) memory.bytes.fill(0);
    await host.transferReadIov({ resourceId: 1, box: BOX });
    expect([...first.bytes.subarray(64, 320), ...second.bytes.subarray(0, TEXTURE_BYTES - 256)]).toEqual([
      ...from,
    ]);
    await host.resourceDetachIov({ resourceId: 1 });
  });

  test.each([
    ['a view into an array', () => new Uint8Array(TEXTURE_BYTES + 64).subarray(32, 32 + TEXTURE_BYTES)],
    ['shared array buffers', () => new Uint8Array(new SharedArrayBuffer(TEXTURE_BYTES))],
    ['node buffers', () => Buffer.alloc(TEXTURE_BYTES)],
    [
      'the bytes of shared memory',
      () => SharedMemory.create(TEXTURE_BYTES + 64).bytes.subarray(8, 8 + TEXTURE_BYTES),
    ],
  ])('%s', async (_what, make) => {
    const view = make();
    view.set(counting(TEXTURE_BYTES));
    await host.transferWriteIov({ resourceId: 1, box: BOX, from: view });
    view.fill(0);
    await host.transferReadIov({ resourceId: 1, box: BOX, into: view });
    expect([...view]).toEqual([...counting(TEXTURE_BYTES)]);
  });

  test('many transfers at once, each into an array of its own', async () => {
    await host.transferWriteIov({ resourceId: 1, box: BOX, from: counting(TEXTURE_BYTES) });
    const arrays = await Promise.all(Array.from({ length: 200 }, () => read(1)));
    for (const array of arrays) expect(array).toEqual(counting(TEXTURE_BYTES));
    expect(host.counts().calls).toBe(0);
  });
});
