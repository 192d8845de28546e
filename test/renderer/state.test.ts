// What setState records for each key, and that it records all or nothing.

import { Bind, Format, ImageAccess, ObjectType, TextureTarget } from '../../lib/protocol';
import type { Context, ContextState, Resource } from '../../lib/renderer';
import {
  errorOf,
  recordedBy,
  recordingRenderer,
  type RecordingRenderer,
} from '../support/recording-renderer';

const VERTEX = 'VERT\nDCL IN[0]\nDCL OUT[0], POSITION\nMOV OUT[0], IN[0]\nEND';

describe('state', () => {
  let recording: RecordingRenderer;
  let context: Context;
  let target: Resource;
  let buffer: Resource;

  beforeEach(async () => {
    recording = await recordingRenderer();
    context = await recording.renderer.createContext();
    target = await context.createResource({ width: 64, height: 32, lastLevel: 2, bind: Bind.RENDER_TARGET });
    const bind = Bind.VERTEX_BUFFER;
    buffer = await context.createResource({ target: TextureTarget.BUFFER, width: 256, bind });
  });

  const cases: [string, () => ContextState, string, () => object][] = [
    [
      'viewport: y points down',
      () => ({ viewport: { x: 10, y: 20, width: 100, height: 50 } }),
      'SET_VIEWPORT_STATE',
      () => ({ startSlot: 0, viewports: [{ scale: [50, -25, 0.5], translate: [60, 45, 0.5] }] }),
    ],
    [
      'viewports',
      () => ({
        viewport: [
          { scale: [1, 2, 3], translate: [4, 5, 6] },
          { width: 2, height: 2, near: 1, far: 0 },
        ],
      }),
      'SET_VIEWPORT_STATE',
      () => ({
        viewports: [
          { scale: [1, 2, 3], translate: [4, 5, 6] },
          { scale: [1, -1, -0.5], translate: [1, 1, 0.5] },
        ],
      }),
    ],
    [
      'scissors',
      () => ({ scissors: [{ minX: 1, minY: 2, maxX: 3, maxY: 4 }] }),
      'SET_SCISSOR_STATE',
      () => ({ scissors: [{ minX: 1, minY: 2, maxX: 3, maxY: 4 }] }),
    ],
    [
      'vertexBuffers',
      () => ({ vertexBuffers: [{ resource: buffer, stride: 20, offset: 4 }] }),
      'SET_VERTEX_BUFFERS',
      () => ({ buffers: [{ stride: 20, offset: 4, resource: buffer.id }] }),
    ],
    [
      'indexBuffer',
      () => ({ indexBuffer: { resource: buffer, indexSize: 2 } }),
      'SET_INDEX_BUFFER',
      () => ({ resource: buffer.id, indexSize: 2, offset: 0 }),
    ],
    ['no indexBuffer', () => ({ indexBuffer: null }), 'SET_INDEX_BUFFER', () => ({ resource: 0 })],
    [
      'withoutShaders',
      () => ({ withoutShaders: ['GEOMETRY'] }),
      'BIND_SHADER',
      () => ({ handle: 0, stage: 2 }),
    ],
    [
      'constants',
      () => ({ constants: { FRAGMENT: Float32Array.of(1, 2, 3, 4) } }),
      'SET_CONSTANT_BUFFER',
      () => ({ stage: 1, data: new Uint32Array(Float32Array.of(1, 2, 3, 4).buffer) }),
    ],
    [
      'uniformBuffers',
      () => ({ uniformBuffers: { VERTEX: { 3: { resource: buffer, offset: 64 } } } }),
      'SET_UNIFORM_BUFFER',
      () => ({ stage: 0, index: 3, offset: 64, length: 192, resource: buffer.id }),
    ],
    [
      'no uniformBuffer',
      () => ({ uniformBuffers: { VERTEX: { 3: null } } }),
      'SET_UNIFORM_BUFFER',
      () => ({ index: 3, resource: 0 }),
    ],
    [
      'shaderBuffers',
      () => ({ shaderBuffers: { COMPUTE: [null, { resource: buffer, length: 16 }] } }),
      'SET_SHADER_BUFFERS',
      () => ({
        stage: 5,
        buffers: [
          { offset: 0, length: 0, resource: 0 },
          { offset: 0, length: 16, resource: buffer.id },
        ],
      }),
    ],
    [
      'shaderImages',
      () => ({ shaderImages: { FRAGMENT: [{ resource: target, access: ImageAccess.WRITE, level: 1 }] } }),
      'SET_SHADER_IMAGES',
      () => ({
        images: [expect.objectContaining({ format: Format.R8G8B8A8_UNORM, access: 2, resource: target.id })],
      }),
    ],
    [
      'atomicBuffers',
      () => ({ atomicBuffers: [{ resource: buffer }] }),
      'SET_ATOMIC_BUFFERS',
      () => ({ buffers: [{ offset: 0, length: 256, resource: buffer.id }] }),
    ],
    [
      'no streamOutputTargets',
      () => ({ streamOutputTargets: [] }),
      'SET_STREAMOUT_TARGETS',
      () => ({ targets: [] }),
    ],
    [
      'stencilRef',
      () => ({ stencilRef: { front: 1, back: 2 } }),
      'SET_STENCIL_REF',
      () => ({ front: 1, back: 2 }),
    ],
    [
      'blendColor',
      () => ({ blendColor: [0, 0.25, 0.5, 1] }),
      'SET_BLEND_COLOR',
      () => ({ color: [0, 0.25, 0.5, 1] }),
    ],
    ['sampleMask', () => ({ sampleMask: 5 }), 'SET_SAMPLE_MASK', () => ({ mask: 5 })],
    ['minSamples', () => ({ minSamples: 4 }), 'SET_MIN_SAMPLES', () => ({ minSamples: 4 })],
    [
      'clipPlanes',
      () => ({ clipPlanes: Array.from({ length: 8 }, () => [1, 2, 3, 4]) as never }),
      'SET_CLIP_STATE',
      () => ({ planes: expect.arrayContaining([[1, 2, 3, 4]]) }),
    ],
    [
      'polygonStipple',
      () => ({ polygonStipple: Array.from({ length: 32 }, (_, row) => row) as never }),
      'SET_POLYGON_STIPPLE',
      () => ({ stipple: Array.from({ length: 32 }, (_, row) => row) }),
    ],
    [
      'tessellation',
      () => ({ tessellation: { outer: [1, 2, 3, 4], inner: [5, 6] } }),
      'SET_TESS_STATE',
      () => ({ outer: [1, 2, 3, 4], inner: [5, 6] }),
    ],
    [
      'withoutConstants',
      () => ({ withoutConstants: { FRAGMENT: [3] } }),
      'SET_CONSTANT_BUFFER',
      () => ({ stage: 1, index: 3, data: new Float32Array() }),
    ],
    ['no blend', () => ({ blend: null }), 'BIND_OBJECT', () => ({ type: ObjectType.BLEND, handle: 0 })],
    [
      'no vertexElements',
      () => ({ vertexElements: null }),
      'BIND_OBJECT',
      () => ({ type: ObjectType.VERTEX_ELEMENTS, handle: 0 }),
    ],
    [
      'framebufferSize',
      () => ({ framebufferSize: { width: 8, height: 4, layers: 1 } }),
      'SET_FRAMEBUFFER_STATE_NO_ATTACH',
      () => ({ width: 8, height: 4, layers: 1 }),
    ],
    [
      'holes in shaderImages',
      () => ({ shaderImages: { COMPUTE: [null] } }),
      'SET_SHADER_IMAGES',
      () => ({ images: [{ resource: 0 }] }),
    ],
    ['no renderCondition', () => ({ renderCondition: null }), 'SET_RENDER_CONDITION', () => ({ handle: 0 })],
  ];

  test.each(cases)('%s', (_name, state, name, fields) => {
    const commands = recordedBy(context, () => context.setState(state()));
    expect(commands).toHaveLength(1);
    expect(commands[0].fields).toMatchObject(fields());
    expect(commands[0].name).toBe(name);
  });

  test('objects are bound by their handles', () => {
    const blend = context.createBlend();
    const rasterizer = context.createRasterizer();
    const depthStencilAlpha = context.createDepthStencilAlpha();
    const shader = context.createShader({ text: VERTEX });
    const sampler = context.createSamplerState();
    const output = context.createStreamOutputTarget({ resource: buffer });
    const commands = recordedBy(context, () =>
      context.setState({
        blend,
        rasterizer,
        depthStencilAlpha,
        shaders: [shader],
        samplerStates: { FRAGMENT: [null, sampler] },
        streamOutputTargets: [output],
      }),
    );
    expect(commands.map(({ name, fields }) => [name, fields])).toMatchObject([
      ['BIND_OBJECT', { handle: blend.handle }],
      ['BIND_OBJECT', { handle: rasterizer.handle }],
      ['BIND_OBJECT', { handle: depthStencilAlpha.handle }],
      ['BIND_SHADER', { handle: shader.handle, stage: 0 }],
      ['BIND_SAMPLER_STATES', { stage: 1, startSlot: 0, states: [0, sampler.handle] }],
      ['SET_STREAMOUT_TARGETS', { targets: [output.handle] }],
    ]);
  });

  test('a framebuffer of resources makes surfaces once, and comes with a viewport', () => {
    const first = recordedBy(context, () => context.setState({ framebuffer: { color: [null, target] } }));
    expect(first.map(({ name }) => name)).toEqual([
      'CREATE_OBJECT',
      'SET_FRAMEBUFFER_STATE',
      'SET_VIEWPORT_STATE',
    ]);
    const { handle } = first[0].fields as { handle: number };
    expect(first[1].fields).toMatchObject({ colorBuffers: [0, handle], zsurf: 0 });
    expect(first[2].fields).toMatchObject({
      viewports: [{ scale: [32, -16, 0.5], translate: [32, 16, 0.5] }],
    });
    const second = recordedBy(context, () =>
      context.setState({ framebuffer: { color: [target] }, viewport: { width: 8, height: 8 } }),
    );
    expect(second.map(({ name }) => name)).toEqual(['SET_FRAMEBUFFER_STATE', 'SET_VIEWPORT_STATE']);
    expect(second[1].fields).toMatchObject({ viewports: [{ scale: [4, -4, 0.5] }] });
  });

  test('the viewport of a surface is that of its level', () => {
    const surface = context.createSurface({ resource: target, level: 2 });
    const commands = recordedBy(context, () => context.setState({ framebuffer: { color: [surface] } }));
    expect(commands[1].fields).toMatchObject({ viewports: [{ scale: [8, -4, 0.5] }] });
  });

  test('nothing is set when one key is wrong, and views made on the way are real', async () => {
    const state = { framebuffer: { color: [target] }, sampleMask: -1 };
    const commands = recordedBy(context, () => expect(() => context.setState(state)).toThrow('mask'));
    expect(commands).toMatchObject([{ name: 'CREATE_OBJECT', object: 'SURFACE' }]);
    const next = recordedBy(context, () => context.setState({ framebuffer: { color: [target] } }));
    const { handle } = commands[0].fields as { handle: number };
    expect(next[0]).toMatchObject({ name: 'SET_FRAMEBUFFER_STATE', fields: { colorBuffers: [handle] } });
    // The framebuffer that was not set is not cleared either.
    expect((await errorOf(() => context.clear({ color: [0, 0] }))).field).toBe('color');
  });

  test('an unknown key names the one that was meant, or all', async () => {
    expect(await errorOf(() => context.setState({ rasteriser: null } as never))).toMatchObject({
      code: 'ERR_VIRGL_ARGUMENT',
      operation: 'setState',
      field: 'rasteriser',
      message: expect.stringContaining('did you mean rasterizer?'),
    });
    expect((await errorOf(() => context.setState({ wireframeOnly: 1 } as never))).message).toMatch(
      /it takes framebuffer, framebufferSize, viewport,/,
    );
    expect((await errorOf(() => context.setState({ toString: 1 } as never))).field).toBe('toString');
  });

  test.each([
    ['state', null, 'state'],
    ['state', [], 'state'],
    ['framebuffer', { framebuffer: 7 }, 'framebuffer'],
    ['framebuffer.color', { framebuffer: { color: 7 } }, 'framebuffer.color'],
    ['colour', { framebuffer: { color: ['x'] } }, 'framebuffer.color[0]'],
    ['a hole in depthStencil', { framebuffer: { depthStencil: {} } }, 'framebuffer.depthStencil'],
    ['a key of framebuffer', { framebuffer: { colour: [] } }, 'colour'],
    ['viewport', { viewport: 'all' }, 'viewport'],
    ['viewport.width', { viewport: { width: '8', height: 8 } }, 'viewport.width'],
    ['viewport.height', { viewport: { width: 8, height: NaN } }, 'viewport.height'],
    ['a key of viewport', { viewport: { width: 8, height: 8, depth: 1 } }, 'depth'],
    ['blend', { blend: {} }, 'blend'],
    ['null where something must be', { sampleMask: null }, 'sampleMask'],
    ['vertexBuffers', { vertexBuffers: {} }, 'vertexBuffers'],
    ['a vertex buffer', { vertexBuffers: [null] }, 'vertexBuffers[0]'],
    ['resource', { vertexBuffers: [{ resource: 3, stride: 4 }] }, 'vertexBuffers[0].resource'],
    ['indexBuffer', { indexBuffer: 5 }, 'indexBuffer'],
    ['shaders', { shaders: 'all' }, 'shaders'],
    ['a shader', { shaders: [null] }, 'shaders[0]'],
    ['withoutShaders', { withoutShaders: ['PIXEL'] }, 'withoutShaders[0]'],
    ['constants', { constants: { VERTEX: [1, 2] } }, 'constants.VERTEX'],
    ['a stage', { constants: { PIXEL: new Float32Array(4) } }, 'PIXEL'],
    ['a stage of all objects', { constants: { constructor: new Float32Array(4) } }, 'constructor'],
    ['uniformBuffers', { uniformBuffers: { VERTEX: 4 } }, 'uniformBuffers.VERTEX'],
    ['slot 0', { uniformBuffers: { VERTEX: { 0: null } } }, 'uniformBuffers.VERTEX'],
    ['samplerViews', { samplerViews: { VERTEX: 4 } }, 'samplerViews.VERTEX'],
    ['a sampler view', { samplerViews: { VERTEX: [4] } }, 'samplerViews.VERTEX[0]'],
    ['a sampler state', { samplerStates: { VERTEX: [{}] } }, 'samplerStates.VERTEX[0]'],
    ['a shader buffer', { shaderBuffers: { COMPUTE: [1] } }, 'shaderBuffers.COMPUTE[0]'],
    ['a shader image', { shaderImages: { COMPUTE: [7] } }, 'shaderImages.COMPUTE[0]'],
    ['withoutConstants', { withoutConstants: { VERTEX: [99] } }, 'withoutConstants.VERTEX[0]'],
    ['atomicBuffers', { atomicBuffers: 1 }, 'atomicBuffers'],
    ['streamOutputTargets', { streamOutputTargets: [1] }, 'streamOutputTargets[0]'],
    ['sampleMask', { sampleMask: 2 ** 32 }, 'mask'],
    ['blendColor', { blendColor: [1] }, /color/],
    ['renderCondition', { renderCondition: true }, 'renderCondition'],
    ['renderCondition.query', { renderCondition: { query: 1 } }, 'renderCondition.query'],
  ])('wrong %s', async (_name, state, field) => {
    const before = context.commands.dwords;
    const error = await errorOf(() => context.setState(state as never));
    expect(error.code).toBe('ERR_VIRGL_ARGUMENT');
    expect(error.field).toMatch(
      field instanceof RegExp ? field : new RegExp(`^${field.replace(/[[\]]/g, '\\$&')}$`),
    );
    expect(context.commands.dwords).toBe(before);
    context.setState({ sampleMask: 1 });
  });

  test('ranges of buffers end where the buffer ends', async () => {
    const ranges = (range: object) => ({ shaderBuffers: { COMPUTE: [{ resource: buffer, ...range }] } });
    for (const [range, field] of [
      [{ offset: 257 }, 'offset'],
      [{ offset: -1 }, 'offset'],
      [{ offset: 1.5 }, 'offset'],
      [{ offset: 200, length: 57 }, 'length'],
      [{ length: '4' }, 'length'],
      [{ size: 4 }, 'size'],
    ] as const) {
      const error = await errorOf(() => context.setState(ranges(range) as never));
      expect(error.field).toMatch(new RegExp(`${field}$`));
    }
  });

  test('objects of another kind, of another context, and destroyed ones', async () => {
    const other = await recording.renderer.createContext({ label: 'other' });
    const foreign = other.createBlend({ label: 'theirs' });
    expect(await errorOf(() => context.setState({ blend: foreign }))).toMatchObject({
      code: 'ERR_VIRGL_ARGUMENT',
      field: 'blend',
      message: expect.stringMatching(/blend "theirs" .* belongs to context "other", not to context 1/),
    });
    const rasterizer = context.createRasterizer();
    expect((await errorOf(() => context.setState({ blend: rasterizer as never }))).message).toMatch(
      /expected a Blend for blend but received rasterizer \(handle \d+\)/,
    );
    const blend = context.createBlend();
    blend.destroy();
    expect((await errorOf(() => context.setState({ blend }))).code).toBe('ERR_VIRGL_CLOSED');
    const theirs = await other.createResource({ width: 4, height: 4, bind: Bind.RENDER_TARGET });
    expect(await errorOf(() => context.setState({ framebuffer: { color: [theirs] } }))).toMatchObject({
      field: 'framebuffer.color[0]',
      message: expect.stringContaining('attached to context 1'),
    });
    await context.attach(theirs);
    context.setState({ framebuffer: { color: [theirs] } });
    await target.destroy();
    expect((await errorOf(() => context.setState({ framebuffer: { color: [target] } }))).code).toBe(
      'ERR_VIRGL_CLOSED',
    );
  });
});
