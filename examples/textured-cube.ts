// A cube with a checkered texture: mipmaps, written level by level, and anisotropic filtering keep it from flickering.

import { mat4, vec3 } from 'gl-matrix';
import type { Context, Resource } from 'virgl';
import { Bind, CompareFunc, CullFace, Format, ImageFilter, MipFilter, Primitive } from 'virgl/protocol';
import { type Camera, eyeOf, STILL } from './camera';
import { CUBE_STRIDE_BYTES, CUBE_VERTICES, cubeVertices } from './cube';
import type { OpenScene, Render, Size } from './example';

const TEXTURE_SIZE = 256;
const SQUARE = 16;
const LIGHT_SQUARE = [240, 235, 220, 255];
const DARK_SQUARE = [180, 60, 40, 255];
/** Down to one texel. */
const LAST_LEVEL = Math.log2(TEXTURE_SIZE);
/** Close to the cube and just above its top, so that the texture shrinks much more in one direction than in the other. */
const EYE = vec3.fromValues(2.2, 1.5, 3.3);
const LOOKED_AT = vec3.fromValues(0, -0.15, 0);

// CONST[0..3]: clip from model, by columns.
const VERTEX_SHADER = `VERT
DCL IN[0]
DCL IN[1]
DCL OUT[0], POSITION
DCL OUT[1], GENERIC[0]
DCL CONST[0..3]
DCL TEMP[0], LOCAL
MUL TEMP[0], CONST[0], IN[0].xxxx
MAD TEMP[0], CONST[1], IN[0].yyyy, TEMP[0]
MAD TEMP[0], CONST[2], IN[0].zzzz, TEMP[0]
ADD OUT[0], CONST[3], TEMP[0]
MOV OUT[1], IN[1]
END`;
const FRAGMENT_SHADER = `FRAG
DCL IN[0], GENERIC[0], PERSPECTIVE
DCL OUT[0], COLOR
DCL SAMP[0]
DCL SVIEW[0], 2D, FLOAT
TEX OUT[0], IN[0], SAMP[0], 2D
END`;

const checkers = (): Uint8Array => {
  const texel = (_: unknown, index: number): number[] => {
    const [x, y] = [index % TEXTURE_SIZE, Math.floor(index / TEXTURE_SIZE)];
    return (Math.floor(x / SQUARE) + Math.floor(y / SQUARE)) % 2 === 0 ? LIGHT_SQUARE : DARK_SQUARE;
  };
  return Uint8Array.from(Array.from({ length: TEXTURE_SIZE ** 2 }, texel).flat());
};

/** The next level: each texel is the mean of four. */
const halve = (texels: Uint8Array, size: number): Uint8Array => {
  const half = new Uint8Array(texels.length / 4);
  const row = size * 4;
  for (let at = 0; at < half.length; at += 1) {
    const channel = at % 4;
    const [x, y] = [Math.floor(at / 4) % (size / 2), Math.floor(at / 4 / (size / 2))];
    const from = 2 * y * row + 2 * x * 4 + channel;
    half[at] = (texels[from] + texels[from + 4] + texels[from + row] + texels[from + row + 4]) / 4;
  }
  return half;
};

const createTexture = async (context: Context): Promise<Resource> => {
  const texture = await context.createResource({
    label: 'checkers',
    bind: Bind.SAMPLER_VIEW,
    width: TEXTURE_SIZE,
    height: TEXTURE_SIZE,
    lastLevel: LAST_LEVEL,
  });
  let texels = checkers();
  for (let level = 0; level <= LAST_LEVEL; level += 1) {
    await texture.write(texels, { level });
    texels = halve(texels, TEXTURE_SIZE >> level);
  }
  return texture;
};

const clipFromModel = ({ width, height }: Size, camera: Camera): Float32Array => {
  const projection = mat4.perspective(mat4.create(), Math.PI / 4, width / height, 0.1, 20);
  const view = mat4.lookAt(mat4.create(), eyeOf(camera, EYE, LOOKED_AT), LOOKED_AT, [0, 1, 0]);
  return Float32Array.from(mat4.multiply(mat4.create(), projection, view));
};

const setUp = async (context: Context, size: Size): Promise<Resource> => {
  const target = await context.createResource({ ...size, bind: Bind.RENDER_TARGET });
  const depth = await context.createResource({ ...size, format: Format.Z32_FLOAT, bind: Bind.DEPTH_STENCIL });
  const texture = await createTexture(context);
  const vertices = await context.createBuffer({ bind: Bind.VERTEX_BUFFER, data: cubeVertices() });
  const sampler = context.createSamplerState({
    minImgFilter: ImageFilter.LINEAR,
    magImgFilter: ImageFilter.LINEAR,
    minMipFilter: MipFilter.LINEAR,
    maxLod: LAST_LEVEL,
    maxAnisotropy: 16,
  });
  context.setState({
    framebuffer: { color: [target], depthStencil: depth },
    rasterizer: context.createRasterizer({ cullFace: CullFace.BACK, frontCcw: true }),
    depthStencilAlpha: context.createDepthStencilAlpha({
      depthEnabled: true,
      depthWritemask: true,
      depthFunc: CompareFunc.LESS,
    }),
    shaders: [context.createShader({ text: VERTEX_SHADER }), context.createShader({ text: FRAGMENT_SHADER })],
    samplerViews: { FRAGMENT: [texture] },
    samplerStates: { FRAGMENT: [sampler] },
    vertexBuffers: [{ resource: vertices, stride: CUBE_STRIDE_BYTES }],
    vertexElements: context.createVertexElements({
      elements: [{ srcFormat: Format.R32G32B32_FLOAT }, { srcOffset: 24, srcFormat: Format.R32G32_FLOAT }],
    }),
  });
  return target;
};

const draw = (context: Context, size: Size, camera: Camera): void => {
  context.setState({ constants: { VERTEX: clipFromModel(size, camera) } });
  context.clear({ color: [0.07, 0.09, 0.13, 1], depth: 1 });
  context.draw({ count: CUBE_VERTICES, mode: Primitive.TRIANGLES });
};

export const openScene: OpenScene = async (renderer, size) => {
  const context = await renderer.createContext({ label: 'textured cube' });
  const target = await setUp(context, size);
  return {
    target,
    draw: (camera) => {
      draw(context, size, camera);
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
