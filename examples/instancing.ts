// Some hundred columns in one draw: the cube's vertices step per vertex, place, size and colour per instance.

import { mat4, vec3 } from 'gl-matrix';
import { Bind, CompareFunc, CullFace, Format, Primitive } from 'virgl/protocol';
import { CUBE_STRIDE_BYTES, CUBE_VERTICES, cubeVertices } from './cube';
import type { Render, Size } from './example';

const COLUMNS_PER_SIDE = 21;
/** Place and size as three floats each, colour as four bytes. */
const INSTANCE_STRIDE_BYTES = 12 + 12 + 4;
const LIGHT = vec3.normalize(vec3.create(), [0.5, 0.9, 0.3]);

// CONST[0..3]: clip from world, by columns; CONST[4]: direction to the light.
const VERTEX_SHADER = `VERT
DCL IN[0]
DCL IN[1]
DCL IN[2]
DCL IN[3]
DCL IN[4]
DCL OUT[0], POSITION
DCL OUT[1], GENERIC[0]
DCL CONST[0..4]
DCL TEMP[0..1], LOCAL
IMM[0] FLT32 {0.0000, 0.3000, 0.7000, 0.0000}
MAD TEMP[0].xyz, IN[0], IN[3], IN[2]
MUL TEMP[1], CONST[0], TEMP[0].xxxx
MAD TEMP[1], CONST[1], TEMP[0].yyyy, TEMP[1]
MAD TEMP[1], CONST[2], TEMP[0].zzzz, TEMP[1]
ADD OUT[0], CONST[3], TEMP[1]
DP3 TEMP[0].x, IN[1], CONST[4]
MAX TEMP[0].x, TEMP[0].xxxx, IMM[0].xxxx
MAD TEMP[0].x, TEMP[0].xxxx, IMM[0].zzzz, IMM[0].yyyy
MUL OUT[1], IN[4], TEMP[0].xxxx
END`;
const FRAGMENT_SHADER = `FRAG
DCL IN[0], GENERIC[0], PERSPECTIVE
DCL OUT[0], COLOR
MOV OUT[0], IN[0]
END`;

/** Columns that stand in a square; their heights are rings of waves. */
const instances = (): Uint8Array => {
  const data = new DataView(new ArrayBuffer(COLUMNS_PER_SIDE ** 2 * INSTANCE_STRIDE_BYTES));
  for (let column = 0; column < COLUMNS_PER_SIDE ** 2; column += 1) {
    const x = (column % COLUMNS_PER_SIDE) - (COLUMNS_PER_SIDE - 1) / 2;
    const z = Math.floor(column / COLUMNS_PER_SIDE) - (COLUMNS_PER_SIDE - 1) / 2;
    const wave = (1 + Math.cos(Math.hypot(x, z))) / 2;
    const halfHeight = 0.3 + wave;
    const floats = [x, halfHeight, z, 0.4, halfHeight, 0.4];
    const colour = [60 + 180 * wave, 110 + 60 * wave, 220 - 160 * wave, 255];
    const at = column * INSTANCE_STRIDE_BYTES;
    floats.forEach((value, index) => data.setFloat32(at + index * 4, value, true));
    colour.forEach((value, index) => data.setUint8(at + 24 + index, value));
  }
  return new Uint8Array(data.buffer);
};

const constants = ({ width, height }: Size): Float32Array => {
  const projection = mat4.perspective(mat4.create(), Math.PI / 4, width / height, 1, 100);
  const view = mat4.lookAt(mat4.create(), [16, 17, 22], [0, 0, 0], [0, 1, 0]);
  return Float32Array.from([...mat4.multiply(mat4.create(), projection, view), ...LIGHT, 0]);
};

/** Attributes of the cube from buffer 0, attributes of the instances from buffer 1: one step per instance. */
const ELEMENTS = [
  { srcFormat: Format.R32G32B32_FLOAT },
  { srcFormat: Format.R32G32B32_FLOAT, srcOffset: 12 },
  { srcFormat: Format.R32G32B32_FLOAT, vertexBufferIndex: 1, instanceDivisor: 1 },
  { srcFormat: Format.R32G32B32_FLOAT, vertexBufferIndex: 1, instanceDivisor: 1, srcOffset: 12 },
  { srcFormat: Format.R8G8B8A8_UNORM, vertexBufferIndex: 1, instanceDivisor: 1, srcOffset: 24 },
];

export const render: Render = async (renderer, size) => {
  const context = await renderer.createContext({ label: 'instancing' });
  const target = await context.createResource({ ...size, bind: Bind.RENDER_TARGET });
  const depth = await context.createResource({ ...size, format: Format.Z32_FLOAT, bind: Bind.DEPTH_STENCIL });
  const cube = await context.createBuffer({ bind: Bind.VERTEX_BUFFER, data: cubeVertices() });
  const columns = await context.createBuffer({ bind: Bind.VERTEX_BUFFER, data: instances() });
  context.setState({
    framebuffer: { color: [target], depthStencil: depth },
    rasterizer: context.createRasterizer({ cullFace: CullFace.BACK, frontCcw: true }),
    depthStencilAlpha: context.createDepthStencilAlpha({
      depthEnabled: true,
      depthWritemask: true,
      depthFunc: CompareFunc.LESS,
    }),
    shaders: [context.createShader({ text: VERTEX_SHADER }), context.createShader({ text: FRAGMENT_SHADER })],
    constants: { VERTEX: constants(size) },
    vertexElements: context.createVertexElements({ elements: ELEMENTS }),
    vertexBuffers: [
      { resource: cube, stride: CUBE_STRIDE_BYTES },
      { resource: columns, stride: INSTANCE_STRIDE_BYTES },
    ],
  });
  context.clear({ color: [0.07, 0.09, 0.13, 1], depth: 1 });
  context.draw({ count: CUBE_VERTICES, instanceCount: COLUMNS_PER_SIDE ** 2, mode: Primitive.TRIANGLES });
  return target.read();
};
