// The command streams of the benchmarks.

import {
  Bind,
  Clear,
  CommandEncoder,
  Format,
  ObjectType,
  Primitive,
  ShaderStage,
  TextureTarget,
} from 'virgl/protocol';
import { CLEAR_COLOR, TRIANGLE } from './triangle';
import type { Workload, WorkloadResource } from './workload';

/** Dwords of {@link stateCommands}. */
export const STATE_DWORDS = 16;

/** State commands that fill exactly 16 dwords and cost a renderer next to nothing. */
export const stateCommands = (): Uint32Array<ArrayBuffer> => {
  const commands = new CommandEncoder()
    .setViewportState({ viewports: [{ scale: [320, 240, 0.5], translate: [320, 240, 0.5] }] })
    .setScissorState({ scissors: [{ minX: 0, minY: 0, maxX: 640, maxY: 480 }] })
    .setStencilRef({ front: 1, back: 1 })
    .setSampleMask({ mask: 0xffffffff })
    .finish();
  if (commands.length !== STATE_DWORDS) throw new Error(`the state commands take ${commands.length} dwords`);
  return commands;
};

/** The state commands, `times` times over. */
export const repeatedStateCommands = (times: number): Uint32Array<ArrayBuffer> => {
  const encoder = new CommandEncoder({ capacityDwords: times * STATE_DWORDS });
  for (let i = 0; i < times; i += 1) encoder.append(stateCommands());
  return encoder.finish();
};

const VERTEX_SHADER = `VERT
DCL IN[0]
DCL IN[1]
DCL OUT[0], POSITION
DCL OUT[1], GENERIC[0]
  0: MOV OUT[0], IN[0]
  1: MOV OUT[1], IN[1]
  2: END
`;
const FRAGMENT_SHADER = `FRAG
DCL IN[0], GENERIC[0], PERSPECTIVE
DCL OUT[0], COLOR
  0: MOV OUT[0], IN[0]
  1: END
`;

const TARGET = 1;
const VERTICES = 2;
const FLOAT_BYTES = 4;
const handles = { surface: 1, blend: 2, dsa: 3, rasterizer: 4, vertex: 5, fragment: 6, elements: 7 };

const texture = (width: number, height: number): WorkloadResource => ({
  resourceId: TARGET,
  target: TextureTarget.TEXTURE_2D,
  format: Format.R8G8B8A8_UNORM,
  bind: Bind.RENDER_TARGET | Bind.SAMPLER_VIEW,
  width,
  height,
  depth: 1,
  arraySize: 1,
  lastLevel: 0,
  nrSamples: 0,
  flags: 0,
});

const vertexBuffer = (sizeBytes: number): WorkloadResource => ({
  resourceId: VERTICES,
  target: TextureTarget.BUFFER,
  format: Format.R8_UNORM,
  bind: Bind.VERTEX_BUFFER,
  width: sizeBytes,
  height: 1,
  depth: 1,
  arraySize: 1,
  lastLevel: 0,
  nrSamples: 0,
  flags: 0,
});

const encodeState = (encoder: CommandEncoder, width: number, height: number): CommandEncoder =>
  encoder
    .createSurface({ handle: handles.surface, resource: TARGET, format: Format.R8G8B8A8_UNORM })
    .setFramebufferState({ colorBuffers: [handles.surface] })
    .createBlend({ handle: handles.blend, rt: [{ colormask: 0xf }] })
    .bindObject({ type: ObjectType.BLEND, handle: handles.blend })
    .createDsa({ handle: handles.dsa })
    .bindObject({ type: ObjectType.DSA, handle: handles.dsa })
    .createRasterizer({ handle: handles.rasterizer, depthClip: true, halfPixelCenter: true })
    .bindObject({ type: ObjectType.RASTERIZER, handle: handles.rasterizer })
    .createShader({ handle: handles.vertex, stage: ShaderStage.VERTEX, text: VERTEX_SHADER })
    .bindShader({ handle: handles.vertex, stage: ShaderStage.VERTEX })
    .createShader({ handle: handles.fragment, stage: ShaderStage.FRAGMENT, text: FRAGMENT_SHADER })
    .bindShader({ handle: handles.fragment, stage: ShaderStage.FRAGMENT })
    .setViewportState({
      viewports: [{ scale: [width / 2, height / 2, 0.5], translate: [width / 2, height / 2, 0.5] }],
    });

const encodeVertices = (encoder: CommandEncoder, vertices: Float32Array<ArrayBuffer>): CommandEncoder =>
  encoder
    .createVertexElements({
      handle: handles.elements,
      elements: [
        { srcFormat: Format.R32G32_FLOAT },
        { srcFormat: Format.R32G32B32_FLOAT, srcOffset: 2 * FLOAT_BYTES },
      ],
    })
    .bindObject({ type: ObjectType.VERTEX_ELEMENTS, handle: handles.elements })
    .resourceInlineWrite({
      resource: VERTICES,
      box: { w: vertices.byteLength },
      data: new Uint8Array(vertices.buffer),
    })
    .setVertexBuffers({ buffers: [{ stride: TRIANGLE[0].length * FLOAT_BYTES, resource: VERTICES }] });

/** Clears, draws a triangle and reads the picture back, in each iteration. */
export const triangleWorkload = (width: number, height: number): Required<Workload> => {
  const vertices = Float32Array.from(TRIANGLE.flat());
  const setup = new CommandEncoder();
  encodeState(setup, width, height);
  encodeVertices(setup, vertices);
  const frame = new CommandEncoder()
    .clear({ buffers: Clear.COLOR0, color: [...CLEAR_COLOR] })
    .drawVbo({ count: TRIANGLE.length, mode: Primitive.TRIANGLES });
  return {
    resources: [texture(width, height), vertexBuffer(vertices.byteLength)],
    setup: setup.finish(),
    frame: frame.finish(),
    read: { resourceId: TARGET, width, height },
  };
};

/** Draws the triangle once and only reads in each iteration. */
export const readbackWorkload = (width: number, height: number): Required<Workload> => {
  const { setup, frame, ...rest } = triangleWorkload(width, height);
  return {
    ...rest,
    setup: new CommandEncoder().append(setup).append(frame).finish(),
    frame: new Uint32Array(0),
  };
};
