// Everything that a draw can need to be set, in one go: 100 dwords, with the same values as peers/c/stream.c.

import { type CommandEncoder, ObjectType, Primitive, ShaderStage } from 'virgl/protocol';

/** Dwords of {@link encodeStateChange}. */
export const STATE_CHANGE_DWORDS = 100;
/** Dwords of {@link encodeDraw}. */
export const DRAW_DWORDS = 13;

// prettier-ignore
const IDENTITY = new Float32Array([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
const TINT = new Float32Array([0.5, 0.25, 0.125, 1]);

/** Sets all of it; which blending is told by `index`. */
export const encodeStateChange = (encoder: CommandEncoder, index: number): void => {
  encoder.setFramebufferState({ colorBuffers: [1], zsurf: 2 });
  encoder.setViewportState({ viewports: [{ scale: [320, -240, 0.5], translate: [320, 240, 0.5] }] });
  encoder.setScissorState({ scissors: [{ minX: 16, minY: 16, maxX: 624, maxY: 464 }] });
  encoder.bindObject({ type: ObjectType.BLEND, handle: 1 + index });
  encoder.bindObject({ type: ObjectType.RASTERIZER, handle: 4 });
  encoder.bindObject({ type: ObjectType.DSA, handle: 5 });
  encoder.bindObject({ type: ObjectType.VERTEX_ELEMENTS, handle: 6 });
  encoder.setVertexBuffers({
    buffers: [
      { stride: 32, resource: 3 },
      { stride: 16, offset: 64, resource: 4 },
    ],
  });
  encoder.setIndexBuffer({ resource: 5, indexSize: 2, offset: 128 });
  encoder.bindShader({ handle: 7, stage: ShaderStage.VERTEX });
  encoder.bindShader({ handle: 8, stage: ShaderStage.FRAGMENT });
  encoder.setConstantBuffer({ stage: ShaderStage.VERTEX, data: IDENTITY });
  encoder.setConstantBuffer({ stage: ShaderStage.FRAGMENT, data: TINT });
  encoder.setUniformBuffer({ stage: ShaderStage.VERTEX, index: 1, offset: 256, length: 1024, resource: 6 });
  encoder.setSamplerViews({ stage: ShaderStage.FRAGMENT, views: [9, 10] });
  encoder.bindSamplerStates({ stage: ShaderStage.FRAGMENT, states: [11, 12] });
  encoder.setShaderBuffers({
    stage: ShaderStage.FRAGMENT,
    buffers: [{ offset: 0, length: 4096, resource: 7 }],
  });
  encoder.setStencilRef({ front: 1, back: 2 });
  encoder.setBlendColor({ color: [0.25, 0.5, 0.75, 1] });
  encoder.setSampleMask({ mask: 0xffffffff });
  encoder.setMinSamples({ minSamples: 1 });
};

/** Draws a triangle whose first vertex is told by `index`. */
export const encodeDraw = (encoder: CommandEncoder, index: number): void => {
  encoder.drawVbo({ start: index, count: 3, mode: Primitive.TRIANGLES });
};
