// The smallest drawing: one triangle that covers the target, from one vertex buffer.

import { Bind, Clear, CommandEncoder, Format, ObjectType, Primitive, ShaderStage } from '../../lib/protocol';
import type { RenderHost } from '../../lib/host';
import { buffer, HEIGHT, texture, WIDTH } from './proof';

const VERTEX_SHADER = 'VERT\nDCL IN[0]\nDCL OUT[0], POSITION\nMOV OUT[0], IN[0]\nEND\n';
const FRAGMENT_SHADER = `FRAG
DCL OUT[0], COLOR
IMM[0] FLT32 {1.0000, 0.0000, 0.2000, 1.0000}
MOV OUT[0], IMM[0]
END
`;
const CORNERS = Float32Array.of(-1, -1, 0, 3, -1, 0, -1, 3, 0);

/** What {@link triangleCommands} names: a target and a vertex buffer, attached to the context. */
export const createTriangleResources = async (
  host: RenderHost,
  ids: { target: number; vertices: number },
): Promise<void> => {
  await host.resourceCreate(texture(ids.target));
  await host.resourceCreate(buffer(ids.vertices, CORNERS.byteLength, Bind.VERTEX_BUFFER));
  await host.transferWriteIov({
    resourceId: ids.vertices,
    box: { x: 0, y: 0, z: 0, w: CORNERS.byteLength, h: 1, d: 1 },
    from: new Uint8Array(CORNERS.buffer),
  });
};

/** Everything from an empty context to the triangle. */
export const triangleCommands = (ids: { target: number; vertices: number }): Uint32Array =>
  new CommandEncoder()
    .createSurface({ handle: 1, resource: ids.target, format: Format.R8G8B8A8_UNORM })
    .setFramebufferState({ colorBuffers: [1], zsurf: 0 })
    .setViewportState({
      startSlot: 0,
      viewports: [{ scale: [WIDTH / 2, HEIGHT / 2, 0.5], translate: [WIDTH / 2, HEIGHT / 2, 0.5] }],
    })
    .createBlend({ handle: 2 })
    .createRasterizer({ handle: 3, depthClip: true })
    .createDsa({ handle: 4 })
    .bindObject({ type: ObjectType.BLEND, handle: 2 })
    .bindObject({ type: ObjectType.RASTERIZER, handle: 3 })
    .bindObject({ type: ObjectType.DSA, handle: 4 })
    .createVertexElements({ handle: 5, elements: [{ srcOffset: 0, srcFormat: Format.R32G32B32_FLOAT }] })
    .bindObject({ type: ObjectType.VERTEX_ELEMENTS, handle: 5 })
    .setVertexBuffers({ buffers: [{ stride: 12, offset: 0, resource: ids.vertices }] })
    .createShader({ handle: 6, stage: ShaderStage.VERTEX, text: VERTEX_SHADER })
    .bindShader({ handle: 6, stage: ShaderStage.VERTEX })
    .createShader({ handle: 7, stage: ShaderStage.FRAGMENT, text: FRAGMENT_SHADER })
    .bindShader({ handle: 7, stage: ShaderStage.FRAGMENT })
    .clear({ buffers: Clear.COLOR0, color: [0, 0, 0, 0], depth: 1, stencil: 0 })
    .drawVbo({ count: 3, mode: Primitive.TRIANGLES })
    .finish();
