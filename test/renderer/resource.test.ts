// Regions, sizes, conversion and pools of resources, on a host that renders nothing.

import { Bind, Format, TextureTarget } from '../../lib/protocol';
import { BufferPool, type Context, type Resource } from '../../lib/renderer';
import { errorOf, recordingRenderer, type RecordingRenderer } from '../support/recording-renderer';

describe('resources', () => {
  let recording: RecordingRenderer;
  let context: Context;
  let texture: Resource;
  let fail: boolean;

  beforeEach(async () => {
    fail = false;
    recording = await recordingRenderer({
      transferReadIov: ({ into }) => {
        if (fail) throw new RangeError('no');
        (into as Uint8Array).forEach((_, at, bytes) => (bytes[at] = at));
      },
    });
    context = await recording.renderer.createContext();
    texture = await context.createResource({ width: 16, height: 8, lastLevel: 2, bind: Bind.RENDER_TARGET });
  });

  const made = async (descriptor: object): Promise<Resource> =>
    context.createResource({ width: 8, bind: Bind.SAMPLER_VIEW, ...descriptor });

  test('defaults are filled in', async () => {
    expect(texture.descriptor).toEqual({
      target: TextureTarget.TEXTURE_2D,
      format: Format.R8G8B8A8_UNORM,
      bind: Bind.RENDER_TARGET,
      width: 16,
      height: 8,
      depth: 1,
      arraySize: 1,
      lastLevel: 2,
      nrSamples: 0,
      flags: 0,
    });
    const buffer = await made({ target: TextureTarget.BUFFER, label: 'numbers' });
    expect(buffer.descriptor).toMatchObject({ format: Format.R8_UNORM, height: 1 });
    expect(buffer.describe()).toBe(`resource "numbers" (id ${buffer.id})`);
  });

  test.each([
    ['1D', { target: TextureTarget.TEXTURE_1D }, {}, 32],
    ['2D', { height: 4 }, {}, 128],
    ['a level', { height: 4, lastLevel: 2 }, { level: 1 }, 4 * 2 * 4],
    ['the last level', { height: 4, lastLevel: 3 }, { level: 3 }, 4],
    [
      '3D',
      { target: TextureTarget.TEXTURE_3D, height: 4, depth: 4, lastLevel: 1 },
      { level: 1 },
      4 * 2 * 2 * 4,
    ],
    [
      'a cube',
      { target: TextureTarget.TEXTURE_CUBE, height: 8, arraySize: 6, lastLevel: 1 },
      { level: 1 },
      4 * 4 * 6 * 4,
    ],
    [
      'layers',
      { target: TextureTarget.TEXTURE_2D_ARRAY, height: 2, arraySize: 5 },
      { box: { z: 1, d: 3 } },
      8 * 2 * 3 * 4,
    ],
    ['a corner', { height: 4 }, { box: { x: 6, y: 3 } }, 2 * 1 * 4],
    ['blocks', { height: 8, format: Format.DXT1_RGBA }, {}, 2 * 2 * 8],
    ['a part of blocks', { height: 8, format: Format.DXT1_RGBA }, { box: { w: 4, h: 5 } }, 1 * 2 * 8],
    ['bytes', { target: TextureTarget.BUFFER, width: 100 }, { box: { x: 10 } }, 90],
  ])('size of %s', async (_name, descriptor, region, bytes) => {
    const resource = await made(descriptor);
    expect(resource.byteSize(region)).toBe(bytes);
    expect(await resource.read(region)).toHaveLength(bytes);
  });

  test('transfers name strides, because rows have no gaps', async () => {
    await texture.write(new Uint8Array(4 * 2 * 4), { level: 1, box: { x: 2, y: 1, w: 4, h: 2 } });
    expect(recording.host.calls.at(-1)).toMatchObject({
      name: 'transferWriteIov',
      args: {
        resourceId: texture.id,
        level: 1,
        box: { x: 2, y: 1, z: 0, w: 4, h: 2, d: 1 },
        stride: 16,
        layerStride: 32,
      },
    });
    const floats = new Float32Array(16 * 8);
    await texture.write(floats);
    const { from } = recording.host.calls.at(-1)?.args as { from: Uint8Array };
    expect([from.buffer, from.byteLength]).toEqual([floats.buffer, 512]);
  });

  test('layers are read one by one, and faces of a cube are written one by one, as virglrenderer needs it', async () => {
    const cube = await made({ target: TextureTarget.TEXTURE_CUBE, height: 8, arraySize: 6 });
    const volume = await made({ target: TextureTarget.TEXTURE_3D, height: 8, depth: 6 });
    const slices = (from: number): unknown[] =>
      recording.host.calls.slice(from).map(({ name, args }) => {
        const {
          box,
          into,
          from: data,
        } = args as { box: { z: number; d: number } } & Record<string, Uint8Array>;
        return [name, box.z, box.d, (into ?? data).byteOffset];
      });
    await context.flush();
    const at = recording.host.calls.length;
    await cube.write(new Uint8Array(512), { box: { z: 2, d: 2 } });
    await volume.write(new Uint8Array(512), { box: { z: 2, d: 2 } });
    await volume.read({ box: { z: 4 } });
    expect(slices(at)).toEqual([
      ['transferWriteIov', 2, 1, 0],
      ['transferWriteIov', 3, 1, 256],
      ['transferWriteIov', 2, 2, 0],
      ['transferReadIov', 4, 1, 0],
      ['transferReadIov', 5, 1, 256],
    ]);
  });

  test.each([
    ['BGRA to RGBA', Format.B8G8R8A8_UNORM, Format.R8G8B8A8_UNORM, [2, 1, 0, 3]],
    ['RGBA to ARGB', Format.R8G8B8A8_UNORM, Format.A8R8G8B8_UNORM, [3, 0, 1, 2]],
    ['BGRX to RGBA', Format.B8G8R8X8_UNORM, Format.R8G8B8A8_UNORM, [2, 1, 0, 255]],
    ['RGBA to red', Format.R8G8B8A8_UNORM, Format.R8_UNORM, [0, 4, 8, 12]],
  ])('reading converts %s', async (_name, format, to, expected) => {
    const resource = await made({ format });
    const pixels = await resource.read({ format: to });
    expect([...pixels.subarray(0, 4)]).toEqual(expected);
    expect(pixels).toHaveLength(to === Format.R8_UNORM ? 8 : 32);
    const into = new Uint8Array(40);
    expect(await resource.read({ format: to, into })).toBe(into);
    expect([...into.subarray(0, 4)]).toEqual(expected);
  });

  test('a pool lends, and gets back', async () => {
    const pool = new BufferPool();
    const first = await texture.read({ pool });
    expect(pool.lent).toBe(1);
    pool.release(first);
    expect(await texture.read({ pool })).toBe(first);
    const converted = await texture.read({ pool, format: Format.R8_UNORM });
    expect([converted.length, pool.lent]).toEqual([128, 2]);
    pool.release(converted);
    pool.release(first);
    fail = true;
    await expect(texture.read({ pool })).rejects.toThrow('no');
    expect(pool.lent).toBe(0);
    for (const bytes of [first, new Uint8Array(512), undefined])
      expect((await errorOf(() => pool.release(bytes as never))).field).toBe('bytes');
    for (const size of [-1, 1.5, '4'])
      expect((await errorOf(() => pool.acquire(size as never))).field).toBe('sizeBytes');
    expect(pool.lent).toBe(0);
  });

  const wrong: [string, () => unknown, string][] = [
    ['read of null', () => texture.read(null as never), 'options'],
    ['read with an unknown key', () => texture.read({ levels: 1 } as never), 'levels'],
    ['read of a level', () => texture.read({ level: 3 }), 'level'],
    ['read of a fraction', () => texture.read({ level: 0.5 }), 'level'],
    ['read of a box', () => texture.read({ box: 7 as never }), 'box'],
    ['read left of it', () => texture.read({ box: { x: -1 } }), 'box.x'],
    ['read right of it', () => texture.read({ box: { x: 16 } }), 'box.x'],
    ['read of too much', () => texture.read({ box: { y: 4, h: 5 } }), 'box.h'],
    ['read of nothing', () => texture.read({ box: { w: 0 } }), 'box.w'],
    ['read of a layer', () => texture.read({ box: { z: 1 } }), 'box.z'],
    ['read of a box with an unknown key', () => texture.read({ box: { width: 1 } as never }), 'width'],
    ['read into too little', () => texture.read({ into: new Uint8Array(511) }), 'into'],
    ['read into words', () => texture.read({ into: 'x' as never }), 'into'],
    [
      'read converted into too little',
      () => texture.read({ format: Format.R8_UNORM, into: new Uint8Array(127) }),
      'into',
    ],
    ['read from another pool', () => texture.read({ pool: {} as never }), 'pool'],
    ['read to floats', () => texture.read({ format: Format.R32_FLOAT }), 'format'],
    ['read to no format', () => texture.read({ format: 9999 }), 'format'],
    ['write of nothing', () => texture.write(undefined as never), 'data'],
    ['write of an array', () => texture.write([1, 2] as never), 'data'],
    ['write of too little', () => texture.write(new Uint8Array(511)), 'data'],
    ['write to null', () => texture.write(new Uint8Array(512), null as never), 'region'],
    ['write to a level', () => texture.write(new Uint8Array(512), { level: -1 }), 'level'],
    ['write outside', () => texture.write(new Uint8Array(512), { box: { h: 9 } }), 'box.h'],
    ['byteSize outside', () => texture.byteSize({ level: 9 }), 'level'],
  ];

  test.each(wrong)('wrong: %s', async (_name, act, field) => {
    const calls = recording.host.calls.length;
    expect(await errorOf(act)).toMatchObject({ code: 'ERR_VIRGL_ARGUMENT', field });
    expect(recording.host.calls).toHaveLength(calls);
    await texture.read();
  });

  test('a destroyed resource says so', async () => {
    await texture.destroy();
    await texture.destroy();
    expect(texture.destroyed).toBe(true);
    for (const act of [() => texture.read(), () => texture.write(new Uint8Array(512))])
      expect(await errorOf(act)).toMatchObject({ code: 'ERR_VIRGL_CLOSED', resourceId: texture.id });
    expect(recording.host.calls.filter(({ name }) => name === 'resourceUnref')).toHaveLength(1);
    expect(context.counts().resources).toBe(0);
  });
});
