// A wall of small screens; on each a cube turns at its own pace. Every screen is a viewport of one framebuffer.
//   npm run --silent example video-wall -- --frames 120 --raw |
//     ffmpeg -f rawvideo -pixel_format rgba -video_size 640x480 -framerate 30 -i - out/video-wall.mp4
import { mat4 } from 'gl-matrix';
import { type Context, type Renderer, type Resource } from 'virgl';
import { Bind, CompareFunc, CullFace, Format, Primitive } from 'virgl/protocol';
import type { Frames, Render, Size } from './example';

const COLUMNS = 8;
const ROWS = 6;
/** Pixels between screens. */
const GAP = 4;
const WALL_COLOUR = [0.05, 0.06, 0.09, 1];
/** Of each screen: whole turns about x and y while the video runs, so that it can be repeated. */
const turnsOf = (screen: number): [number, number] => [(screen % 3) - 1, 1 + ((screen * 7) % 4)];
/** By face: normal axis, its sign, colour. */
const FACES: readonly [number, number, readonly number[]][] = [
  [0, 1, [0.95, 0.45, 0.35]],
  [0, -1, [0.98, 0.72, 0.35]],
  [1, 1, [0.55, 0.8, 0.45]],
  [1, -1, [0.35, 0.7, 0.75]],
  [2, 1, [0.4, 0.55, 0.95]],
  [2, -1, [0.75, 0.5, 0.9]],
];
const CORNERS = [-1, -1, 1, -1, 1, 1, -1, -1, 1, 1, -1, 1];
/** What is behind the cube: as far away as possible. */
const BACKDROP = CORNERS.flatMap((x, at) =>
  at % 2 === 0 ? [x, CORNERS[at + 1], 0.999, 0.13, 0.16, 0.23] : [],
);
const CUBE_VERTICES = 6 * FACES.length;
const BACKDROP_VERTICES = 6;
const IDENTITY = Float32Array.from(mat4.create());

const VERTEX_SHADER = `VERT
DCL IN[0]
DCL IN[1]
DCL OUT[0], POSITION
DCL OUT[1], GENERIC[0]
DCL CONST[0..3]
DCL TEMP[0]
MUL TEMP[0], CONST[0], IN[0].xxxx
MAD TEMP[0], CONST[1], IN[0].yyyy, TEMP[0]
MAD TEMP[0], CONST[2], IN[0].zzzz, TEMP[0]
ADD OUT[0], TEMP[0], CONST[3]
MOV OUT[1], IN[1]
END`;
const FRAGMENT_SHADER = `FRAG
DCL IN[0], GENERIC[0], PERSPECTIVE
DCL OUT[0], COLOR
MOV OUT[0], IN[0]
END`;

/** Two triangles per face, counter-clockwise seen from outside: position, colour. */
const cubeAndBackdrop = (): Float32Array =>
  Float32Array.from(
    FACES.flatMap(([axis, sign, colour]) =>
      Array.from({ length: 6 }, (_, corner) => {
        const position = [0, 0, 0];
        position[axis] = sign;
        position[(axis + 1) % 3] = sign * CORNERS[2 * corner];
        position[(axis + 2) % 3] = CORNERS[2 * corner + 1];
        return [...position, ...colour];
      }).flat(),
    ).concat(BACKDROP),
  );

const setUp = async (context: Context, size: Size): Promise<Resource> => {
  const target = await context.createResource({ ...size, bind: Bind.RENDER_TARGET });
  const format = Format.Z32_FLOAT;
  const depth = await context.createResource({ ...size, format, bind: Bind.DEPTH_STENCIL });
  const vertices = await context.createBuffer({ bind: Bind.VERTEX_BUFFER, data: cubeAndBackdrop() });
  const srcFormat = Format.R32G32B32_FLOAT;
  const tests = { depthEnabled: true, depthWritemask: true, depthFunc: CompareFunc.LESS };
  context.setState({
    framebuffer: { color: [target], depthStencil: depth },
    rasterizer: context.createRasterizer({ cullFace: CullFace.BACK, frontCcw: true }),
    depthStencilAlpha: context.createDepthStencilAlpha(tests),
    shaders: [context.createShader({ text: VERTEX_SHADER }), context.createShader({ text: FRAGMENT_SHADER })],
    vertexBuffers: [{ resource: vertices, stride: 24 }],
    vertexElements: context.createVertexElements({ elements: [{ srcFormat }, { srcOffset: 12, srcFormat }] }),
  });
  return target;
};

const viewportOf = (screen: number, size: Size) => {
  const [width, height] = [size.width / COLUMNS, size.height / ROWS];
  const [x, y] = [(screen % COLUMNS) * width, Math.floor(screen / COLUMNS) * height];
  return { x: x + GAP / 2, y: y + GAP / 2, width: width - GAP, height: height - GAP };
};

/** @param time 0 to 1 over the whole video */
const drawWall = (context: Context, size: Size, time: number): void => {
  const view = mat4.perspective(mat4.create(), 0.6, (size.width * ROWS) / (size.height * COLUMNS), 1, 20);
  mat4.translate(view, view, [0, 0, -6.5]);
  context.clear({ color: WALL_COLOUR, depth: 1 });
  for (let screen = 0; screen < COLUMNS * ROWS; screen += 1) {
    const [turnsX, turnsY] = turnsOf(screen).map((turns) => turns * time * 2 * Math.PI);
    const matrix = mat4.rotateX(mat4.create(), view, 0.5 + turnsX);
    mat4.rotateY(matrix, matrix, screen * 0.4 + turnsY);
    context.setState({ viewport: viewportOf(screen, size), constants: { VERTEX: IDENTITY } });
    context.draw({ start: CUBE_VERTICES, count: BACKDROP_VERTICES, mode: Primitive.TRIANGLES });
    context.setState({ constants: { VERTEX: Float32Array.from(matrix) } });
    context.draw({ count: CUBE_VERTICES, mode: Primitive.TRIANGLES });
  }
};

/** All frames of a video; give each array back to `renderer.pool` when it has been written. */
export const frames: Frames = async function* (renderer: Renderer, size: Size, count: number) {
  await using context = await renderer.createContext({ label: 'video wall' });
  const target = await setUp(context, size);
  for (let frame = 0; frame < count; frame += 1) {
    drawWall(context, size, frame / count);
    yield await target.read({ pool: renderer.pool });
  }
};

export const render: Render = async (renderer, size) => {
  const context = await renderer.createContext({ label: 'video wall' });
  const target = await setUp(context, size);
  drawWall(context, size, 0);
  return target.read();
};
