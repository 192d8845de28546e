// The bunny on a virgl context: what is set up once, and what is sent for each frame.

import { mat4, vec3 } from 'gl-matrix';
import type { Context, Resource } from 'virgl';
import {
  Bind,
  Clear,
  CommandEncoder,
  CompareFunc,
  CullFace,
  Format,
  ImageFilter,
  ObjectType,
  Primitive,
  ShaderStage,
  TextureTarget,
} from 'virgl/protocol';
import { FLOATS_PER_VERTEX, type Mesh } from './mesh';
import { FRAGMENT_SHADER, VERTEX_SHADER } from './shaders';

/** Pixels of the picture. */
export const WIDTH = 1280;
export const HEIGHT = 720;
const SAMPLES = 4;
const BYTES_PER_FLOAT = 4;
/** CONST[0..6] of the vertex shader. */
const VERTEX_CONSTANT_FLOATS = 7 * 4;
const BACKGROUND = [0.07, 0.09, 0.13, 1];
const CLAY = [0.85, 0.66, 0.5, 1];
const LIGHT = vec3.normalize(vec3.create(), [0.5, 0.8, 0.6]);
const EYE = vec3.fromValues(0, 0.35, 2.6);

interface Targets {
  /** Multisampled; drawn to. */
  color: Resource;
  depth: Resource;
  /** Single-sampled; resolved into and read. */
  resolved: Resource;
}

const createTargets = async (context: Context): Promise<Targets> => {
  const size = { width: WIDTH, height: HEIGHT };
  const [color, depth, resolved] = await Promise.all([
    context.createResource({ ...size, label: 'colour', bind: Bind.RENDER_TARGET, nrSamples: SAMPLES }),
    context.createResource({
      ...size,
      label: 'depth',
      format: Format.Z32_FLOAT,
      bind: Bind.DEPTH_STENCIL,
      nrSamples: SAMPLES,
    }),
    context.createResource({ ...size, label: 'resolved', bind: Bind.RENDER_TARGET | Bind.SAMPLER_VIEW }),
  ]);
  return { color, depth, resolved };
};

const upload = async (context: Context, label: string, bind: number, data: Float32Array | Uint16Array) => {
  const buffer = await context.createResource({
    label,
    target: TextureTarget.BUFFER,
    bind,
    width: data.byteLength,
  });
  await buffer.write(data);
  return buffer;
};

const encodeShader = (encoder: CommandEncoder, context: Context, stage: 0 | 1, text: string): void => {
  const handle = context.allocateHandle();
  encoder.createShader({ handle, stage, text });
  encoder.bindShader({ handle, stage });
};

const encodeTargets = (encoder: CommandEncoder, context: Context, { color, depth }: Targets): void => {
  const [colorSurface, depthSurface] = [context.allocateHandle(), context.allocateHandle()];
  encoder.createSurface({ handle: colorSurface, resource: color.id, format: Format.R8G8B8A8_UNORM });
  encoder.createSurface({ handle: depthSurface, resource: depth.id, format: Format.Z32_FLOAT });
  encoder.setFramebufferState({ colorBuffers: [colorSurface], zsurf: depthSurface });
  // Negative y: row 0 of the picture is its top.
  encoder.setViewportState({
    startSlot: 0,
    viewports: [{ scale: [WIDTH / 2, -HEIGHT / 2, 0.5], translate: [WIDTH / 2, HEIGHT / 2, 0.5] }],
  });
};

const encodeState = (encoder: CommandEncoder, context: Context): void => {
  const [blend, rasterizer, dsa] = [
    context.allocateHandle(),
    context.allocateHandle(),
    context.allocateHandle(),
  ];
  encoder.createBlend({ handle: blend });
  encoder.createRasterizer({
    handle: rasterizer,
    cullFace: CullFace.BACK,
    frontCcw: true,
    depthClip: true,
    halfPixelCenter: true,
    multisample: true,
  });
  encoder.createDsa({ handle: dsa, depthEnabled: true, depthWritemask: true, depthFunc: CompareFunc.LESS });
  encoder.bindObject({ type: ObjectType.BLEND, handle: blend });
  encoder.bindObject({ type: ObjectType.RASTERIZER, handle: rasterizer });
  encoder.bindObject({ type: ObjectType.DSA, handle: dsa });
  encoder.setSampleMask({ mask: 0xffffffff });
};

