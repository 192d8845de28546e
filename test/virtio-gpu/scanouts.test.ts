// What displays show: events, read-backs in any format, blobs, pointers.

import type { HostCallArgs } from '../../lib/host';
import { formatName } from '../../lib/protocol';
import { type Cursor, type Scanout, SCANOUT_FORMATS, type VirtioGpuDevice } from '../../lib/virtio-gpu';
import { BASE, FlatMemory, Guest, rect, texture3d } from './support/guest';

const SIZE = { width: 16, height: 8 };

/** A host whose textures hold in each byte where it is: x, y, 0, 1 and so on. */
const positions = ({ box, stride = 0, into }: HostCallArgs<'transferReadIov'>) => {
  const bytes = into as Uint8Array;
  const rowBytes = stride || box.w * 4;
  for (let y = 0; y < box.h; y += 1)
    for (let x = 0; x < box.w; x += 1)
      bytes.set([box.x + x, box.y + y, 100, 101].slice(0, 4), y * rowBytes + x * 4);
};

describe('scanouts', () => {
  test('are told when they change, and not when they stay', async () => {
    const guest = await Guest.boot({ scanouts: 2 });
    await guest.picture(2, SIZE);
    await guest.picture(3, SIZE);
    const show = (resourceId: number, scanoutId = 0) =>
      guest.ok('SET_SCANOUT', { rect: rect(0, 0, 16, 8), scanoutId, resourceId });
    await show(2);
    await show(2);
    await show(3);
    await show(3, 1);
    await show(0);
    await show(0);
    expect(
      guest.heard('scanout').map(([index, scanout]) => [index, (scanout as Scanout | undefined)?.resourceId]),
    ).toEqual([
      [0, 2],
      [0, 3],
      [1, 3],
      [0, undefined],
    ]);
    expect(guest.heard('scanout')[0][1]).toEqual({
      resourceId: 2,
      rect: rect(0, 0, 16, 8),
      width: 16,
      height: 8,
      format: 2,
      isBottomUp: true,
    });
    await guest.shutDown();
  });

  test('a resource that ends takes its scanouts with it', async () => {
    const guest = await Guest.boot({ scanouts: 2 });
    await guest.picture(2, SIZE);
    for (const scanoutId of [0, 1])
      await guest.ok('SET_SCANOUT', { rect: rect(0, 0, 16, 8), scanoutId, resourceId: 2 });
    await guest.ok('RESOURCE_UNREF', { resourceId: 2 });
    expect(guest.heard('scanout').slice(2)).toEqual([
      [0, undefined],
      [1, undefined],
    ]);
    await expect(guest.device.readScanout(0, rect(0, 0, 1, 1), new Uint8Array(4), 4)).rejects.toMatchObject({
      field: 'index',
    });
    await guest.shutDown();
  });

  test('a flush is told to each display that shows a part of it, in its own pixels', async () => {
    const guest = await Guest.boot({ scanouts: 3 });
    await guest.picture(2, SIZE);
    await guest.ok('SET_SCANOUT', { rect: rect(0, 0, 8, 8), scanoutId: 0, resourceId: 2 });
    await guest.ok('SET_SCANOUT', { rect: rect(8, 0, 8, 8), scanoutId: 1, resourceId: 2 });
    const flush = async (...damage: [number, number, number, number]) => {
      guest.told.length = 0;
      await guest.ok('RESOURCE_FLUSH', { rect: rect(...damage), resourceId: 2 });
      return guest.heard('flush');
    };
    expect(await flush(6, 2, 4, 3)).toEqual([
      [0, rect(6, 2, 2, 3)],
      [1, rect(0, 2, 2, 3)],
    ]);
    expect(await flush(0, 0, 1, 1)).toEqual([[0, rect(0, 0, 1, 1)]]);
    await guest.shutDown();
  });

  test('3D resources can be shown, buffers not', async () => {
    const guest = await Guest.boot();
    await guest.ok('RESOURCE_CREATE_3D', texture3d(2));
    await guest.ok('RESOURCE_CREATE_3D', texture3d(3, { target: 0, format: 64, bind: 16, height: 1 }));
    await guest.ok('SET_SCANOUT', { rect: rect(0, 0, 16, 8), scanoutId: 0, resourceId: 2 });
    const { name } = await guest.send('SET_SCANOUT', {
      rect: rect(0, 0, 16, 1),
      scanoutId: 0,
      resourceId: 3,
    });
    expect(name).toBe('ERR_INVALID_PARAMETER');
    expect(guest.heard('scanout')).toMatchObject([[0, { isBottomUp: false }]]);
    await guest.shutDown();
  });
});

