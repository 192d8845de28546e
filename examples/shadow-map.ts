// Shadows: the scene is first drawn as the light sees it, depth only; the second pass compares with that depth.

import { mat4, quat, vec3 } from 'gl-matrix';
import type { Context, Resource } from 'virgl';
import {
  Bind,
  CompareFunc,
  CompareMode,
  CullFace,
  Format,
  ImageFilter,
  Primitive,
  TextureWrap,
} from 'virgl/protocol';
import { CUBE_STRIDE_BYTES, CUBE_VERTICES, cubeVertices } from './cube';
import type { Render, Size } from './example';

const SHADOW_MAP = { width: 1024, height: 1024 };
const LIGHT = vec3.fromValues(6, 6, 2);
const EYE = vec3.fromValues(0, 5, 9);

interface Box {
  at: vec3;
  halfSize: vec3;
  /** Degrees around x, y and z. */
  turn: [number, number, number];
  colour: readonly number[];
}

const BOXES: readonly Box[] = [
  { at: [0, -0.1, 0], halfSize: [5, 0.1, 5], turn: [0, 0, 0], colour: [0.75, 0.75, 0.7, 1] },
  { at: [-1.8, 0.7, -0.5], halfSize: [0.7, 0.7, 0.7], turn: [0, 30, 0], colour: [0.85, 0.35, 0.25, 1] },
  { at: [1.2, 1.4, -1], halfSize: [0.4, 1.4, 0.4], turn: [0, 15, 0], colour: [0.3, 0.6, 0.85, 1] },
  { at: [0.9, 1.2, 1.3], halfSize: [0.5, 0.5, 0.5], turn: [35, 20, 45], colour: [0.9, 0.75, 0.3, 1] },
];

/** CONST[0..3] clip from world, CONST[4..7] world from model, by columns. Gives world position and normal. */
const VERTEX_SHADER = `VERT
DCL IN[0]
DCL IN[1]
DCL OUT[0], POSITION
DCL OUT[1], GENERIC[0]
DCL OUT[2], GENERIC[1]
DCL CONST[0..7]
DCL TEMP[0..1], LOCAL
MUL TEMP[0], CONST[4], IN[0].xxxx
MAD TEMP[0], CONST[5], IN[0].yyyy, TEMP[0]
MAD TEMP[0], CONST[6], IN[0].zzzz, TEMP[0]
ADD TEMP[0], CONST[7], TEMP[0]
MUL TEMP[1], CONST[0], TEMP[0].xxxx
MAD TEMP[1], CONST[1], TEMP[0].yyyy, TEMP[1]
MAD TEMP[1], CONST[2], TEMP[0].zzzz, TEMP[1]
ADD OUT[0], CONST[3], TEMP[1]
MOV OUT[1], TEMP[0]
MUL TEMP[0], CONST[4], IN[1].xxxx
MAD TEMP[0], CONST[5], IN[1].yyyy, TEMP[0]
MAD OUT[2], CONST[6], IN[1].zzzz, TEMP[0]
END`;

const DEPTH_ONLY = `FRAG
END`;

/**
 * CONST[0..3] shadow map from world, by columns, CONST[4] direction to the light, CONST[5] colour. TEX on a SHADOW2D
 * compares z of the coordinates with the texels and gives the share that passes.
 */
const FRAGMENT_SHADER = `FRAG
DCL IN[0], GENERIC[0], PERSPECTIVE
DCL IN[1], GENERIC[1], PERSPECTIVE
DCL OUT[0], COLOR
DCL SAMP[0]
DCL SVIEW[0], SHADOW2D, FLOAT
DCL CONST[0..5]
DCL TEMP[0..1], LOCAL
IMM[0] FLT32 {0.0000, 0.2500, 0.7500, 1.0000}
MUL TEMP[0], CONST[0], IN[0].xxxx
MAD TEMP[0], CONST[1], IN[0].yyyy, TEMP[0]
MAD TEMP[0], CONST[2], IN[0].zzzz, TEMP[0]
ADD TEMP[0], CONST[3], TEMP[0]
TEX TEMP[0].x, TEMP[0], SAMP[0], SHADOW2D
DP3 TEMP[1].x, IN[1], IN[1]
RSQ TEMP[1].x, TEMP[1].xxxx
MUL TEMP[1], IN[1], TEMP[1].xxxx
DP3 TEMP[1].x, TEMP[1], CONST[4]
MAX TEMP[1].x, TEMP[1].xxxx, IMM[0].xxxx
MUL TEMP[1].x, TEMP[1].xxxx, TEMP[0].xxxx
MAD TEMP[1].x, TEMP[1].xxxx, IMM[0].zzzz, IMM[0].yyyy
MUL OUT[0].xyz, CONST[5], TEMP[1].xxxx
MOV OUT[0].w, IMM[0].wwww
END`;

