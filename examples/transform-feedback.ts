// A vertex shader bends a ring into petals once; what it put out is captured, read, and drawn several times.
import type { Context, Resource } from 'virgl';
import { Bind, Format, Primitive, TextureTarget } from 'virgl/protocol';
import type { Render } from './example';

const STEPS = 720;
const VERTICES = 2 * (STEPS + 1);
const FLOATS_PER_VERTEX = 4;
const BYTES_PER_VERTEX = 4 * FLOATS_PER_VERTEX;
/** Scale, then colour. */
const FLOWERS = [
  [0.95, 0, 0, 0, 0.85, 0.25, 0.4, 1],
  [0.6, 0, 0, 0, 0.98, 0.62, 0.3, 1],
  [0.3, 0, 0, 0, 1, 0.93, 0.6, 1],
];

// IN[0]: angle, radius. The radius grows and shrinks five times around.
const BENDING_SHADER = `VERT
DCL IN[0]
DCL OUT[0], POSITION
DCL TEMP[0..1]
IMM[0] FLT32 {5.0, 0.35, 0.65, 1.0}
MUL TEMP[0].x, IN[0].xxxx, IMM[0].xxxx
COS TEMP[0].x, TEMP[0].xxxx
MAD TEMP[0].x, TEMP[0].xxxx, IMM[0].yyyy, IMM[0].zzzz
MUL TEMP[0].x, TEMP[0].xxxx, IN[0].yyyy
COS TEMP[1].x, IN[0].xxxx
SIN TEMP[1].y, IN[0].xxxx
MUL TEMP[1].xy, TEMP[1].xyyy, TEMP[0].xxxx
MOV TEMP[1].z, IN[0].yyyy
MOV TEMP[1].w, IMM[0].wwww
MOV OUT[0], TEMP[1]
END`;
const DRAWING_SHADER = `VERT
DCL IN[0]
DCL OUT[0], POSITION
DCL OUT[1], GENERIC[0]
DCL CONST[0..1]
DCL TEMP[0]
IMM[0] FLT32 {0.0, 1.0, 0.6, 0.4}
MUL TEMP[0].xy, IN[0].xyyy, CONST[0].xxxx
MOV TEMP[0].zw, IMM[0].xxxy
MOV OUT[0], TEMP[0]
MAD TEMP[0].x, IN[0].zzzz, IMM[0].zzzz, IMM[0].wwww
MUL OUT[1], CONST[1], TEMP[0].xxxx
END`;
const FRAGMENT_SHADER = `FRAG
DCL IN[0], GENERIC[0], PERSPECTIVE
DCL OUT[0], COLOR
MOV OUT[0], IN[0]
END`;

const ring = (): Float32Array =>
  Float32Array.from({ length: VERTICES * 2 }, (_, at) => {
    const [vertex, isRadius] = [at >> 1, at & 1];
    return isRadius ? vertex & 1 : ((vertex >> 1) / STEPS) * 2 * Math.PI;
  });

/** Draws nothing, and keeps what the vertex shader puts out. */
const capture = async (context: Context): Promise<Resource> => {
  const input = await context.createBuffer({ bind: Bind.VERTEX_BUFFER, data: ring() });
  const width = VERTICES * BYTES_PER_VERTEX;
  const output = await context.createResource({
    target: TextureTarget.BUFFER,
    bind: Bind.STREAM_OUTPUT,
    width,
  });
  const outputs = [{ registerIndex: 0, numComponents: 4, outputBuffer: 0, dstOffset: 0 }];
  const streamOutput = { strides: [FLOATS_PER_VERTEX, 0, 0, 0], outputs };
  context.setState({
    rasterizer: context.createRasterizer({ rasterizerDiscard: true }),
    shaders: [
      context.createShader({ text: BENDING_SHADER, streamOutput }),
      context.createShader({ text: FRAGMENT_SHADER }),
    ],
    vertexBuffers: [{ resource: input, stride: 8 }],
    vertexElements: context.createVertexElements({ elements: [{ srcFormat: Format.R32G32_FLOAT }] }),
    streamOutputTargets: [context.createStreamOutputTarget({ resource: output })],
  });
  // As points every vertex is captured once; strips would come out as single triangles.
  context.draw({ count: VERTICES, mode: Primitive.POINTS });
  context.setState({ streamOutputTargets: [] });
  return output;
};

const extent = (vertices: Float32Array): string => {
  const xs = vertices.filter((_, at) => at % FLOATS_PER_VERTEX === 0);
  return `${Math.min(...xs).toFixed(2)} to ${Math.max(...xs).toFixed(2)}`;
};

export const render: Render = async (renderer, size, log) => {
  const context = await renderer.createContext({ label: 'transform feedback' });
  const target = await context.createResource({ ...size, bind: Bind.RENDER_TARGET });
  context.setState({ framebuffer: { color: [target] } });
  const captured = await capture(context);
  const vertices = new Float32Array((await captured.read()).buffer);
  log(`captured ${vertices.length / FLOATS_PER_VERTEX} vertices, x from ${extent(vertices)}`);

  context.clear({ color: [0.07, 0.09, 0.13, 1] });
  context.setState({
    rasterizer: context.createRasterizer(),
    shaders: [context.createShader({ text: DRAWING_SHADER })],
    vertexBuffers: [{ resource: captured, stride: BYTES_PER_VERTEX }],
    vertexElements: context.createVertexElements({ elements: [{ srcFormat: Format.R32G32B32A32_FLOAT }] }),
  });
  for (const flower of FLOWERS) {
    context.setState({ constants: { VERTEX: Float32Array.from(flower) } });
    context.draw({ count: VERTICES, mode: Primitive.TRIANGLE_STRIP });
  }
  return target.read();
};
