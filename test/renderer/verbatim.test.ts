// Streams that somebody else composed: chosen ids and handles, and contexts that record only what they are told.

import { SharedMemory } from '../../lib/host';
import { Bind, Format, Primitive, QueryType, TextureTarget } from '../../lib/protocol';
import { type Context, Renderer, type Resource } from '../../lib/renderer';
import { errorOf, recordedBy, recordingRenderer, syntheticCapset } from '../support/recording-renderer';

const VERTEX = 'VERT\nDCL IN[0]\nDCL OUT[0], POSITION\nMOV OUT[0], IN[0]\nEND';
const FRAGMENT = 'FRAG\nDCL OUT[0], COLOR\nIMM[0] FLT32 {1.0, 0.0, 0.0, 1.0}\nMOV OUT[0], IMM[0]\nEND';

describe('chosen ids', () => {
  test('contexts, resources and objects take them, and count on from there', async () => {
    const { renderer } = await recordingRenderer();
    const context = await renderer.createContext({ id: 7 });
    expect([context.id, (await renderer.createContext()).id]).toEqual([7, 8]);
    const bind = Bind.RENDER_TARGET;
    const first = await context.createResource({ id: 40, width: 4, height: 4, bind });
    const second = await context.createResource({ width: 4, height: 4, bind });
    expect([first.id, second.id]).toEqual([40, 41]);
    const objects = [
      context.createBlend({ handle: 20 }),
      context.createBlend(),
      context.createShader({ handle: 90, text: VERTEX }),
      context.createSurface({ handle: 30, resource: first }),
      context.createRasterizer(),
      await context.createQuery({ handle: 95, type: QueryType.OCCLUSION_COUNTER }),
    ];
    expect(objects.map(({ handle }) => handle)).toEqual([20, 21, 90, 30, 91, 95]);
  });

  test('what can be no id is refused', async () => {
    const { renderer } = await recordingRenderer();
    const context = await renderer.createContext();
    expect((await errorOf(() => renderer.createContext({ id: 0 }))).field).toBe('id');
    expect((await errorOf(() => renderer.createContext({ verbatim: 1 as never }))).field).toBe('verbatim');
    expect((await errorOf(() => context.createSubContext({ id: 3 } as never))).field).toBe('id');
    const bind = Bind.RENDER_TARGET;
    expect((await errorOf(() => context.createResource({ id: 1.5, width: 4, bind }))).field).toBe('id');
    expect((await errorOf(() => context.createBlend({ handle: 0 }))).field).toBe('handle');
    const query = { type: QueryType.OCCLUSION_COUNTER } as const;
    expect((await errorOf(() => context.createQuery({ ...query, handle: 0 }))).field).toBe('handle');
    expect((await errorOf(() => context.createQuery({ ...query, result: {} as never }))).field).toBe(
      'result.memory',
    );
    expect((await errorOf(() => context.createShader({ handle: -1, text: VERTEX }))).field).toBe('handle');
  });

  test('a resource takes its backing with it', async () => {
    const { renderer, host } = await recordingRenderer();
    const context = await renderer.createContext();
    using memory = SharedMemory.create(4096, { name: 'test' });
    const backing = [memory.range(0, 256)];
    const target = TextureTarget.BUFFER;
    await context.createResource({ target, width: 256, bind: Bind.VERTEX_BUFFER, backing });
    const made = host.calls.find(({ name }) => name === 'resourceCreate');
    expect(made?.args).toMatchObject({ width: 256, backing });
  });

  test('a known capability set is not asked for', async () => {
    const { host } = await recordingRenderer();
    const asked = host.calls.length;
    const renderer = await Renderer.open({ host, capset: syntheticCapset() });
    expect(host.calls).toHaveLength(asked);
    expect(renderer.info.capset.id).toBe(2);
    const capset = syntheticCapset();
    expect((await errorOf(() => Renderer.open({ capset }))).field).toBe('capset');
    expect((await errorOf(() => Renderer.open({ host, capset: 7 as never }))).field).toBe('capset');
  });
});

