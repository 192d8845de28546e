// Programs of traces in the typed classes: they make the same calls with the same bytes, say most of it by classes, and are TypeScript as
// strict as this package's own.

import fc from 'fast-check';
import { Bind, Format, Primitive, QueryType, TextureTarget } from '../../lib/protocol';
import type { Context, Renderer, Resource } from '../../lib/renderer';
import { SharedMemory } from '../../lib/host';
import { type CallRecord, toTypeScript, type TraceRecord } from '../../lib/trace';
import { LenientHost, sourceOf, STREAM_NAMES, traceOfStreams } from './support/edit-traces';
import { expectSameCalls } from './support/generated-program';
import { expectClean } from './support/strict-programs';
import { recordScript } from './support/record-script';

const SIZE = { width: 32, height: 16 };
const VERTEX = 'VERT\nDCL IN[0]\nDCL OUT[0], POSITION\nMOV OUT[0], IN[0]\nEND';
const FRAGMENT = 'FRAG\nDCL OUT[0], COLOR\nDCL CONST[0]\nMOV OUT[0], CONST[0]\nEND';

/** Examples that need nothing but a host that renders nothing. */
const NAMES = [
  'triangle',
  'textured-cube',
  'instancing',
  'shadow-map',
  'msaa',
  'transform-feedback',
  'two-contexts',
  'video-wall',
];

interface Example {
  render(renderer: Renderer, size: typeof SIZE, log: (line: string) => void): Promise<Uint8Array>;
}

const recordExample = (name: string): Promise<readonly TraceRecord[]> =>
  recordScript(async (renderer) => {
    const { render } = (await import(`../../examples/${name}`)) as Example;
    return render(renderer, SIZE, () => undefined);
  });

