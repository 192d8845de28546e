// A .glb file: several meshes, placed by nodes, with base colour and normal textures.

import { mat3, mat4, vec3 } from 'gl-matrix';
import path from 'node:path';
import type { Context, Image, Resource } from 'virgl';
import { Bind, CompareFunc, CullFace, Format, ImageFilter, MipFilter, Primitive } from 'virgl/protocol';
import { type Camera, eyeOf, STILL } from './camera';
import type { OpenScene, Render, Size } from './example';
import { loadModel, type Piece, type Placed, VERTEX_STRIDE_BYTES } from './gltf/load';
import { FRAGMENT_SHADER, VERTEX_SHADER } from './gltf/shaders';

const MODEL = path.join(__dirname, 'gltf', 'assets', 'still-life.glb');
const LIGHT = vec3.normalize(vec3.create(), [0.5, 0.7, 0.6]);
const EYE = vec3.fromValues(1.8, 3.4, 7);
const LOOKED_AT = vec3.fromValues(0, 0.8, 0);
/** In linear light, as all colours in shaders; what the target stores is sRGB. */
const BACKGROUND = [0.02, 0.03, 0.05, 1];

/** A piece on the GPU. */
interface Uploaded {
  vertices: Resource;
  indices: Resource;
  colour: Resource;
  normal: Resource;
}

/** Where it is seen from. */
interface View {
  eye: vec3;
  clip: mat4;
}

/** Writes level 0 and makes each next level by a blit from the one before. */
const uploadTexture = async (context: Context, image: Image, format: number): Promise<Resource> => {
  const { width, height, data } = image;
  const lastLevel = Math.floor(Math.log2(Math.max(width, height)));
  const bind = Bind.SAMPLER_VIEW | Bind.RENDER_TARGET;
  const resource = await context.createResource({ width, height, format, bind, lastLevel });
  await resource.write(data);
  for (let level = 1; level <= lastLevel; level += 1) {
    context.blit({
      src: { resource, level: level - 1 },
      dst: { resource, level },
      filter: ImageFilter.LINEAR,
    });
  }
  return resource;
};

const upload = async (context: Context, { vertices, indices, look }: Piece): Promise<Uploaded> => ({
  vertices: await context.createBuffer({ bind: Bind.VERTEX_BUFFER, data: vertices }),
  indices: await context.createBuffer({ bind: Bind.INDEX_BUFFER, data: indices }),
  // glTF's colours are sRGB; its normals are plain numbers.
  colour: await uploadTexture(context, look.colour, Format.R8G8B8A8_SRGB),
  normal: await uploadTexture(context, look.normal, Format.R8G8B8A8_UNORM),
});

const clipFromWorld = ({ width, height }: Size, eye: vec3): mat4 => {
  const projection = mat4.perspective(mat4.create(), Math.PI / 4, width / height, 0.1, 50);
  const view = mat4.lookAt(mat4.create(), eye, LOOKED_AT, [0, 1, 0]);
  return mat4.multiply(mat4.create(), projection, view);
};

const vertexConstants = (clip: mat4, worldFromModel: mat4): Float32Array => {
  const normals = mat3.normalFromMat4(mat3.create(), worldFromModel) ?? mat3.create();
  // Constants are vectors of four.
  const columns = [0, 3, 6].flatMap((at) => [normals[at], normals[at + 1], normals[at + 2], 0]);
  return Float32Array.from([...clip, ...worldFromModel, ...columns]);
};

const setUp = async (context: Context, size: Size): Promise<Resource> => {
  const srgb = { format: Format.R8G8B8A8_SRGB, bind: Bind.RENDER_TARGET };
  const target = await context.createResource({ ...size, ...srgb });
  const depth = await context.createResource({ ...size, format: Format.Z32_FLOAT, bind: Bind.DEPTH_STENCIL });
  const sampler = context.createSamplerState({
    minImgFilter: ImageFilter.LINEAR,
    magImgFilter: ImageFilter.LINEAR,
    minMipFilter: MipFilter.LINEAR,
    maxLod: 16,
    maxAnisotropy: 8,
  });
  const elements = [
    { srcFormat: Format.R32G32B32_FLOAT },
    { srcFormat: Format.R32G32B32_FLOAT, srcOffset: 12 },
    { srcFormat: Format.R32G32B32A32_FLOAT, srcOffset: 24 },
    { srcFormat: Format.R32G32_FLOAT, srcOffset: 40 },
  ];
  context.setState({
    framebuffer: { color: [target], depthStencil: depth },
    rasterizer: context.createRasterizer({ cullFace: CullFace.BACK, frontCcw: true }),
    depthStencilAlpha: context.createDepthStencilAlpha({
      depthEnabled: true,
      depthWritemask: true,
      depthFunc: CompareFunc.LESS,
    }),
    shaders: [context.createShader({ text: VERTEX_SHADER }), context.createShader({ text: FRAGMENT_SHADER })],
    samplerStates: { FRAGMENT: [sampler, sampler] },
    vertexElements: context.createVertexElements({ elements }),
  });
  return target;
};

const drawPiece = (context: Context, { piece, worldFromModel }: Placed, on: Uploaded, view: View): void => {
  context.setState({
    constants: {
      VERTEX: vertexConstants(view.clip, worldFromModel),
      FRAGMENT: Float32Array.from([...LIGHT, 0, ...view.eye, 0, ...piece.look.factor]),
    },
    samplerViews: { FRAGMENT: [on.colour, on.normal] },
    vertexBuffers: [{ resource: on.vertices, stride: VERTEX_STRIDE_BYTES }],
    indexBuffer: { resource: on.indices, indexSize: 2 },
  });
  context.draw({ count: piece.indices.length, mode: Primitive.TRIANGLES, indexed: true });
};

const viewOf = (size: Size, camera: Camera): View => {
  const eye = eyeOf(camera, EYE, LOOKED_AT);
  return { eye, clip: clipFromWorld(size, eye) };
};

export const openScene: OpenScene = async (renderer, size, log) => {
  const context = await renderer.createContext({ label: 'glTF' });
  const target = await setUp(context, size);
  const placed = await loadModel(MODEL);
  const uploaded = new Map<Piece, Uploaded>();
  for (const { piece } of placed) if (!uploaded.has(piece)) uploaded.set(piece, await upload(context, piece));
  log(`${placed.length} placed meshes, ${uploaded.size} different`);
  return {
    target,
    draw: (camera) => {
      const view = viewOf(size, camera);
      context.clear({ color: BACKGROUND, depth: 1 });
      for (const one of placed) {
        const on = uploaded.get(one.piece);
        if (on !== undefined) drawPiece(context, one, on, view);
      }
      return context.flush();
    },
    [Symbol.asyncDispose]: () => context.destroy(),
  };
};

export const render: Render = async (renderer, size, log) => {
  const scene = await openScene(renderer, size, log);
  await scene.draw(STILL);
  return scene.target.read();
};
