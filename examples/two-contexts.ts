// Two contexts, as of two programs: one draws into a texture, the other one has it on its wall.
import type { Context, Resource } from 'virgl';
import { Bind, Format, ImageFilter, Primitive, TextureWrap } from 'virgl/protocol';
import type { Render } from './example';

const PICTURE = { width: 256, height: 256 };
/** Position, colour. */
const TRIANGLE = [0, 0.8, 1, 0.4, 0.3, -0.8, -0.7, 0.3, 0.8, 0.5, 0.8, -0.7, 0.3, 0.5, 1];
/** Position x, y, w; texture coordinates. The right edge is further away. */
const WALL = [-0.9, 0.8, 1, 0, 0, -0.9, -0.8, 1, 0, 2, 1.5, 0.8, 2, 3, 0, 1.5, -0.8, 2, 3, 2];

const COLOUR_VERTEX_SHADER = `VERT
DCL IN[0]
DCL IN[1]
DCL OUT[0], POSITION
DCL OUT[1], GENERIC[0]
MOV OUT[0], IN[0]
MOV OUT[1], IN[1]
END`;
const COLOUR_FRAGMENT_SHADER = `FRAG
DCL IN[0], GENERIC[0], PERSPECTIVE
DCL OUT[0], COLOR
MOV OUT[0], IN[0]
END`;
const WALL_VERTEX_SHADER = `VERT
DCL IN[0]
DCL IN[1]
DCL OUT[0], POSITION
DCL OUT[1], GENERIC[0]
DCL TEMP[0]
IMM[0] FLT32 {0.0, 0.0, 0.0, 0.0}
MOV TEMP[0], IN[0].xyzz
MOV TEMP[0].z, IMM[0].xxxx
MOV OUT[0], TEMP[0]
MOV OUT[1], IN[1]
END`;
const WALL_FRAGMENT_SHADER = `FRAG
DCL IN[0], GENERIC[0], PERSPECTIVE
DCL OUT[0], COLOR
DCL SAMP[0]
DCL SVIEW[0], 2D, FLOAT
TEX OUT[0], IN[0], SAMP[0], 2D
END`;

/** What the first program does. */
const drawPicture = async (context: Context): Promise<Resource> => {
  const bind = Bind.RENDER_TARGET | Bind.SAMPLER_VIEW;
  const picture = await context.createResource({ ...PICTURE, label: 'picture', bind });
  const data = Float32Array.from(TRIANGLE);
  const corners = await context.createBuffer({ bind: Bind.VERTEX_BUFFER, data });
  const [position, colour] = [Format.R32G32_FLOAT, Format.R32G32B32_FLOAT];
  context.setState({
    framebuffer: { color: [picture] },
    shaders: [COLOUR_VERTEX_SHADER, COLOUR_FRAGMENT_SHADER].map((text) => context.createShader({ text })),
    vertexBuffers: [{ resource: corners, stride: 20 }],
    vertexElements: context.createVertexElements({
      elements: [{ srcFormat: position }, { srcOffset: 8, srcFormat: colour }],
    }),
  });
  context.clear({ color: [0.93, 0.9, 0.82, 1] });
  context.draw({ count: 3, mode: Primitive.TRIANGLES });
  // Contexts take turns on one GPU, but only a fence says that this one is done.
  await context.finished();
  return picture;
};

/** What the second program does with a texture that it was given. */
const drawWall = async (context: Context, target: Resource, picture: Resource): Promise<void> => {
  const data = Float32Array.from(WALL);
  const corners = await context.createBuffer({ bind: Bind.VERTEX_BUFFER, data });
  const sampler = { minImgFilter: ImageFilter.LINEAR, magImgFilter: ImageFilter.LINEAR };
  const wrap = { wrapS: TextureWrap.MIRROR_REPEAT, wrapT: TextureWrap.MIRROR_REPEAT };
  const [position, coordinates] = [Format.R32G32B32_FLOAT, Format.R32G32_FLOAT];
  context.setState({
    framebuffer: { color: [target] },
    shaders: [WALL_VERTEX_SHADER, WALL_FRAGMENT_SHADER].map((text) => context.createShader({ text })),
    samplerViews: { FRAGMENT: [picture] },
    samplerStates: { FRAGMENT: [context.createSamplerState({ ...sampler, ...wrap })] },
    vertexBuffers: [{ resource: corners, stride: 20 }],
    vertexElements: context.createVertexElements({
      elements: [{ srcFormat: position }, { srcOffset: 12, srcFormat: coordinates }],
    }),
  });
  context.clear({ color: [0.07, 0.09, 0.13, 1] });
  context.draw({ count: 4, mode: Primitive.TRIANGLE_STRIP });
};

export const render: Render = async (renderer, size, log) => {
  const [painter, owner] = await Promise.all([
    renderer.createContext({ label: 'painter' }),
    renderer.createContext({ label: 'owner of the wall' }),
  ]);
  const picture = await drawPicture(painter);
  await owner.attach(picture);
  const target = await owner.createResource({ ...size, bind: Bind.RENDER_TARGET });
  await drawWall(owner, target, picture);
  log(`${picture.describe()} was drawn by ${painter.name} and seen by ${owner.name}`);
  return target.read();
};