describe('examples', () => {
  test.each(NAMES)('%s is said by classes alone', async (name) => {
    const { counts, source } = await expectSameCalls(await recordExample(name));
    expect(counts.byClass).toBe(counts.commands);
    expect(counts.commands).toBeGreaterThan(10);
    expect(source).not.toMatch(/host\.\w+\(|\.commands\./);
  });

  test('the triangle reads as it was written', async () => {
    const { source } = await toTypeScript(sourceOf(await recordExample('triangle')));
    const inOrder = [
      'const renderer = await Renderer.open({ host });',
      "const context1 = await renderer.createContext({ label: 'triangle' });",
      'const texture1 = await context1.createResource({ bind: Bind.RENDER_TARGET, width: 32, height: 16 });',
      'const buffer2 = await context1.createBuffer({',
      'data: Float32Array.of(0, 0.8, 1, 0, 0, -0.8,',
      'const vertexShader5 = context1.createShader({',
      'framebuffer: { color: [texture1] },',
      'vertexBuffers: [{ resource: buffer2, stride: 20 }],',
      'shaders: [vertexShader5, fragmentShader6],',
      'context1.clear({ color: [0.07, 0.09, 0.13, 1] });',
      'context1.draw({ count: 3, mode: Primitive.TRIANGLES });',
      'await texture1.read();',
    ];
    const places = inOrder.map((line) => source.indexOf(line));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });
});

describe("Mesa's streams", () => {
  test.each(STREAM_NAMES)('%s', async (name) => {
    const records = traceOfStreams(name);
    const { counts } = await expectSameCalls(records);
    expect(counts.byClass / counts.commands).toBeGreaterThan(0.75);
    expect((await expectSameCalls(records, { classes: false })).counts.byClass).toBe(0);
  });
});

const draw = (context: Context): void => context.draw({ count: 3, mode: Primitive.TRIANGLES });

describe('what happens in scripts', () => {
  test('commands of the encoder stand between those of classes', async () => {
    const records = await recordScript(async (renderer) => {
      const context = await renderer.createContext();
      context.setState({ sampleMask: 1 });
      context.commands.setScissorState({ startSlot: 3, scissors: [{ minX: 0, minY: 0, maxX: 4, maxY: 4 }] });
      draw(context);
      await context.flush();
    });
    const { source, counts } = await expectSameCalls(records);
    expect(counts).toMatchObject({ commands: 12, byClass: 11 });
    expect(source).toMatch(
      /setState\(\{ sampleMask: 1 \}\);\n.*commands\.setScissorState\(.*\n.*\.draw\(.*\n.*\.flush\(\);/,
    );
  });

  test('long streams are sent by themselves', async () => {
    const records = await recordScript(async (renderer) => {
      const context = await renderer.createContext();
      for (let draws = 0; draws < 3000; draws += 1) draw(context);
      await context.flush();
      for (let sets = 0; sets < 3000; sets += 1) context.setState({ sampleMask: sets, minSamples: 1 });
      for (let sets = 0; sets < 3000; sets += 1) context.commands.setSampleMask({ mask: sets });
      draw(context);
      await context.flush();
    });
    const { counts } = await expectSameCalls(records);
    expect(counts.byClass / counts.commands).toBeGreaterThan(0.9);
  });

  test('contexts share resources, and keep their objects apart', async () => {
    const records = await recordScript(async (renderer) => {
      const [one, other] = [await renderer.createContext(), await renderer.createContext()];
      const texture = await one.createResource({ ...SIZE, bind: Bind.RENDER_TARGET | Bind.SAMPLER_VIEW });
      await other.attach(texture);
      one.setState({ framebuffer: { color: [texture] }, blend: one.createBlend() });
      other.setState({ samplerViews: { FRAGMENT: [texture] }, blend: other.createBlend() });
      one.clear({ color: [1, 1, 1, 1] });
      await texture.read();
      await other.destroy();
      await texture.destroy();
    });
    const { source } = await expectSameCalls(records);
    expect(source).toContain('blend5OfContext2');
    expect(source).toContain('await texture1.destroy();');
  });

  test('sub-contexts are told by the encoder', async () => {
    const records = await recordScript(async (renderer) => {
      const context = await renderer.createContext();
      const sub = await context.createSubContext();
      sub.setState({ blend: sub.createBlend() });
      await sub.flush();
      draw(context);
      await context.flush();
    });
    expect((await expectSameCalls(records)).source).toContain('context1.commands.setSubCtx({ id: 1 })');
  });

  test('buffers of queries are memory of the program', async () => {
    const records = await recordScript(async (renderer) => {
      const context = await renderer.createContext();
      const query = await context.createQuery({ type: QueryType.OCCLUSION_COUNTER });
      context.beginQuery(query);
      draw(context);
      context.endQuery(query);
      context.fence();
      await context.flush();
    });
    const { source, counts } = await expectSameCalls(records);
    expect(counts.byClass).toBe(counts.commands);
    expect(source).toContain('result: { buffer: buffer1, memory: p.shared(memory1) }');
    expect(source).toContain('context1.beginQuery(query5);');
    expect(source).toContain('p.fence(context1.finished());');
  });
});

describe('what happens to hosts', () => {
  const context: TraceRecord = { kind: 'call', name: 'contextCreate', args: { contextId: 1 } };
  const submit = (dwords: readonly number[]): TraceRecord => ({
    kind: 'call',
    name: 'submitCmd',
    args: { contextId: 1, commands: Uint32Array.from(dwords) },
  });
  const setMask = [0x0001001e, 7];

  test('a refused stream is flushed, a lost context is left to the host', async () => {
    const records: TraceRecord[] = [
      context,
      submit(setMask),
      { kind: 'error', call: 1, code: 'ERR_VIRGL_REFUSED', message: 'no' },
      submit(setMask),
      { kind: 'error', call: 2, code: 'ERR_VIRGL_CONTEXT_LOST', message: 'no' },
      submit(setMask),
      { kind: 'error', call: 3, code: 'ERR_VIRGL_CONTEXT_LOST', message: 'no' },
    ];
    const { source } = await expectSameCalls(records);
    expect(source.match(/await p\.refused\(context1\.flush\(\)\)/g)).toHaveLength(2);
    expect(source).toContain('stream.');
  });

  test('an empty stream and one of bytes are submitted by hand', async () => {
    const bytes = new Uint8Array(Uint32Array.from(setMask).buffer);
    const { source } = await expectSameCalls([
      context,
      submit([]),
      { kind: 'call', name: 'submitCmd', args: { contextId: 1, commands: bytes } },
      submit(setMask),
    ]);
    expect(source).toContain('commands: p.takeBytes(context1.commands)');
    expect(source).toContain('await context1.flush();');
  });

  test('ids that come again are the variables of what they stand for then', async () => {
    const buffer = { target: 0, format: Format.R8_UNORM, bind: Bind.VERTEX_BUFFER, width: 64 };
    const create = (args: object): TraceRecord[] => [
      { kind: 'call', name: 'resourceCreate', args: { resourceId: 5, ...args } as never },
      { kind: 'call', name: 'ctxAttachResource', args: { contextId: 1, resourceId: 5 } },
    ];
    const unref: TraceRecord = { kind: 'call', name: 'resourceUnref', args: { resourceId: 5 } };
    const { source } = await expectSameCalls([
      context,
      ...create(buffer),
      unref,
      ...create({ ...buffer, width: 128 }),
      { kind: 'frame' },
      unref,
      ...create({ ...buffer, format: 0xffff }),
    ]);
    expect(source.match(/buffer5 = await context1\.createResource/g)).toHaveLength(2);
    expect(source).toContain('let buffer5: Resource;');
    expect(source).toContain('await host.resourceCreate({\n    resourceId: 5,');
  });
});

/** A step of a script, by numbers that choose what it uses. */
type Step = (state: ScriptState, one: number, other: number) => unknown;

interface ScriptState {
  renderer: Renderer;
  contexts: Context[];
  resources: Resource[];
  objects: { destroy(): void }[];
}

const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)];

const STEPS: readonly Step[] = [
  async ({ renderer, contexts }, one) => {
    if (contexts.length < 3) contexts.push(await renderer.createContext({ verbatim: one % 2 === 0 }));
  },
  async ({ contexts, resources }, one, other) => {
    const bind = Bind.RENDER_TARGET | Bind.SAMPLER_VIEW;
    const made = await pick(contexts, one)?.createResource({
      width: 8,
      height: 8,
      lastLevel: other % 3,
      bind,
    });
    if (made !== undefined) resources.push(made);
  },
  async ({ contexts, resources }, one, other) => {
    const data = Uint8Array.from({ length: 64 }, (_, index) => index * other);
    const made = await pick(contexts, one)?.createBuffer({ bind: Bind.VERTEX_BUFFER, data });
    if (made !== undefined) resources.push(made);
  },
  ({ contexts, resources }, one, other) => {
    const resource = pick(resources, other);
    return resource && pick(contexts, one)?.attach(resource);
  },
  ({ contexts, objects }, one, other) => {
    const context = pick(contexts, one);
    const blend = context?.createBlend({ dither: other % 2 === 1 });
    if (blend !== undefined && context !== undefined) {
      context.setState({ blend, sampleMask: other });
      objects.push(blend);
    }
  },
  ({ contexts, resources }, one, other) => {
    const resource = pick(resources, other);
    if (resource?.descriptor.target === TextureTarget.TEXTURE_2D)
      pick(contexts, one)?.setState({
        framebuffer: { color: [resource] },
        samplerViews: { FRAGMENT: [resource] },
      });
  },
  ({ contexts, resources, objects }, one, other) => {
    const resource = pick(resources, other);
    const context = pick(contexts, one);
    if (resource?.descriptor.target !== TextureTarget.TEXTURE_2D || context === undefined) return;
    const surface = context.createSurface({ resource });
    context.setState({ framebuffer: { color: [surface] } });
    objects.push(surface);
  },
  ({ contexts }, one, other) => {
    const context = pick(contexts, one);
    const elements = [{ srcFormat: Format.R32_FLOAT, instanceDivisor: other % 2 }];
    context?.setState({
      vertexElements: context.createVertexElements({ elements }),
      shaders: [context.createShader({ text: VERTEX }), context.createShader({ text: FRAGMENT })],
    });
  },
  ({ contexts, resources }, one, other) => {
    const resource = pick(resources, other);
    if (resource?.descriptor.target === TextureTarget.BUFFER)
      pick(contexts, one)?.setState({ vertexBuffers: [{ resource, stride: other % 64 }] });
  },
  ({ contexts }, one) => pick(contexts, one)?.clear({ color: [0, 0.5, 1, 1], depth: 0.25 }),
  ({ contexts }, one, other) => pick(contexts, one)?.draw({ count: other, mode: Primitive.POINTS }),
  ({ contexts }, one, other) => void pick(contexts, one)?.commands.setSampleMask({ mask: other }),
  ({ objects }, one) => pick(objects, one)?.destroy(),
  ({ contexts }, one) => pick(contexts, one)?.flush(),
  ({ contexts }, one) => pick(contexts, one)?.finished(),
  ({ resources }, one) => pick(resources, one)?.read(),
  ({ resources }, one) => {
    const resource = pick(resources, one);
    return resource?.write(new Uint8Array(resource.byteSize()).fill(one));
  },
  ({ resources }, one) => pick(resources, one)?.destroy(),
  ({ contexts }, one) => one % 4 === 0 && pick(contexts, one)?.destroy(),
];

const step = fc.tuple(fc.nat(STEPS.length - 1), fc.nat(20), fc.nat(20));

test('scripts of any steps', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const records = await recordScript(async (renderer) => {
        const contexts = [await renderer.createContext(), await renderer.createContext()];
        const bind = Bind.RENDER_TARGET | Bind.SAMPLER_VIEW;
        const texture = await contexts[0].createResource({ ...SIZE, bind });
        await contexts[1].attach(texture);
        const state: ScriptState = { renderer, contexts, resources: [texture], objects: [] };
        for (const [number, one, other] of steps) {
          try {
            await STEPS[number](state, one, other);
          } catch {
            // Not every step makes sense behind every other.
          }
        }
      });
      await expectSameCalls(records);
    }),
    { numRuns: 100 },
  );
}, 120_000);