// Where blue, green and red are in a pixel's bytes.
const ORDER: Record<string, [number, number, number]> = {
  B8G8R8A8_UNORM: [0, 1, 2],
  B8G8R8X8_UNORM: [0, 1, 2],
  A8R8G8B8_UNORM: [3, 2, 1],
  X8R8G8B8_UNORM: [3, 2, 1],
  R8G8B8A8_UNORM: [2, 1, 0],
  X8B8G8R8_UNORM: [1, 2, 3],
  A8B8G8R8_UNORM: [1, 2, 3],
  R8G8B8X8_UNORM: [2, 1, 0],
};

test.each(Array.from(SCANOUT_FORMATS, (format) => [formatName(format) ?? '', format] as const))(
  'a rectangle of %s is read as BGRX',
  async (name, format) => {
    const guest = await Guest.boot({}, { transferReadIov: positions });
    await guest.picture(2, SIZE, format);
    await guest.ok('SET_SCANOUT', { rect: rect(4, 2, 8, 6), scanoutId: 0, resourceId: 2 });
    const stride = 40;
    const into = new Uint8Array(3 * stride);
    await guest.device.readScanout(0, rect(2, 1, 5, 3), into, stride);
    for (const [x, y] of [[0, 0], [4, 0], [3, 2]]) {
      const pixel = [6 + x, 3 + y, 100, 101];
      expect([...into.subarray(y * stride + x * 4, y * stride + x * 4 + 3)]).toEqual(ORDER[name].map((at) => pixel[at]));
    }
    await guest.shutDown();
  },
); // prettier-ignore

test.each([
  ['B5G6R5_UNORM', 7, Uint8Array.of(0b000_11111, 0b00001_000), [255, 0, 8]],
  ['R10G10B10A2_UNORM', 8, Uint8Array.of(0xff, 0x03, 0, 0xc0), [0, 0, 255]],
  ['B8G8R8A8_SRGB', 100, Uint8Array.of(1, 2, 3, 4), [1, 2, 3]],
])('a 3D scanout in %s', async (_, format, pixel, expected) => {
  const guest = await Guest.boot({}, { transferReadIov: ({ into }) => (into as Uint8Array).set(pixel) });
  await guest.ok('RESOURCE_CREATE_3D', texture3d(2, { format }));
  await guest.ok('SET_SCANOUT', { rect: rect(0, 0, 16, 8), scanoutId: 0, resourceId: 2 });
  const into = new Uint8Array(4);
  await guest.device.readScanout(0, rect(0, 0, 1, 1), into, 4);
  expect([...into.subarray(0, 3)]).toEqual(expected);
  await guest.shutDown();
});

