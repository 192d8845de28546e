// Thin triangles, left with one sample per pixel, right with four: pixels are shown twice as large, so that steps are seen.

import type { Context, Resource } from 'virgl';
import { Bind, Format, Primitive } from 'virgl/protocol';
import type { Render, Size } from './example';

const RAYS = 24;
/** Radians, of each ray's outer end. */
const RAY_WIDTH = 0.03;
const ZOOM = 2;
const SAMPLES = 4;
const BACKGROUND = [0.07, 0.09, 0.13, 1];

const VERTEX_SHADER = `VERT
DCL IN[0]
DCL OUT[0], POSITION
MOV OUT[0], IN[0]
END`;
const FRAGMENT_SHADER = `FRAG
DCL OUT[0], COLOR
IMM[0] FLT32 {1.0000, 0.8500, 0.5000, 1.0000}
MOV OUT[0], IMM[0]
END`;

/** Rays around the centre, round whatever the shape of the picture is. */
const rays = ({ width, height }: Size): Float32Array => {
  const radius = 0.95 * Math.min(width, height);
  const onCircle = (angle: number): number[] => [
    (Math.cos(angle) * radius) / width,
    (Math.sin(angle) * radius) / height,
  ];
  const ray = (_: unknown, index: number): number[] => {
    const angle = ((index + 0.5) / RAYS) * 2 * Math.PI;
    return [0, 0, ...onCircle(angle - RAY_WIDTH), ...onCircle(angle + RAY_WIDTH)];
  };
  return Float32Array.from(Array.from({ length: RAYS }, ray).flat());
};

/** Draws the rays with so many samples per pixel and returns a picture of one sample per pixel. */
const drawRays = async (context: Context, size: Size, nrSamples: number): Promise<Resource> => {
  const single = await context.createResource({ ...size, bind: Bind.RENDER_TARGET });
  const drawn =
    nrSamples === 0 ? single : await context.createResource({ ...size, nrSamples, bind: Bind.RENDER_TARGET });
  context.setState({
    framebuffer: { color: [drawn] },
    rasterizer: context.createRasterizer({ multisample: nrSamples > 0 }),
  });
  context.clear({ color: BACKGROUND });
  context.draw({ count: RAYS * 3, mode: Primitive.TRIANGLES });
  // A blit to fewer samples resolves them: each pixel becomes the mean of its samples.
  if (drawn !== single) context.blit({ src: { resource: drawn }, dst: { resource: single } });
  return single;
};

export const render: Render = async (renderer, size) => {
  const context = await renderer.createContext({ label: 'msaa' });
  const target = await context.createResource({ ...size, bind: Bind.RENDER_TARGET });
  const half = {
    width: Math.ceil(size.width / 2 / ZOOM),
    height: Math.ceil(size.height / ZOOM),
  };
  const vertices = await context.createBuffer({ bind: Bind.VERTEX_BUFFER, data: rays(half) });
  context.setState({
    shaders: [context.createShader({ text: VERTEX_SHADER }), context.createShader({ text: FRAGMENT_SHADER })],
    vertexBuffers: [{ resource: vertices, stride: 8 }],
    vertexElements: context.createVertexElements({ elements: [{ srcFormat: Format.R32G32_FLOAT }] }),
  });
  for (const [side, nrSamples] of [0, SAMPLES].entries()) {
    const resource = await drawRays(context, half, nrSamples);
    const [w, h] = [size.width / 2, size.height].map(Math.floor);
    context.blit({
      src: { resource },
      dst: { resource: target, box: { x: side * w, y: 0, z: 0, w, h, d: 1 } },
    });
  }
  return target.read();
};
