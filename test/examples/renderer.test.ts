// The typed classes on the installed library: what goes into a resource comes out, queries count, contexts are apart.

import { NativeHost } from '../../lib/host';
import { Bind, CommandEncoder, Format, Primitive, QueryType, TextureTarget } from '../../lib/protocol';
import { type Context, Renderer, type Resource } from '../../lib/renderer';
import { errorOf } from '../support/recording-renderer';
import { describeNative, isRelease } from '../support/native-library';

const VERTEX = 'VERT\nDCL IN[0]\nDCL OUT[0], POSITION\nMOV OUT[0], IN[0]\nEND';
const FRAGMENT = 'FRAG\nDCL OUT[0], COLOR\nDCL CONST[0]\nMOV OUT[0], CONST[0]\nEND';
const RED = [255, 0, 0, 255];
const BLUE = [0, 0, 255, 255];
const SIZE = 16;

const pattern = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 37 + (at >> 8)) & 255);
const firstPixel = (pixels: Uint8Array): number[] => [...pixels.subarray(0, 4)];

describeNative('the typed classes', () => {
  let renderer: Renderer;
  let context: Context;

  beforeAll(async () => {
    renderer = await Renderer.open();
  });
  beforeEach(async () => {
    context = await renderer.createContext({ label: 'test' });
  });
  afterEach(async () => {
    await Promise.all([...renderer.contexts].map((one) => one.destroy()));
    expect(renderer.host.counts()).toEqual({ contexts: 0, resources: 0, backings: 0, fences: 0, calls: 0 });
  });
  afterAll(() => renderer.close());

  const target = (given = context): Promise<Resource> =>
    given.createResource({ width: SIZE, height: SIZE, bind: Bind.RENDER_TARGET | Bind.SAMPLER_VIEW });

  /** Covers everything with a triangle in the colour of CONST[0]. */
  const setUpCover = async (given: Context): Promise<void> => {
    const data = Float32Array.of(-1, -1, 3, -1, -1, 3);
    const vertices = await given.createBuffer({ bind: Bind.VERTEX_BUFFER, data });
    given.setState({
      shaders: [given.createShader({ text: VERTEX }), given.createShader({ text: FRAGMENT })],
      constants: { FRAGMENT: Float32Array.of(1, 0, 0, 1) },
      vertexBuffers: [{ resource: vertices, stride: 8 }],
      vertexElements: given.createVertexElements({ elements: [{ srcFormat: Format.R32G32_FLOAT }] }),
    });
  };
  const cover = (given: Context): void => given.draw({ count: 3, mode: Primitive.TRIANGLES });

  describe('what is written is read', () => {
    const bind = Bind.SAMPLER_VIEW;
    const { TEXTURE_1D, TEXTURE_3D, TEXTURE_CUBE, TEXTURE_2D_ARRAY, TEXTURE_1D_ARRAY, BUFFER } =
      TextureTarget;
    test.each([
      ['1D', { target: TEXTURE_1D, width: 33 }],
      ['1D array', { target: TEXTURE_1D_ARRAY, width: 8, arraySize: 3 }],
      ['2D', { width: 7, height: 5 }],
      ['3D', { target: TEXTURE_3D, width: 6, height: 5, depth: 4 }],
      ['cube', { target: TEXTURE_CUBE, width: 8, height: 8, arraySize: 6 }],
      ['array', { target: TEXTURE_2D_ARRAY, width: 5, height: 4, arraySize: 3 }],
      ['mip levels', { width: 32, height: 16, lastLevel: 4 }],
      ['mip levels of 3D', { target: TEXTURE_3D, width: 8, height: 8, depth: 8, lastLevel: 2 }],
      ['mip levels of a cube', { target: TEXTURE_CUBE, width: 8, height: 8, arraySize: 6, lastLevel: 2 }],
      ['bytes', { width: 9, height: 3, format: Format.R8_UNORM }],
      ['floats', { width: 3, height: 3, format: Format.R32G32B32A32_UINT }],
      ['a buffer', { target: BUFFER, width: 1000, bind: Bind.VERTEX_BUFFER }],
      ['a shader buffer', { target: BUFFER, width: 1000, bind: Bind.SHADER_BUFFER }],
    ])('%s', async (_name, descriptor) => {
      const resource = await context.createResource({ bind, ...descriptor });
      const levels = Array.from({ length: resource.descriptor.lastLevel + 1 }, (_, level) => level);
      for (const level of levels)
        await resource.write(
          pattern(resource.byteSize({ level })).map((byte) => byte ^ level),
          { level },
        );
      for (const level of levels) {
        const size = resource.byteSize({ level });
        expect(await resource.read({ level })).toEqual(pattern(size).map((byte) => byte ^ level));
      }
    });

    test('a part of a 2D texture, and nothing else', async () => {
      const texture = await context.createResource({ width: 8, height: 8, bind });
      await texture.write(new Uint8Array(256).fill(9));
      const box = { x: 2, y: 3, w: 4, h: 2 };
      await texture.write(pattern(32), { box });
      expect(await texture.read({ box })).toEqual(pattern(32));
      const all = await texture.read();
      expect(all.filter((byte) => byte === 9).length).toBeGreaterThanOrEqual(256 - 32);
      expect([...all.subarray((3 * 8 + 2) * 4, (3 * 8 + 6) * 4)]).toEqual([...pattern(16)]);
    });

    test('a part of a buffer', async () => {
      const buffer = await context.createBuffer({ bind: Bind.VERTEX_BUFFER, data: pattern(100) });
      await buffer.write(Uint8Array.of(1, 2, 3), { box: { x: 50, w: 3 } });
      expect([...(await buffer.read({ box: { x: 49, w: 5 } }))]).toEqual([
        pattern(50)[49],
        1,
        2,
        3,
        pattern(54)[53],
      ]);
    });

    test('one face of a cube, one layer of an array, one slice of a volume', async () => {
      for (const descriptor of [
        { target: TEXTURE_CUBE, width: 4, height: 4, arraySize: 6 },
        { target: TEXTURE_2D_ARRAY, width: 4, height: 4, arraySize: 6 },
        { target: TEXTURE_3D, width: 4, height: 4, depth: 6 },
      ]) {
        const resource = await context.createResource({ bind, ...descriptor });
        await resource.write(pattern(6 * 64));
        expect(await resource.read({ box: { z: 4, d: 1 } })).toEqual(
          pattern(6 * 64).subarray(4 * 64, 5 * 64),
        );
      }
    });

    test('B8G8R8A8 as R8G8B8A8', async () => {
      const format = Format.B8G8R8A8_UNORM;
      const texture = await context.createResource({ width: 2, height: 1, format, bind: Bind.RENDER_TARGET });
      await texture.write(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
      const pixels = await texture.read({ format: Format.R8G8B8A8_UNORM });
      expect([...pixels]).toEqual([3, 2, 1, 4, 7, 6, 5, 8]);
      context.setState({ framebuffer: { color: [texture] } });
      context.clear({ color: [1, 0, 0, 1] });
      expect(firstPixel(await texture.read({ format: Format.R8G8B8A8_UNORM }))).toEqual(RED);
    });
  });

  test('a clear, a draw, a copy and a blit', async () => {
    const [from, to] = [await target(), await target()];
    await setUpCover(context);
    context.setState({ framebuffer: { color: [from] } });
    context.clear({ color: [0, 0, 1, 1] });
    expect(firstPixel(await from.read())).toEqual(BLUE);
    cover(context);
    context.copyRegion({ src: { resource: from }, dst: { resource: to } });
    expect(firstPixel(await to.read())).toEqual(RED);
    context.clear({ color: [0, 0, 1, 1] });
    context.blit({ src: { resource: from }, dst: { resource: to } });
    expect(firstPixel(await to.read())).toEqual(BLUE);
  });

  test('a level of a texture is drawn to by its surface', async () => {
    const texture = await context.createResource({
      width: 8,
      height: 8,
      lastLevel: 2,
      bind: Bind.RENDER_TARGET,
    });
    await setUpCover(context);
    context.setState({ framebuffer: { color: [context.createSurface({ resource: texture, level: 1 })] } });
    cover(context);
    const pixels = await texture.read({ level: 1 });
    expect(firstPixel(pixels)).toEqual(RED);
    expect([...pixels.subarray(-4)]).toEqual(RED);
  });

  describe('queries', () => {
    test('count what is drawn, and may be used again', async () => {
      await setUpCover(context);
      context.setState({ framebuffer: { color: [await target()] } });
      const query = await context.createQuery({ type: QueryType.OCCLUSION_COUNTER, label: 'seen' });
      for (const draws of [1, 3, 0]) {
        context.beginQuery(query);
        for (let count = 0; count < draws; count += 1) cover(context);
        context.endQuery(query);
        expect(await context.queryResult(query)).toBe(BigInt(draws * SIZE * SIZE));
      }
    });

    test('primitives, predicates and time', async () => {
      await setUpCover(context);
      context.setState({ framebuffer: { color: [await target()] } });
      const types = ['PRIMITIVES_GENERATED', 'OCCLUSION_PREDICATE', 'TIMESTAMP', 'TIME_ELAPSED'] as const;
      const results = [];
      for (const type of types) {
        const query = await context.createQuery({ type: QueryType[type] });
        if (type !== 'TIMESTAMP') context.beginQuery(query);
        cover(context);
        context.endQuery(query);
        results.push(await context.queryResult(query));
      }
      expect(results.slice(0, 2)).toEqual([1n, 1n]);
      expect(results[2]).toBeGreaterThan(0n);
    });

    test('that have not ended, that end, and that were destroyed', async () => {
      const query = await context.createQuery({ type: QueryType.OCCLUSION_COUNTER, label: 'mine' });
      expect((await errorOf(() => context.queryResult(query))).message).toMatch(/has ended.*mine/);
      context.beginQuery(query);
      expect((await errorOf(() => context.queryResult(query))).field).toBe('query');
      context.endQuery(query);
      const other = await renderer.createContext();
      expect((await errorOf(() => other.queryResult(query))).message).toMatch(/belongs to context "test"/);
      const counts = context.counts();
      query.destroy();
      expect((await errorOf(() => context.queryResult(query))).code).toBe('ERR_VIRGL_CLOSED');
      await context.flush();
      expect(context.counts().resources).toBe(counts.resources - 1);
    });

    test('a result that is asked for twice at once', async () => {
      const query = await context.createQuery({ type: QueryType.TIMESTAMP });
      context.endQuery(query);
      const [first, second] = await Promise.all([context.queryResult(query), context.queryResult(query)]);
      expect(second).toBe(first);
    });

    test('a draw depends on a query', async () => {
      await setUpCover(context);
      const texture = await target();
      context.setState({ framebuffer: { color: [texture] } });
      context.clear({ color: [0, 0, 1, 1] });
      const query = await context.createQuery({ type: QueryType.OCCLUSION_PREDICATE });
      context.beginQuery(query);
      context.endQuery(query);
      context.setState({ renderCondition: { query } });
      cover(context);
      expect(firstPixel(await texture.read())).toEqual(BLUE);
      context.setState({ renderCondition: null });
      cover(context);
      expect(firstPixel(await texture.read())).toEqual(RED);
    });
  });

  test('fences are reached in order', async () => {
    const order: number[] = [];
    const fences = Array.from({ length: 5 }, (_, index) => {
      context.setState({ sampleMask: index });
      const fence = context.fence();
      void fence.finished.then(() => order.push(index));
      return fence;
    });
    await Promise.all(fences.map(({ finished }) => finished));
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(fences.every(({ signaled }) => signaled)).toBe(true);
  });

  test('sub-contexts have state of their own and share resources', async () => {
    const texture = await target();
    const sub = await context.createSubContext();
    await setUpCover(context);
    await setUpCover(sub);
    context.setState({
      framebuffer: { color: [texture] },
      constants: { FRAGMENT: Float32Array.of(0, 0, 1, 1) },
    });
    sub.setState({ framebuffer: { color: [texture] } });
    cover(context);
    expect(firstPixel(await texture.read())).toEqual(BLUE);
    cover(sub);
    expect(firstPixel(await texture.read())).toEqual(RED);
    cover(context);
    expect(firstPixel(await texture.read())).toEqual(BLUE);
    await sub.destroy();
    cover(context);
    expect(firstPixel(await texture.read())).toEqual(BLUE);
    const second = await context.createSubContext();
    second.setState({ framebuffer: { color: [texture] } });
    second.clear({ color: [1, 0, 0, 1] });
    expect(firstPixel(await texture.read())).toEqual(RED);
  });

  test('a texture that two contexts use', async () => {
    const other = await renderer.createContext({ label: 'other' });
    const texture = await target();
    expect((await errorOf(() => other.createSurface({ resource: texture }))).message).toContain(
      'attached to',
    );
    await other.attach(texture);
    context.setState({ framebuffer: { color: [texture] } });
    context.clear({ color: [1, 0, 0, 1] });
    await context.finished();
    const copy = await target(other);
    other.copyRegion({ src: { resource: texture }, dst: { resource: copy } });
    expect(firstPixel(await copy.read())).toEqual(RED);
    await context.destroy();
    expect(firstPixel(await copy.read())).toEqual(RED);
    expect((await errorOf(() => texture.read())).code).toBe('ERR_VIRGL_CLOSED');
  });

  test('a lost context says at its next call which command it was, and others go on', async () => {
    const commands = new CommandEncoder().setSampleMask({ mask: 1 }).beginQuery({ handle: 4711 });
    await context.flush();
    const sent = await errorOf(() => context.submit(commands));
    expect(sent).toMatchObject({ code: 'ERR_VIRGL_CONTEXT_LOST', contextId: context.id, commandIndex: 1 });
    expect(sent.message).toContain('BEGIN_QUERY');
    const next = await errorOf(() => cover(context));
    expect(next).toMatchObject({ code: 'ERR_VIRGL_CONTEXT_LOST', message: sent.message });
    const other = await renderer.createContext();
    const texture = await target(other);
    other.setState({ framebuffer: { color: [texture] } });
    other.clear({ color: [0, 0, 1, 1] });
    expect(firstPixel(await texture.read())).toEqual(BLUE);
  });

  test('a resource that virglrenderer does not make', async () => {
    const error = await errorOf(() =>
      context.createResource({ width: 8, height: 8, arraySize: 2, bind: Bind.SAMPLER_VIEW }),
    );
    expect(error).toMatchObject({ code: 'ERR_VIRGL_REFUSED', operation: 'resourceCreate' });
    expect(context.counts().resources).toBe(0);
    await target();
  });

  test('everything is gone after destroy', async () => {
    const sub = await context.createSubContext();
    await sub.createQuery({ type: QueryType.TIMESTAMP });
    await context.createQuery({ type: QueryType.TIMESTAMP });
    await target();
    await target(sub);
    expect(renderer.host.counts()).toMatchObject({ contexts: 1, resources: 4, backings: 2 });
    await context.destroy();
    expect(renderer.host.counts()).toMatchObject({ contexts: 0, resources: 0, backings: 0 });
  });

  test('what the library is', () => {
    expect(renderer.host).toBeInstanceOf(NativeHost);
    expect(renderer.limits.maxTexture2dSize).toBeGreaterThanOrEqual(2048);
    expect(renderer.features.occlusionQueries).toBe(true);
    if (isRelease('0.10')) expect(renderer.info.renderer).not.toBe('');
  });
});
