// What each create method records, and what becomes of the objects.

import {
  Bind,
  BlendFactor,
  CompareFunc,
  CullFace,
  Format,
  TextureTarget,
  TextureWrap,
} from '../../lib/protocol';
import type { Context, Resource } from '../../lib/renderer';
import {
  errorOf,
  recordedBy,
  recordingRenderer,
  type RecordingRenderer,
} from '../support/recording-renderer';

const FRAGMENT = 'FRAG\nDCL OUT[0], COLOR\nIMM[0] FLT32 {1.0, 0.0, 0.0, 1.0}\nMOV OUT[0], IMM[0]\nEND';

describe('objects', () => {
  let recording: RecordingRenderer;
  let context: Context;
  let texture: Resource;
  let buffer: Resource;

  beforeEach(async () => {
    recording = await recordingRenderer();
    context = await recording.renderer.createContext({ label: 'main' });
    const bind = Bind.RENDER_TARGET | Bind.SAMPLER_VIEW;
    texture = await context.createResource({ width: 64, height: 32, lastLevel: 3, bind });
    buffer = await context.createResource({
      target: TextureTarget.BUFFER,
      width: 256,
      bind: Bind.VERTEX_BUFFER,
    });
  });

  const cases: [string, string, () => { handle: number }, object][] = [
    [
      'blend',
      'BLEND',
      () => context.createBlend({ rt: [{ blendEnable: true, rgbSrcFactor: BlendFactor.SRC_ALPHA }] }),
      { rt: expect.arrayContaining([expect.objectContaining({ blendEnable: true, rgbSrcFactor: 3 })]) },
    ],
    [
      'rasterizer',
      'RASTERIZER',
      () => context.createRasterizer({ cullFace: CullFace.BACK }),
      { cullFace: CullFace.BACK, depthClip: true, halfPixelCenter: true },
    ],
    [
      'depth-stencil-alpha',
      'DSA',
      () => context.createDepthStencilAlpha({ depthEnabled: true, depthFunc: CompareFunc.LEQUAL }),
      { depthEnabled: true, depthFunc: CompareFunc.LEQUAL, depthWritemask: false },
    ],
    [
      'vertex elements',
      'VERTEX_ELEMENTS',
      () => context.createVertexElements({ elements: [{ srcOffset: 4, srcFormat: Format.R32_FLOAT }] }),
      { elements: [expect.objectContaining({ srcOffset: 4, srcFormat: Format.R32_FLOAT })] },
    ],
    [
      'sampler state',
      'SAMPLER_STATE',
      () => context.createSamplerState({ wrapS: TextureWrap.CLAMP_TO_EDGE, maxLod: 4 }),
      { wrapS: TextureWrap.CLAMP_TO_EDGE, maxLod: 4 },
    ],
    [
      'surface',
      'SURFACE',
      () => context.createSurface({ resource: texture, level: 2 }),
      { level: 2, firstLayer: 0, lastLayer: 0, format: Format.R8G8B8A8_UNORM },
    ],
    [
      'sampler view',
      'SAMPLER_VIEW',
      () => context.createSamplerView({ resource: texture, firstLevel: 1 }),
      { firstLevel: 1, lastLevel: 3, firstLayer: 0, lastLayer: 0, format: Format.R8G8B8A8_UNORM },
    ],
    [
      'sampler view of a buffer',
      'SAMPLER_VIEW',
      () => context.createSamplerView({ resource: buffer, format: Format.R8_UNORM, lastElement: 15 }),
      // In the stream the last element stands where a texture has its levels.
      { format: Format.R8_UNORM, firstLayer: 0, firstLevel: 15 },
    ],
    [
      'stream-output target',
      'STREAMOUT_TARGET',
      () => context.createStreamOutputTarget({ resource: buffer, bufferOffset: 16 }),
      { bufferOffset: 16, bufferSize: 240 },
    ],
    ['shader', 'SHADER', () => context.createShader({ text: FRAGMENT }), { stage: 1, text: FRAGMENT }],
  ];

  test.each(cases)('%s', (_name, object, create, fields) => {
    let made: { handle: number } | undefined;
    const [command, ...others] = recordedBy(context, () => (made = create()));
    expect(others).toEqual([]);
    expect(command).toMatchObject({
      name: 'CREATE_OBJECT',
      object,
      fields: { ...fields, handle: made?.handle },
    });
  });

  test('handles are never used again', () => {
    const first = context.createBlend();
    first.destroy();
    expect(context.createBlend().handle).toBeGreaterThan(first.handle);
  });

  test('destroy() records it once, and counts follow', () => {
    const before = context.counts();
    const sampler = context.createSamplerState({ label: 'smooth' });
    expect(context.counts()).toEqual({ ...before, 'sampler state': 1 });
    const commands = recordedBy(context, () => {
      sampler.destroy();
      sampler.destroy();
    });
    expect(commands).toMatchObject([
      { name: 'DESTROY_OBJECT', objectType: 7, fields: { handle: sampler.handle } },
    ]);
    expect(sampler.destroyed).toBe(true);
    expect(context.counts()).toEqual(before);
    {
      using scoped = context.createBlend();
      expect(context.counts().blend).toBe(2);
      expect(scoped.destroyed).toBe(false);
    }
    expect(context.counts()).toEqual(before);
  });

  test('a new context has Gallium defaults bound, and two resources are counted', () => {
    expect(context.counts()).toEqual({
      blend: 1,
      rasterizer: 1,
      'depth-stencil-alpha': 1,
      'vertex elements': 1,
      resources: 2,
    });
  });

  test('destroying a resource ends the views that were made of it by themselves', async () => {
    context.setState({ framebuffer: { color: [texture] }, samplerViews: { FRAGMENT: [texture] } });
    expect(context.counts()).toMatchObject({ surface: 1, 'sampler view': 1 });
    context.setState({ framebuffer: { color: [texture] } });
    expect(context.counts()).toMatchObject({ surface: 1 });
    await texture.destroy();
    expect(context.counts()).not.toHaveProperty('surface');
    expect(context.counts()).not.toHaveProperty('sampler view');
    const { commands } = recording.submissions.at(-1) ?? { commands: [] };
    expect(commands.slice(-2).map(({ name }) => name)).toEqual(['DESTROY_OBJECT', 'DESTROY_OBJECT']);
    expect(recording.host.calls.at(-1)).toMatchObject({ name: 'resourceUnref' });
    expect((await errorOf(() => context.createSurface({ resource: texture }))).code).toBe('ERR_VIRGL_CLOSED');
  });

  test('a shader says what is wrong with it, with line and column', async () => {
    const error = await errorOf(() =>
      context.createShader({ text: 'FRAG\nDCL OUT[0], COLOR\nMOVE OUT[0]\nEND' }),
    );
    expect(error).toMatchObject({
      code: 'ERR_VIRGL_DECODE',
      message: expect.stringContaining('line 3, column 1'),
    });
    expect(await errorOf(() => context.createShader({ text: FRAGMENT, stage: 'VERTEX' }))).toMatchObject({
      code: 'ERR_VIRGL_ARGUMENT',
      field: 'stage',
      value: 'VERTEX',
    });
  });
});
