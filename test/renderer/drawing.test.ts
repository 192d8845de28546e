// What clears, draws, grids, blits and copies record.

import {
  Barrier,
  Bind,
  ChannelMask,
  Clear,
  Format,
  ImageFilter,
  Primitive,
  TextureTarget,
} from '../../lib/protocol';
import type { Context, Resource } from '../../lib/renderer';
import { errorOf, recordedBy, recordingRenderer } from '../support/recording-renderer';

describe('work', () => {
  let context: Context;
  let texture: Resource;
  let depth: Resource;
  let buffer: Resource;
  let destroyed: Resource;

  beforeEach(async () => {
    const { renderer } = await recordingRenderer();
    context = await renderer.createContext();
    texture = await context.createResource({ width: 64, height: 32, lastLevel: 2, bind: Bind.RENDER_TARGET });
    const format = Format.Z24_UNORM_S8_UINT;
    depth = await context.createResource({ width: 64, height: 32, format, bind: Bind.DEPTH_STENCIL });
    buffer = await context.createResource({
      target: TextureTarget.BUFFER,
      width: 256,
      bind: Bind.VERTEX_BUFFER,
    });
    destroyed = await context.createResource({ width: 4, height: 4, bind: Bind.RENDER_TARGET });
    await destroyed.destroy();
    context.setState({ framebuffer: { color: [texture, null, texture], depthStencil: depth } });
  });

  const whole = (w: number, h: number) => ({ x: 0, y: 0, z: 0, w, h, d: 1 });
  const box = (x: number, y: number, w: number, h: number) => ({ ...whole(w, h), x, y });

  const cases: [string, () => void, string, () => object][] = [
    [
      'clear',
      () => context.clear({ color: [0, 0.5, 1, 1], depth: 0.5, stencil: 3 }),
      'CLEAR',
      () => ({
        buffers: Clear.COLOR0 | Clear.COLOR2 | Clear.DEPTHSTENCIL,
        color: [0, 0.5, 1, 1],
        depth: 0.5,
        stencil: 3,
      }),
    ],
    [
      'clear of depth',
      () => context.clear({ depth: 1 }),
      'CLEAR',
      () => ({ buffers: Clear.DEPTH, depth: 1 }),
    ],
    [
      'draw',
      () => context.draw({ start: 3, count: 6, mode: Primitive.TRIANGLES, instanceCount: 2 }),
      'DRAW_VBO',
      () => ({ start: 3, count: 6, mode: Primitive.TRIANGLES, instanceCount: 2, indexed: false }),
    ],
    [
      'indirect draw',
      () => context.draw({ count: 0, mode: Primitive.POINTS, indirect: { resource: buffer, offset: 16 } }),
      'DRAW_VBO',
      () => ({ indirectResource: buffer.id, indirectOffset: 16, indirectStride: 0, indirectDrawCount: 1 }),
    ],
    [
      'launchGrid',
      () => context.launchGrid({ grid: [4, 2, 1] }),
      'LAUNCH_GRID',
      () => ({ grid: [4, 2, 1], indirectResource: 0 }),
    ],
    [
      'indirect launchGrid',
      () => context.launchGrid({ grid: [0, 0, 0], indirect: { resource: buffer, offset: 12 } }),
      'LAUNCH_GRID',
      () => ({ indirectResource: buffer.id, indirectOffset: 12 }),
    ],
    [
      'blit',
      () =>
        context.blit({
          src: { resource: texture },
          dst: { resource: texture, level: 1 },
          filter: ImageFilter.LINEAR,
        }),
      'BLIT',
      () => ({
        mask: ChannelMask.RGBA,
        filter: ImageFilter.LINEAR,
        srcResource: texture.id,
        srcBox: whole(64, 32),
        dstLevel: 1,
        dstBox: whole(32, 16),
        dstFormat: Format.R8G8B8A8_UNORM,
      }),
    ],
    [
      'blit of depth and stencil',
      () => context.blit({ src: { resource: depth }, dst: { resource: depth } }),
      'BLIT',
      () => ({ mask: ChannelMask.ZS }),
    ],
    [
      'blit that flips',
      () =>
        context.blit({ src: { resource: texture, box: box(0, 32, 64, -32) }, dst: { resource: texture } }),
      'BLIT',
      () => ({ srcBox: box(0, 32, 64, -32) }),
    ],
    [
      'copyRegion',
      () =>
        context.copyRegion({
          src: { resource: texture, box: box(1, 2, 3, 4) },
          dst: { resource: texture, level: 1, x: 5, y: 6 },
        }),
      'RESOURCE_COPY_REGION',
      () => ({ srcBox: box(1, 2, 3, 4), dstLevel: 1, dstX: 5, dstY: 6, dstZ: 0, srcLevel: 0 }),
    ],
    [
      'memoryBarrier',
      () => context.memoryBarrier(Barrier.TEXTURE),
      'MEMORY_BARRIER',
      () => ({ flags: Barrier.TEXTURE }),
    ],
  ];

  test.each(cases)('%s', (_name, record, name, fields) => {
    const commands = recordedBy(context, record);
    expect(commands).toHaveLength(1);
    expect(commands[0].fields).toMatchObject(fields());
    expect(commands[0].name).toBe(name);
  });

  const wrong: [string, () => unknown, string | RegExp, string?][] = [
    ['clear of nothing', () => context.clear({}), 'values'],
    ['clear with null', () => context.clear(null as never), 'values'],
    ['clear with an unknown key', () => context.clear({ depth: 1, colour: [] } as never), 'colour'],
    ['clear with a colour of three', () => context.clear({ color: [0, 0, 0] }), 'color'],
    ['clear with a colour of words', () => context.clear({ color: ['a', 0, 0, 0] as never }), /^color/],
    ['clear with a depth of words', () => context.clear({ depth: 'far' as never }), 'depth'],
    ['draw with null', () => context.draw(null as never), 'arguments'],
    ['draw with a negative count', () => context.draw({ count: -1, mode: 4 }), 'count'],
    ['draw without mode', () => context.draw({ count: 3 } as never), 'mode'],
    ['draw with an unknown key', () => context.draw({ count: 3, mode: 4, counts: 2 } as never), 'counts'],
    [
      'draw indirect of nothing',
      () => context.draw({ count: 0, mode: 4, indirect: {} as never }),
      'indirect.resource',
    ],
    [
      'draw indirect of a destroyed buffer',
      () => context.draw({ count: 0, mode: 4, indirect: { resource: destroyed } }),
      'indirect.resource',
      'ERR_VIRGL_CLOSED',
    ],
    ['launchGrid without a grid', () => context.launchGrid({} as never), 'grid'],
    ['launchGrid with two sizes', () => context.launchGrid({ grid: [1, 2] as never }), /^grid/],
    ['launchGrid with a fraction', () => context.launchGrid({ grid: [1.5, 1, 1] }), 'grid[0]'],
    ['launchGrid with null', () => context.launchGrid(null as never), 'arguments'],
    ['blit of nothing', () => context.blit({} as never), 'src'],
    [
      'blit of a number',
      () => context.blit({ src: { resource: 3 as never }, dst: { resource: texture } }),
      'src.resource',
    ],
    [
      'blit to a destroyed resource',
      () => context.blit({ src: { resource: texture }, dst: { resource: destroyed } }),
      'dst.resource',
      'ERR_VIRGL_CLOSED',
    ],
    [
      'blit of a level that is not there',
      () => context.blit({ src: { resource: texture, level: 3 }, dst: { resource: texture } }),
      'src.level',
    ],
    [
      'blit of a box without depth',
      () => context.blit({ src: { resource: texture, box: { x: 0 } as never }, dst: { resource: texture } }),
      /^srcBox/,
    ],
    [
      'copyRegion outside of the source',
      () =>
        context.copyRegion({ src: { resource: texture, box: box(60, 0, 5, 1) }, dst: { resource: texture } }),
      'src.box.w',
    ],
    [
      'copyRegion outside of the target',
      () => context.copyRegion({ src: { resource: texture }, dst: { resource: texture, y: 1 } }),
      'dst.h',
    ],
    [
      'copyRegion to a level that is not there',
      () => context.copyRegion({ src: { resource: texture }, dst: { resource: texture, level: -1 } }),
      'dst.level',
    ],
    [
      'copyRegion of nothing',
      () => context.copyRegion({ src: null as never, dst: { resource: texture } }),
      'src',
    ],
    ['memoryBarrier of words', () => context.memoryBarrier('all' as never), 'flags'],
    ['beginQuery of nothing', () => context.beginQuery(undefined as never), 'query'],
    ['endQuery of a resource', () => context.endQuery(texture as never), 'query'],
    ['queryResult of nothing', () => context.queryResult(null as never), 'query'],
    ['createSurface of null', () => context.createSurface(null as never), 'descriptor'],
    ['createSurface of nothing', () => context.createSurface({} as never), 'resource'],
    ['createSurface of a level', () => context.createSurface({ resource: texture, level: 3 }), 'level'],
    [
      'createSurface of a layer',
      () => context.createSurface({ resource: texture, firstLayer: 1 }),
      'firstLayer',
    ],
    [
      'createSurface with an unknown key',
      () => context.createSurface({ resource: texture, layer: 0 } as never),
      'layer',
    ],
    ['createSamplerView of null', () => context.createSamplerView(null as never), 'descriptor'],
    [
      'createSamplerView of levels',
      () => context.createSamplerView({ resource: texture, lastLevel: 3 }),
      'lastLevel',
    ],
    [
      'createSamplerView of levels backwards',
      () => context.createSamplerView({ resource: texture, firstLevel: 2, lastLevel: 1 }),
      'lastLevel',
    ],
    [
      'createStreamOutputTarget beyond the buffer',
      () => context.createStreamOutputTarget({ resource: buffer, bufferOffset: 128, bufferSize: 129 }),
      'bufferSize',
    ],
    ['createStreamOutputTarget of null', () => context.createStreamOutputTarget(null as never), 'descriptor'],
    ['createBlend of words', () => context.createBlend('add' as never), 'descriptor'],
    ['createBlend with an unknown key', () => context.createBlend({ targets: [] } as never), 'targets'],
    ['createRasterizer', () => context.createRasterizer({ cullFace: 4 as never }), 'cullFace'],
    [
      'createDepthStencilAlpha',
      () => context.createDepthStencilAlpha({ depthEnabled: 1 as never }),
      'depthEnabled',
    ],
    ['createSamplerState', () => context.createSamplerState({ wrapS: 'repeat' as never }), 'wrapS'],
    ['createVertexElements of null', () => context.createVertexElements(null as never), 'descriptor'],
    [
      'createVertexElements of holes',
      () => context.createVertexElements({ elements: [null] as never }),
      /^elements/,
    ],
    ['createShader of null', () => context.createShader(null as never), 'descriptor'],
    ['createShader of a number', () => context.createShader({ text: 5 as never }), 'text'],
    ['createShader with an unknown key', () => context.createShader({ source: '' } as never), 'source'],
    ['createQuery of null', () => context.createQuery(null as never), 'descriptor'],
    ['createQuery of what is never counted', () => context.createQuery({ type: 3 }), 'type'],
    ['createQuery of a counter', () => context.createQuery({ type: 10, index: 11 }), 'index'],
    ['createResource of null', () => context.createResource(null as never), 'descriptor'],
    [
      'createResource of a format',
      () => context.createResource({ width: 1, bind: 2, format: 9999 }),
      'format',
    ],
    ['createResource of words', () => context.createResource({ width: '1', bind: 2 } as never), 'width'],
    [
      'createResource with an unknown key',
      () => context.createResource({ width: 1, bind: 2, size: 3 } as never),
      'size',
    ],
    ['createBuffer of nothing', () => context.createBuffer({ bind: 16, data: new Uint8Array(0) }), 'data'],
    ['createBuffer of an array', () => context.createBuffer({ bind: 16, data: [1] as never }), 'data'],
    ['attach of nothing', () => context.attach(undefined as never), 'resource'],
    ['attach of a destroyed resource', () => context.attach(destroyed), 'resource', 'ERR_VIRGL_CLOSED'],
    ['submit of bytes', () => context.submit(new Uint8Array(4) as never), 'commands'],
    ['submit of what is recorded', () => context.submit(context.commands), 'commands'],
    ['createSubContext with an unknown key', () => context.createSubContext({ name: 'x' } as never), 'name'],
    ['createSubContext with a number', () => context.createSubContext({ label: 3 as never }), 'label'],
  ];

  test.each(wrong)('wrong: %s', async (_name, act, field, code = 'ERR_VIRGL_ARGUMENT') => {
    const [before, counts] = [context.commands.dwords, context.counts()];
    const error = await errorOf(act);
    expect(error.code).toBe(code);
    if (field instanceof RegExp) expect(error.field).toMatch(field);
    else expect(error.field).toBe(field);
    expect(context.commands.dwords).toBe(before);
    expect(context.counts()).toEqual(counts);
    context.draw({ count: 3, mode: Primitive.TRIANGLES });
    await context.flush();
  });
});