const submitted = ({ args }: CallRecord): unknown => (args as { commands?: unknown } | undefined)?.commands;

/** Leaves a call out, doubles it, or moves it, by numbers that choose which. */
const edited = (
  records: readonly TraceRecord[],
  edits: readonly (readonly [kind: number, from: number, to: number])[],
): TraceRecord[] => {
  const list = [...records];
  for (const [kind, from, to] of edits) {
    const calls = list.flatMap((record, at) => (record.kind === 'call' ? [at] : []));
    const [one = 0, other = 0] = [pick(calls, from), pick(calls, to)];
    const record = kind === 1 ? list[one] : list.splice(one, 1)[0];
    if (kind > 0) list.splice(other, 0, record);
  }
  return list;
};

test('traces whose calls make no sense', async () => {
  const names = ['triangle', 'textured-cube', 'transform-feedback', 'two-contexts'];
  const scripts = await Promise.all(names.map(recordExample));
  const streams = STREAM_NAMES.slice(0, 2).map(traceOfStreams);
  const traces = [...scripts, ...streams].map((records) =>
    // Memory must be there before it is used.
    records.filter(({ kind }) => kind === 'call' || kind === 'frame'),
  );
  const usable = traces.map((records) =>
    records.filter((record) => record.kind !== 'call' || !('memoryId' in Object(submitted(record)))),
  );
  const edit = fc.tuple(fc.nat(2), fc.nat(200), fc.nat(200));
  await fc.assert(
    fc.asyncProperty(fc.nat(usable.length - 1), fc.array(edit, { minLength: 1, maxLength: 6 }), (at, edits) =>
      expectSameCalls(edited(usable[at], edits), {}, LenientHost).then(() => undefined),
    ),
    { numRuns: 40 },
  );
}, 120_000);