const worldFromModel = ({ at, halfSize, turn }: Box): mat4 =>
  mat4.fromRotationTranslationScale(mat4.create(), quat.fromEuler(quat.create(), ...turn), at, halfSize);

/** Parallel light: no perspective. */
const lightFromWorld = (): mat4 => {
  const projection = mat4.ortho(mat4.create(), -6, 6, -6, 6, 1, 16);
  const view = mat4.lookAt(mat4.create(), LIGHT, [0, 0, 0], [0, 1, 0]);
  return mat4.multiply(mat4.create(), projection, view);
};

/** Clip space is -1 to 1, textures and depth are 0 to 1; clip y points up, rows of a texture go down. */
const mapFromClip = (): mat4 =>
  mat4.fromRotationTranslationScale(mat4.create(), quat.create(), [0.5, 0.5, 0.5], [0.5, -0.5, 0.5]);

const cameraFromWorld = ({ width, height }: Size): mat4 => {
  const projection = mat4.perspective(mat4.create(), Math.PI / 4, width / height, 1, 50);
  const view = mat4.lookAt(mat4.create(), EYE, [0, 0.4, 0], [0, 1, 0]);
  return mat4.multiply(mat4.create(), projection, view);
};

const drawBoxes = (context: Context, clipFromWorld: mat4): void => {
  const mapFromWorld = mat4.multiply(mat4.create(), mapFromClip(), lightFromWorld());
  const toLight = vec3.normalize(vec3.create(), LIGHT);
  for (const box of BOXES) {
    context.setState({
      constants: {
        VERTEX: Float32Array.from([...clipFromWorld, ...worldFromModel(box)]),
        FRAGMENT: Float32Array.from([...mapFromWorld, ...toLight, 0, ...box.colour]),
      },
    });
    context.draw({ count: CUBE_VERTICES, mode: Primitive.TRIANGLES });
  }
};

const drawShadowMap = (context: Context, shadowMap: Resource): void => {
  context.setState({
    framebuffer: { depthStencil: shadowMap },
    // Pushes depths away from the light, otherwise surfaces would shade themselves where depths are rounded.
    rasterizer: context.createRasterizer({
      cullFace: CullFace.BACK,
      frontCcw: true,
      offsetTri: true,
      offsetScale: 2,
      offsetUnits: 4,
    }),
    shaders: [context.createShader({ text: VERTEX_SHADER }), context.createShader({ text: DEPTH_ONLY })],
  });
  context.clear({ depth: 1 });
  drawBoxes(context, lightFromWorld());
};

const drawPicture = (context: Context, target: Resource, depth: Resource, shadowMap: Resource): void => {
  const sampler = context.createSamplerState({
    compareMode: CompareMode.R_TO_TEXTURE,
    compareFunc: CompareFunc.LEQUAL,
    // Compares four texels and weighs the answers: softer edges.
    minImgFilter: ImageFilter.LINEAR,
    magImgFilter: ImageFilter.LINEAR,
    wrapS: TextureWrap.CLAMP_TO_EDGE,
    wrapT: TextureWrap.CLAMP_TO_EDGE,
  });
  context.setState({
    framebuffer: { color: [target], depthStencil: depth },
    rasterizer: context.createRasterizer({ cullFace: CullFace.BACK, frontCcw: true }),
    shaders: [context.createShader({ text: FRAGMENT_SHADER })],
    samplerViews: { FRAGMENT: [shadowMap] },
    samplerStates: { FRAGMENT: [sampler] },
  });
  context.clear({ color: [0.07, 0.09, 0.13, 1], depth: 1 });
  drawBoxes(context, cameraFromWorld(target.descriptor));
};

export const render: Render = async (renderer, size) => {
  const context = await renderer.createContext({ label: 'shadow map' });
  const depthFormat = { format: Format.Z32_FLOAT, bind: Bind.DEPTH_STENCIL };
  const target = await context.createResource({ ...size, bind: Bind.RENDER_TARGET });
  const depth = await context.createResource({ ...size, ...depthFormat });
  const shadowMap = await context.createResource({
    ...SHADOW_MAP,
    ...depthFormat,
    bind: Bind.DEPTH_STENCIL | Bind.SAMPLER_VIEW,
  });
  const vertices = await context.createBuffer({ bind: Bind.VERTEX_BUFFER, data: cubeVertices() });
  const position = Format.R32G32B32_FLOAT;
  context.setState({
    vertexBuffers: [{ resource: vertices, stride: CUBE_STRIDE_BYTES }],
    vertexElements: context.createVertexElements({
      elements: [{ srcFormat: position }, { srcOffset: 12, srcFormat: position }],
    }),
    depthStencilAlpha: context.createDepthStencilAlpha({
      depthEnabled: true,
      depthWritemask: true,
      depthFunc: CompareFunc.LESS,
    }),
  });
  drawShadowMap(context, shadowMap);
  drawPicture(context, target, depth, shadowMap);
  return target.read();
};