const encodeGeometry = (
  encoder: CommandEncoder,
  context: Context,
  vertices: Resource,
  indices: Resource,
): void => {
  const elements = context.allocateHandle();
  encoder.createVertexElements({
    handle: elements,
    elements: [
      { srcOffset: 0, srcFormat: Format.R32G32B32_FLOAT },
      { srcOffset: 3 * BYTES_PER_FLOAT, srcFormat: Format.R32G32B32_FLOAT },
    ],
  });
  encoder.bindObject({ type: ObjectType.VERTEX_ELEMENTS, handle: elements });
  encoder.setVertexBuffers({
    buffers: [{ stride: FLOATS_PER_VERTEX * BYTES_PER_FLOAT, offset: 0, resource: vertices.id }],
  });
  encoder.setIndexBuffer({ resource: indices.id, indexSize: Uint16Array.BYTES_PER_ELEMENT, offset: 0 });
};

/** Columns of the vertex shader's constants for a turn of `angle` radians. */
const vertexConstants = ({ centre, radius }: Mesh, angle: number): Float32Array => {
  const world = mat4.create();
  mat4.rotateY(world, world, angle);
  mat4.scale(world, world, [1 / radius, 1 / radius, 1 / radius]);
  mat4.translate(world, world, vec3.negate(vec3.create(), centre));
  const view = mat4.lookAt(mat4.create(), EYE, [0, 0, 0], [0, 1, 0]);
  const projection = mat4.perspective(mat4.create(), Math.PI / 4, WIDTH / HEIGHT, 0.1, 10);
  const clip = mat4.multiply(mat4.create(), projection, mat4.multiply(view, view, world));
  return Float32Array.from([...clip, ...world].slice(0, VERTEX_CONSTANT_FLOATS));
};

const fragmentConstants = (): Float32Array => {
  const toEye = vec3.normalize(vec3.create(), EYE);
  const halfway = vec3.normalize(vec3.create(), vec3.add(vec3.create(), LIGHT, toEye));
  return Float32Array.from([...LIGHT, 0, ...halfway, 0, ...CLAY]);
};

/** The bunny, set up and ready to be drawn. */
export class BunnyScene {
  readonly #encoder = new CommandEncoder();

  private constructor(
    readonly context: Context,
    readonly mesh: Mesh,
    readonly targets: Targets,
  ) {}

  /** Creates resources and sends the state that stays the same. */
  static async create(context: Context, mesh: Mesh): Promise<BunnyScene> {
    const targets = await createTargets(context);
    const vertices = await upload(context, 'vertices', Bind.VERTEX_BUFFER, mesh.vertices);
    const indices = await upload(context, 'indices', Bind.INDEX_BUFFER, mesh.indices);
    const encoder = new CommandEncoder();
    encodeTargets(encoder, context, targets);
    encodeState(encoder, context);
    encodeShader(encoder, context, ShaderStage.VERTEX, VERTEX_SHADER);
    encodeShader(encoder, context, ShaderStage.FRAGMENT, FRAGMENT_SHADER);
    encodeGeometry(encoder, context, vertices, indices);
    encoder.setConstantBuffer({ stage: ShaderStage.FRAGMENT, data: fragmentConstants() });
    await context.submit(encoder);
    return new BunnyScene(context, mesh, targets);
  }

  /** Draws one frame and resolves its samples. */
  draw(angle: number): Promise<void> {
    const encoder = this.#encoder.reset();
    encoder.clear({
      buffers: Clear.COLOR0 | Clear.DEPTH,
      color: BACKGROUND,
      depth: 1,
      stencil: 0,
    });
    encoder.setConstantBuffer({ stage: ShaderStage.VERTEX, data: vertexConstants(this.mesh, angle) });
    encoder.drawVbo({ count: this.mesh.indices.length, mode: Primitive.TRIANGLES, indexed: true });
    const box = { x: 0, y: 0, z: 0, w: WIDTH, h: HEIGHT, d: 1 };
    encoder.blit({
      filter: ImageFilter.NEAREST,
      dstResource: this.targets.resolved.id,
      dstFormat: Format.R8G8B8A8_UNORM,
      dstBox: box,
      srcResource: this.targets.color.id,
      srcFormat: Format.R8G8B8A8_UNORM,
      srcBox: box,
    });
    return this.context.submit(encoder);
  }

  /** Reads the resolved frame: RGBA, top row first. */
  read(into: Uint8Array): Promise<Uint8Array> {
    return this.targets.resolved.read({ into });
  }
}