test.each([
  ['index', [1, rect(0, 0, 1, 1), new Uint8Array(4), 4]],
  ['rect', [0, rect(0, 0, 17, 1), new Uint8Array(1000), 68]],
  ['rect', [0, rect(-1, 0, 1, 1), new Uint8Array(4), 4]],
  ['rect', [0, rect(0, 0, 0, 1), new Uint8Array(4), 4]],
  ['rect', [0, rect(0.5, 0, 1, 1), new Uint8Array(4), 4]],
  ['strideBytes', [0, rect(0, 0, 2, 2), new Uint8Array(100), 7]],
  ['into', [0, rect(0, 0, 2, 2), new Uint8Array(15), 8]],
] as [string, Parameters<VirtioGpuDevice['readScanout']>][])(
  'reading with a wrong %s',
  async (field, args) => {
    const guest = await Guest.boot();
    await guest.picture(2, SIZE);
    await guest.ok('SET_SCANOUT', { rect: rect(0, 0, 16, 8), scanoutId: 0, resourceId: 2 });
    await expect(guest.device.readScanout(...args)).rejects.toMatchObject({
      code: 'ERR_VIRGL_ARGUMENT',
      field,
    });
    await guest.shutDown();
  },
);

describe('a blob of guest memory', () => {
  // 8x8 pixels in rows of 40 bytes, 16 bytes into a blob of two pieces that split a row.
  const STRIDE = 40;
  const START = 16;
  const fields = {
    rect: rect(0, 0, 8, 8),
    scanoutId: 0,
    resourceId: 6,
    width: 8,
    height: 8,
    format: 2,
    strides: [STRIDE, 0, 0, 0],
    offsets: [START, 0, 0, 0],
  };
  const entries = [
    { address: BASE + 4096, lengthBytes: 100 },
    { address: BASE, lengthBytes: 300 },
  ];
  const boot = async () => {
    const guest = await Guest.boot();
    const { bytes } = guest.memory.memory;
    for (let at = 0; at < 400; at += 1) bytes[at < 100 ? 4096 + at : at - 100] = at % 251;
    await guest.ok(
      'RESOURCE_CREATE_BLOB',
      { resourceId: 6, blobMem: 1, blobFlags: 0, blobId: 0n, size: 400 },
      {},
      entries,
    );
    return guest;
  };
  const expectPixels = async (guest: Guest, at = (x: number, y: number) => START + y * STRIDE + x * 4) => {
    const into = new Uint8Array(5 * 12);
    await guest.device.readScanout(0, rect(3, 1, 3, 5), into, 12);
    for (let y = 0; y < 5; y += 1)
      for (let x = 0; x < 3; x += 1) expect(into[y * 12 + x * 4]).toBe(at(3 + x, 1 + y) % 251);
  };

  test('is read where it is, whatever pieces it has', async () => {
    const guest = await boot();
    await guest.ok('SET_SCANOUT_BLOB', fields);
    expect(guest.heard('scanout')[0][1]).toMatchObject({
      blob: { offsetBytes: START, strideBytes: STRIDE, width: 8, height: 8 },
      isBottomUp: false,
    });
    await guest.ok('RESOURCE_FLUSH', { rect: rect(2, 2, 100, 100), resourceId: 6 });
    expect(guest.heard('flush')).toEqual([[0, rect(2, 2, 6, 6)]]);
    await expectPixels(guest);
    await guest.ok('SET_SCANOUT_BLOB', { ...fields, resourceId: 0 });
    expect(guest.heard('scanout').at(-1)).toEqual([0, undefined]);
    await guest.shutDown();
  });

  test('is found again when the memory of the guest was mapped anew', async () => {
    const guest = await boot();
    await guest.ok('SET_SCANOUT_BLOB', fields);
    const { memory } = guest.memory;
    const moved = new FlatMemory();
    moved.memory.bytes.set(memory.bytes);
    guest.device.memory = moved;
    memory.bytes.fill(0);
    await expectPixels(guest);
    guest.device.memory = undefined;
    await expect(expectPixels(guest)).rejects.toThrow('no guest memory');
    await guest.shutDown();
    moved.memory.close();
  });

  test('of another order is converted', async () => {
    const guest = await boot();
    await guest.ok('SET_SCANOUT_BLOB', { ...fields, format: 67 });
    await expectPixels(guest, (x, y) => START + y * STRIDE + x * 4 + 2);
    await guest.shutDown();
  });
});

