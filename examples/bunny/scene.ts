// The bunny on a virgl context: what is set up once, and what is recorded for each frame.

import { mat4, vec3 } from 'gl-matrix';
import type { Context, Resource } from 'virgl';
import { Bind, CompareFunc, CullFace, Format, Primitive } from 'virgl/protocol';
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
  const multisampled = { ...size, nrSamples: SAMPLES };
  const [color, depth, resolved] = await Promise.all([
    context.createResource({ ...multisampled, label: 'colour', bind: Bind.RENDER_TARGET }),
    context.createResource({
      ...multisampled,
      label: 'depth',
      format: Format.Z32_FLOAT,
      bind: Bind.DEPTH_STENCIL,
    }),
    context.createResource({ ...size, label: 'resolved', bind: Bind.RENDER_TARGET }),
  ]);
  return { color, depth, resolved };
};

/** Constants of the vertex shader for a turn of `angle` radians. */
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
  private constructor(
    readonly context: Context,
    readonly mesh: Mesh,
    readonly targets: Targets,
  ) {}

  /** Creates resources and sets the state that stays the same. */
  static async create(context: Context, mesh: Mesh): Promise<BunnyScene> {
    const targets = await createTargets(context);
    const vertices = await context.createBuffer({
      label: 'vertices',
      bind: Bind.VERTEX_BUFFER,
      data: mesh.vertices,
    });
    const indices = await context.createBuffer({
      label: 'indices',
      bind: Bind.INDEX_BUFFER,
      data: mesh.indices,
    });
    context.setState({
      framebuffer: { color: [targets.color], depthStencil: targets.depth },
      rasterizer: context.createRasterizer({ cullFace: CullFace.BACK, frontCcw: true, multisample: true }),
      depthStencilAlpha: context.createDepthStencilAlpha({
        depthEnabled: true,
        depthWritemask: true,
        depthFunc: CompareFunc.LESS,
      }),
      shaders: [
        context.createShader({ text: VERTEX_SHADER }),
        context.createShader({ text: FRAGMENT_SHADER }),
      ],
      constants: { FRAGMENT: fragmentConstants() },
      vertexElements: context.createVertexElements({
        elements: [
          { srcOffset: 0, srcFormat: Format.R32G32B32_FLOAT },
          { srcOffset: 3 * BYTES_PER_FLOAT, srcFormat: Format.R32G32B32_FLOAT },
        ],
      }),
      vertexBuffers: [{ resource: vertices, stride: FLOATS_PER_VERTEX * BYTES_PER_FLOAT }],
      indexBuffer: { resource: indices, indexSize: 2 },
    });
    return new BunnyScene(context, mesh, targets);
  }

  /** Draws one frame and resolves its samples. */
  draw(angle: number): void {
    const { context, mesh, targets } = this;
    context.clear({ color: BACKGROUND, depth: 1 });
    context.setState({ constants: { VERTEX: vertexConstants(mesh, angle) } });
    context.draw({ count: mesh.indices.length, mode: Primitive.TRIANGLES, indexed: true });
    context.blit({ src: { resource: targets.color }, dst: { resource: targets.resolved } });
  }

  /** Reads the resolved frame: RGBA, top row first. */
  read(into: Uint8Array): Promise<Uint8Array> {
    return this.targets.resolved.read({ into });
  }
}
