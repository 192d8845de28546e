// Stages of work at which a process or a worker may leave. Each is entered without waiting for what it says.

const { setImmediate } = require('node:timers');
const {
  Bind,
  Clear,
  CommandEncoder,
  Format,
  ObjectType,
  Primitive,
  ShaderStage,
  TextureTarget,
} = require('../../../dist/protocol');
const host = require('../../../dist/host');

const { NativeHost, SharedMemory } = host;
const SIZE = 1024;
const VERTEX_SHADER = 'VERT\nDCL IN[0]\nDCL OUT[0], POSITION\nMOV OUT[0], IN[0]\nEND\n';
const FRAGMENT_SHADER = `FRAG
DCL OUT[0], COLOR
IMM[0] FLT32 {1.0000, 0.5000, 0.0000, 1.0000}
MOV OUT[0], IMM[0]
END
`;
const BOX = { x: 0, y: 0, z: 0, w: SIZE, h: SIZE, d: 1 };

const texture = (resourceId, size = SIZE) => ({
  resourceId,
  target: TextureTarget.TEXTURE_2D,
  format: Format.R8G8B8A8_UNORM,
  bind: Bind.RENDER_TARGET | Bind.SAMPLER_VIEW,
  width: size,
  height: size,
});

const clear = (color = [1, 0, 0.2, 1]) =>
  new CommandEncoder().clear({ buffers: Clear.COLOR0, color, depth: 1, stencil: 0 }).finish();

// A host with a context that draws into texture 1.
const openReady = async (options) => {
  const opened = await NativeHost.open(options);
  await opened.contextCreate({ contextId: 1 });
  await opened.resourceCreate(texture(1));
  await opened.ctxAttachResource({ contextId: 1, resourceId: 1 });
  const setup = new CommandEncoder()
    .createSurface({ handle: 1, resource: 1, format: Format.R8G8B8A8_UNORM })
    .setFramebufferState({ colorBuffers: [1], zsurf: 0 });
  await opened.submitCmd({ contextId: 1, commands: setup.finish() });
  return opened;
};

// Draws 100 triangles, each with a shader of its own, so that the driver has something to compile.
const draws = () => {
  const encoder = new CommandEncoder()
    .createBlend({ handle: 2 })
    .createRasterizer({ handle: 3, depthClip: true })
    .createDsa({ handle: 4 })
    .bindObject({ type: ObjectType.BLEND, handle: 2 })
    .bindObject({ type: ObjectType.RASTERIZER, handle: 3 })
    .bindObject({ type: ObjectType.DSA, handle: 4 })
    .createVertexElements({ handle: 5, elements: [{ srcOffset: 0, srcFormat: Format.R32G32B32_FLOAT }] })
    .bindObject({ type: ObjectType.VERTEX_ELEMENTS, handle: 5 })
    .setVertexBuffers({ buffers: [{ stride: 12, offset: 0, resource: 3 }] })
    .setViewportState({ startSlot: 0, viewports: [{ scale: [512, 512, 0.5], translate: [512, 512, 0.5] }] })
    .createShader({ handle: 6, stage: ShaderStage.VERTEX, text: VERTEX_SHADER })
    .bindShader({ handle: 6, stage: ShaderStage.VERTEX });
  for (let i = 0; i < 100; i += 1) {
    const text = FRAGMENT_SHADER.replace('0.5000', `0.5${String(i).padStart(3, '0')}`);
    encoder
      .createShader({ handle: 10 + i, stage: ShaderStage.FRAGMENT, text })
      .bindShader({ handle: 10 + i, stage: ShaderStage.FRAGMENT })
      .drawVbo({ count: 3, mode: Primitive.TRIANGLES });
  }
  return encoder.finish();
};

// Nobody waits for these; that a call was abandoned is no news here.
const unawaited = (promise) => void promise.catch(() => undefined);