describe('pointers', () => {
  const update = { resourceId: 3, hotX: 5, hotY: 6 };
  const at = (x: number, y: number, scanoutId = 0) => ({ position: { scanoutId, x, y } });

  test('have the picture of their resource, and move', async () => {
    const guest = await Guest.boot({ scanouts: 2 }, { transferReadIov: positions });
    await guest.picture(3, { width: 64, height: 64 }, 1);
    await guest.ok('UPDATE_CURSOR', { ...update, ...at(-3, 7, 1) });
    const [[index, cursor]] = guest.heard('cursor') as [number, Cursor][];
    expect(index).toBe(1);
    expect(cursor).toMatchObject({ width: 64, height: 64, hotX: 5, hotY: 6, x: -3, y: 7, visible: true });
    expect([...cursor.pixels.subarray(4 * (64 * 9 + 8), 4 * (64 * 9 + 9))]).toEqual([8, 9, 100, 101]);
    await guest.ok('MOVE_CURSOR', { ...update, ...at(20, 30, 1) });
    expect(guest.heard('cursorMoved')).toEqual([[1, { x: 20, y: 30 }]]);
    await guest.shutDown();
    expect(guest.heard('cursor').at(-1)).toMatchObject([1, { visible: false, resourceId: 0 }]);
  });

  test('are hidden without a resource, and come back with one', async () => {
    const guest = await Guest.boot();
    await guest.picture(3, { width: 64, height: 64 }, 1);
    await guest.ok('UPDATE_CURSOR', { ...update, ...at(1, 1) });
    await guest.ok('UPDATE_CURSOR', { ...update, resourceId: 0, ...at(2, 2) });
    await guest.ok('UPDATE_CURSOR', { ...update, resourceId: 0, ...at(2, 2) });
    await guest.ok('MOVE_CURSOR', { ...update, ...at(3, 3) });
    await guest.ok('MOVE_CURSOR', { ...update, resourceId: 0, ...at(4, 4) });
    const seen = guest.heard('cursor').map(([, cursor]) => [(cursor as Cursor).visible, (cursor as Cursor).x]);
    expect(seen).toEqual([[true, 1], [false, 2], [true, 3], [false, 4]]);
    await guest.shutDown();
  }); // prettier-ignore

  test('of a blob', async () => {
    const guest = await Guest.boot();
    guest.memory.memory.bytes.fill(9, 0, 16384);
    const entry = { address: BASE, lengthBytes: 16384 };
    await guest.ok(
      'RESOURCE_CREATE_BLOB',
      { resourceId: 3, blobMem: 1, blobFlags: 0, blobId: 0n, size: 16384 },
      {},
      [entry],
    );
    await guest.ok('UPDATE_CURSOR', { ...update, ...at(1, 1) });
    const [[, { pixels }]] = guest.heard('cursor') as [number, Cursor][];
    expect(pixels).toEqual(new Uint8Array(16384).fill(9));
    await guest.shutDown();
  });

  test('a picture that comes late is not shown', async () => {
    const late: (() => void)[] = [];
    const guest = await Guest.boot(
      {},
      { transferReadIov: () => new Promise<void>((resolve) => late.push(resolve)) },
    );
    await guest.picture(3, { width: 64, height: 64 }, 1);
    const first = guest.ok('UPDATE_CURSOR', { ...update, ...at(1, 1) });
    const second = guest.ok('UPDATE_CURSOR', { ...update, hotX: 9, ...at(2, 2) });
    await guest.ok('MOVE_CURSOR', { ...update, ...at(3, 3) });
    for (const arrive of late.toReversed()) arrive();
    await Promise.all([first, second]);
    expect(guest.heard('cursor')).toMatchObject([[0, { hotX: 9, x: 3 }]]);
    await guest.shutDown();
  });
});