test('memory that a script lends is that of the program', async () => {
  using memory = SharedMemory.create(4096, { name: 'test' });
  const records = await recordScript(async (renderer) => {
    const context = await renderer.createContext({ verbatim: true, id: 4 });
    const backing = [memory.range(0, 64)];
    const target = TextureTarget.BUFFER;
    const buffer = await context.createResource({ id: 9, target, width: 64, bind: Bind.CUSTOM, backing });
    memory.bytes.fill(3, 0, 64);
    const box = { x: 0, y: 0, z: 0, w: 64, h: 1, d: 1 };
    await renderer.host.transferWriteIov({ resourceId: buffer.id, contextId: 4, box });
  });
  const { source } = await expectSameCalls(records);
  expect(source).toContain('backing: [p.range(memory1, 0, 64)],');
  expect(source).toContain('resourceId: buffer9.id,');
});

test('programs are as strict as this package', async () => {
  const sources = new Map<string, string>();
  for (const name of ['textured-cube', 'two-contexts', 'transform-feedback'])
    sources.set(name, (await toTypeScript(sourceOf(await recordExample(name)))).source);
  for (const name of STREAM_NAMES.slice(0, 3)) {
    const trace = sourceOf(traceOfStreams(name));
    sources.set(name, (await toTypeScript(trace)).source);
    sources.set(`${name}-encoder`, (await toTypeScript(trace, { classes: false })).source);
  }
  expectClean(sources);
}, 120_000);