const STAGES = {
  'addon loaded': async () => host.addon(),
  'library opened': async () => host.inspectLibrary(),
  opening: async () => unawaited(NativeHost.open()),
  idle: async () => openReady(),
  'calls queued': async () => {
    const ready = await openReady();
    const commands = clear();
    for (let i = 0; i < 10_000; i += 1) unawaited(ready.submitCmd({ contextId: 1, commands }));
  },
  'transfer in flight': async () => {
    const ready = await openReady();
    for (let i = 0; i < 20; i += 1) {
      const into = new Uint8Array(SIZE * SIZE * 4);
      unawaited(ready.transferReadIov({ resourceId: 1, box: BOX, into }));
    }
  },
  'fence pending': async () => {
    const ready = await openReady();
    for (let i = 0; i < 20; i += 1) unawaited(ready.submitCmd({ contextId: 1, commands: clear() }));
    unawaited(ready.contextCreateFence({ contextId: 1 }));
    unawaited(ready.createFence({}));
  },
  'fence pending, retired by other threads': async () => {
    const ready = await openReady({ flags: ['threadSync', 'asyncFenceCallback'] });
    for (let i = 0; i < 20; i += 1) unawaited(ready.submitCmd({ contextId: 1, commands: clear() }));
    unawaited(ready.contextCreateFence({ contextId: 1 }));
    unawaited(ready.createFence({}));
  },
  drawing: async () => {
    const ready = await openReady();
    const resource = {
      resourceId: 3,
      target: TextureTarget.BUFFER,
      format: Format.R8_UNORM,
      bind: Bind.VERTEX_BUFFER,
      width: 36,
    };
    await ready.resourceCreate(resource);
    await ready.ctxAttachResource({ contextId: 1, resourceId: 3 });
    const corners = Float32Array.of(-1, -1, 0, 3, -1, 0, -1, 3, 0);
    const from = new Uint8Array(corners.buffer);
    await ready.transferWriteIov({ resourceId: 3, box: { x: 0, y: 0, z: 0, w: 36, h: 1, d: 1 }, from });
    ready.submitCmd({ contextId: 1, commands: draws() });
  },
  closing: async () => {
    const ready = await openReady();
    unawaited(ready.submitCmd({ contextId: 1, commands: clear() }));
    unawaited(ready.close());
  },
  closed: async () => (await openReady()).close(),
  'memory lent': async () => {
    const ready = await openReady();
    const memory = SharedMemory.create(SIZE * SIZE * 4);
    await ready.resourceAttachIov({ resourceId: 1, backing: [memory.range()] });
    unawaited(ready.transferReadIov({ resourceId: 1, box: BOX }));
    memory.close();
  },
  'blob mapped': async () => {
    const ready = await openReady();
    const create = new CommandEncoder().pipeResourceCreate({
      target: TextureTarget.BUFFER,
      format: Format.R8_UNORM,
      bind: Bind.VERTEX_BUFFER,
      width: 4096,
      flags: 6, // MAP_PERSISTENT | MAP_COHERENT
      blobId: 5,
    });
    await ready.submitCmd({ contextId: 1, commands: create.finish() });
    const blob = { resourceId: 2, contextId: 1, blobMem: 2, blobFlags: 1, blobId: 5, sizeBytes: 4096 };
    await ready.resourceCreateBlob(blob);
    (await ready.resourceMap({ resourceId: 2 })).bytes[0] = 1;
  },
};

// Clears a texture on a host of its own and looks at a pixel.
const proveRenders = async () => {
  const ready = await openReady();
  await ready.submitCmd({ contextId: 1, commands: clear() });
  const pixels = new Uint8Array(SIZE * SIZE * 4);
  await ready.transferReadIov({ resourceId: 1, box: BOX, into: pixels });
  if (pixels.subarray(0, 4).join() !== '255,0,51,255') throw new Error(`drew ${pixels.subarray(0, 4)}`);
  await ready.close();
};

const throwLater = () =>
  setImmediate(() => {
    throw new Error('thrown on purpose');
  });

module.exports = { STAGES, openReady, clear, proveRenders, throwLater };