describe('a verbatim context', () => {
  let context: Context;
  let texture: Resource;
  let buffer: Resource;
  let sent: () => number;

  beforeEach(async () => {
    const { renderer, submissions } = await recordingRenderer();
    sent = () => submissions.length;
    context = await renderer.createContext({ verbatim: true });
    texture = await context.createResource({ width: 8, height: 8, bind: Bind.RENDER_TARGET });
    const target = TextureTarget.BUFFER;
    buffer = await context.createResource({ target, width: 256, bind: Bind.VERTEX_BUFFER });
  });

  test('begins with nothing, and its first object has handle 1', () => {
    expect(context.commands.dwords).toBe(0);
    expect(context.counts()).toEqual({ resources: 2 });
    expect(context.createBlend().handle).toBe(1);
  });

  test('sets a framebuffer without a viewport', () => {
    const surface = context.createSurface({ resource: texture });
    const commands = recordedBy(context, () => context.setState({ framebuffer: { color: [surface] } }));
    expect(commands.map(({ name }) => name)).toEqual(['SET_FRAMEBUFFER_STATE']);
  });

  test('leaves vertex elements and buffers where they are', () => {
    const elements = [{ srcFormat: Format.R32_FLOAT }, { srcFormat: Format.R32_FLOAT, instanceDivisor: 1 }];
    const commands = recordedBy(context, () =>
      context.setState({
        vertexElements: context.createVertexElements({ elements }),
        vertexBuffers: [{ resource: buffer, stride: 4 }],
      }),
    );
    expect(commands.map(({ fields }) => fields)).toMatchObject([
      { elements: [{ vertexBufferIndex: 0 }, { vertexBufferIndex: 0 }] },
      {},
      { buffers: [{ resource: buffer.id }] },
    ]);
  });

  test('sends nothing before it is told to', async () => {
    for (let draws = 0; draws < 2000; draws += 1) context.draw({ count: 3, mode: Primitive.TRIANGLES });
    expect(sent()).toBe(0);
    await context.flush();
    expect(sent()).toBe(1);
  });
});

describe('a query with a given buffer', () => {
  test('uses it, and leaves it to its owner', async () => {
    const { renderer, host } = await recordingRenderer();
    const context = await renderer.createContext();
    using memory = SharedMemory.create(16, { name: 'test' });
    const target = TextureTarget.BUFFER;
    const buffer = await context.createResource({ target, width: 16, bind: Bind.CUSTOM });
    const made = host.calls.length;
    const query = await context.createQuery({
      type: QueryType.OCCLUSION_COUNTER,
      result: { buffer, memory },
    });
    expect(host.calls).toHaveLength(made);
    const view = new DataView(memory.bytes.buffer);
    view.setUint32(0, 1, true);
    view.setBigUint64(8, 5n, true);
    expect(query.result).toBe(5n);
    query.destroy();
    await context.flush();
    expect(buffer.destroyed).toBe(false);
    expect(memory.bytes).toHaveLength(16);
  });
});

describe('hints and marks', () => {
  test('shaders are linked by stage, and texts stand in the stream', async () => {
    const { renderer } = await recordingRenderer();
    const context = await renderer.createContext();
    const [vertex, fragment] = [VERTEX, FRAGMENT].map((text) => context.createShader({ text }));
    const commands = recordedBy(context, () => {
      context.linkShaders([vertex, fragment]);
      context.textureBarrier(1);
      context.stringMarker('here');
    });
    expect(commands.map(({ name, fields }) => [name, fields])).toMatchObject([
      ['LINK_SHADER', { vertex: vertex.handle, fragment: fragment.handle, geometry: 0 }],
      ['TEXTURE_BARRIER', { flags: 1 }],
      ['SEND_STRING_MARKER', { text: 'here' }],
    ]);
    expect((await errorOf(() => context.linkShaders([context.createBlend() as never]))).field).toBe(
      'shaders[0]',
    );
  });
});
