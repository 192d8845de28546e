// How many pixels of each rectangle are seen, and how long the GPU took: occlusion counters and timers.
import type { Context, Query } from 'virgl';
import { Bind, CompareFunc, Format, Primitive, QueryType } from 'virgl/protocol';
import type { Render, Size } from './example';

/** From front to back: name, left, bottom, right, top, depth, colour. */
const RECTANGLES = [
  ['near', -0.7, -0.6, 0.1, 0.4, 0.2, [0.95, 0.45, 0.35, 1]],
  ['middle', -0.3, -0.3, 0.5, 0.6, 0.4, [0.4, 0.75, 0.55, 1]],
  ['far', -0.5, -0.5, 0.8, 0.8, 0.6, [0.35, 0.55, 0.95, 1]],
  ['hidden', -0.6, -0.5, 0, 0.3, 0.8, [1, 1, 1, 1]],
] as const;

const VERTEX_SHADER = `VERT
DCL IN[0]
DCL OUT[0], POSITION
MOV OUT[0], IN[0]
END`;
const FRAGMENT_SHADER = `FRAG
DCL OUT[0], COLOR
DCL CONST[0]
MOV OUT[0], CONST[0]
END`;

const setUp = async (context: Context, size: Size) => {
  const target = await context.createResource({ ...size, bind: Bind.RENDER_TARGET });
  const format = Format.Z32_FLOAT;
  const depth = await context.createResource({ ...size, format, bind: Bind.DEPTH_STENCIL });
  const corners = RECTANGLES.flatMap(([, left, bottom, right, top, z]) =>
    [left, bottom, z, right, bottom, z, left, top, z, right, top, z].map(Number),
  );
  const data = Float32Array.from(corners);
  const vertices = await context.createBuffer({ bind: Bind.VERTEX_BUFFER, data });
  const tests = { depthEnabled: true, depthWritemask: true, depthFunc: CompareFunc.LESS };
  context.setState({
    framebuffer: { color: [target], depthStencil: depth },
    depthStencilAlpha: context.createDepthStencilAlpha(tests),
    shaders: [context.createShader({ text: VERTEX_SHADER }), context.createShader({ text: FRAGMENT_SHADER })],
    vertexBuffers: [{ resource: vertices, stride: 12 }],
    vertexElements: context.createVertexElements({ elements: [{ srcFormat: Format.R32G32B32_FLOAT }] }),
  });
  return target;
};

/** Draws each rectangle inside a counter of its own. */
const drawCounted = (context: Context, counters: readonly Query[]): void => {
  RECTANGLES.forEach(([, , , , , , colour], index) => {
    context.setState({ constants: { FRAGMENT: Float32Array.from(colour) } });
    context.beginQuery(counters[index]);
    context.draw({ start: 4 * index, count: 4, mode: Primitive.TRIANGLE_STRIP });
    context.endQuery(counters[index]);
  });
};

export const render: Render = async (renderer, size, log) => {
  const context = await renderer.createContext({ label: 'queries' });
  const target = await setUp(context, size);
  const counters = await Promise.all(
    RECTANGLES.map(([label]) => context.createQuery({ label, type: QueryType.OCCLUSION_COUNTER })),
  );
  const elapsed = await context.createQuery({ type: QueryType.TIME_ELAPSED });
  const [start, end] = await Promise.all(
    [0, 1].map(() => context.createQuery({ type: QueryType.TIMESTAMP })),
  );

  context.endQuery(start); // a timestamp has no beginning
  context.clear({ color: [0.07, 0.09, 0.13, 1], depth: 1 });
  context.beginQuery(elapsed);
  drawCounted(context, counters);
  context.endQuery(elapsed);
  context.endQuery(end);

  const seen = await Promise.all(counters.map((counter) => context.queryResult(counter)));
  RECTANGLES.forEach(([name], index) => log(`${name.padEnd(8)} ${seen[index]} pixels seen`));
  log(`time elapsed ${await context.queryResult(elapsed)} ns`);
  const span = (await context.queryResult(end)) - (await context.queryResult(start));
  log(`between the timestamps ${span} ns`);
  return target.read();
};
