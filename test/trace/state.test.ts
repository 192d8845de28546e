// The state at commands of streams of stock Mesa, against what the streams' own last commands say.

import fc from 'fast-check';
import { CommandEncoder, decode, ObjectType, ShaderStage, type Command } from '../../lib/protocol';
import { GalliumTracker, printState, referencesOf, stateAt, walkCommands } from '../../lib/trace/inspect';
import type { TraceRecord } from '../../lib/trace/model';
import {
  recordsOfSession,
  recordsOfStream,
  SESSION_NAMES,
  sourceOf,
  STREAM_NAMES,
} from '../support/trace-records';

const submit = (encoder: CommandEncoder, contextId = 1): TraceRecord => ({
  kind: 'call',
  name: 'submitCmd',
  args: { contextId, commands: encoder.finish() },
});
const encoder = (): CommandEncoder => new CommandEncoder();
const track = (...records: TraceRecord[]): GalliumTracker => {
  const tracker = new GalliumTracker();
  for (const record of records) tracker.feed(record);
  return tracker;
};
const ORIGIN = { x: 0, y: 0, z: 0, h: 1, d: 1 };

/** The fields of the last command with a name, and of that stage. */
const lastOf = (
  commands: readonly Command[],
  name: Command['name'],
  stage?: number,
): Record<string, unknown> | undefined =>
  commands.findLast(
    (command) =>
      command.name === name && (stage === undefined || (command.fields as { stage: number }).stage === stage),
  )?.fields as Record<string, unknown> | undefined;

describe.each(STREAM_NAMES)('%s', (name) => {
  const records = recordsOfStream(name);
  const numbered = [...walkCommands(sourceOf(records))];

  test('commands are numbered through, and are those of the streams', () => {
    expect(numbered.map(({ number }) => number)).toEqual(numbered.map((_, index) => index));
    const direct = records.flatMap((record) =>
      record.kind === 'call' && record.name === 'submitCmd'
        ? [...decode((record.args as { commands: Uint8Array }).commands)]
        : [],
    );
    expect(numbered.map(({ command }) => command.name)).toEqual(direct.map((command) => command.name));
    for (const { command, dwords } of numbered) expect(dwords.length).toBe(command.lengthDwords + 1);
  });

  test('at every draw the bound state is what the last commands before it say', () => {
    const before: Command[] = [];
    const tracker = new GalliumTracker();
    let draws = 0;
    for (const record of records) {
      for (const { command } of tracker.steps(record)) {
        before.push(command);
        if (command.name !== 'DRAW_VBO' && command.name !== 'LAUNCH_GRID') continue;
        draws += 1;
        const sub = tracker.current;
        expect(sub?.slot('framebuffer')?.value).toEqual(lastOf(before, 'SET_FRAMEBUFFER_STATE'));
        const { buffers } = lastOf(before, 'SET_VERTEX_BUFFERS') ?? { buffers: [] };
        const set = (buffers as { resource: number }[]).filter(({ resource }) => resource !== 0);
        expect(sub?.slotsOf('vertexBuffers').map(({ value }) => value)).toEqual(set);
        for (const [stage, number] of Object.entries(ShaderStage)) {
          const bound = lastOf(before, 'BIND_SHADER', number)?.handle ?? 0;
          const slot = sub?.slot('shader', stage);
          expect(slot?.objects[0]?.handle ?? 0).toBe(bound);
          if (slot !== undefined) expect(slot.objects[0]?.shader?.isComplete).toBe(true);
          const constants = lastOf(before, 'SET_CONSTANT_BUFFER', number)?.data as Uint32Array | undefined;
          const known = sub?.slot('constants', stage)?.value as { data: Uint32Array } | undefined;
          expect([...(known?.data ?? [])]).toEqual([...(constants ?? [])]);
        }
        const blend = before.findLast(
          (each) => each.name === 'BIND_OBJECT' && each.fields.type === ObjectType.BLEND,
        );
        expect(sub?.slot('blend')?.value).toEqual(blend?.fields);
      }
    }
    if (!name.startsWith('khr') && !name.startsWith('ext-clear')) expect(draws).toBeGreaterThan(0);
  });

  test('shader texts begin and end as TGSI does', () => {
    const tracker = track(...records);
    const all = tracker.liveObjects().filter(({ kind }) => kind === 'SHADER');
    for (const { shader } of all)
      expect(shader?.text).toMatch(/^(VERT|FRAG|GEOM|TESS_CTRL|TESS_EVAL|COMP)\n[^]*END\n$/);
  });

  test('a state is plain JSON, the same twice', () => {
    const middle = Math.floor(numbered.length / 2);
    const state = stateAt(sourceOf(records), middle);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(stateAt(sourceOf(records), middle)).toEqual(state);
    expect(printState(state)).toContain(`${middle} ${state.command.text}`);
  });
});

// The commands that choose sub-contexts, alone.
const subContextsOf = (records: readonly TraceRecord[]): TraceRecord[] => {
  const choices = encoder();
  for (const { command } of walkCommands(sourceOf(records))) {
    if (command.name === 'CREATE_SUB_CTX') choices.createSubCtx(command.fields);
    if (command.name === 'SET_SUB_CTX') choices.setSubCtx(command.fields);
  }
  return [submit(choices)];
};

test('what commands set is the same from any start', () => {
  const records = recordsOfStream('glmark2-es2-desktop-shadow');
  const whole = track(...records);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: records.length - 1 }), (start) => {
      const part = track(...subContextsOf(records.slice(0, start)), ...records.slice(start));
      for (const [slot, { value }] of part.current?.slots ?? []) {
        expect(whole.current?.slots.get(slot)?.value).toEqual(value);
      }
      expect(part.current?.subContextId).toBe(whole.current?.subContextId);
    }),
    { numRuns: 10 },
  );
});

describe('what is bound', () => {
  test('a whole list ends what was behind it, a range leaves the rest', () => {
    const views = encoder();
    for (const handle of [1, 2, 3]) views.createSamplerView({ handle, resource: 9, format: 67, target: 2 });
    views.setSamplerViews({ stage: ShaderStage.FRAGMENT, views: [1, 2, 3] });
    views.setSamplerViews({ stage: ShaderStage.FRAGMENT, views: [2] });
    views.setViewportState({ viewports: [0, 1].map(() => ({ scale: [1, 1, 1], translate: [0, 0, 0] })) });
    views.setViewportState({ startSlot: 1, viewports: [{ scale: [5, 5, 5], translate: [0, 0, 0] }] });
    const sub = track(submit(views)).current;
    expect(sub?.slotsOf('samplerViews').map(({ slot, value }) => [slot, value])).toEqual([
      ['samplerViews.FRAGMENT[0]', 2],
    ]);
    expect(sub?.slot('samplerViews', 'FRAGMENT', 0)?.objects[0]?.resources).toEqual([9]);
    expect(sub?.slotsOf('viewports').map(({ setBy }) => setBy.number)).toEqual([5, 6]);
  });

  test('handle and resource 0 empty a slot', () => {
    const { TESS_EVAL: stage } = ShaderStage;
    const set = encoder()
      .setUniformBuffer({ stage, index: 3, resource: 7, length: 64 })
      .setIndexBuffer({ resource: 7, indexSize: 2, offset: 0 })
      .setShaderBuffers({ stage, buffers: [{ resource: 7 }, { resource: 8 }] });
    const before = track(submit(set)).current;
    expect([...(before?.slots.keys() ?? [])]).toEqual([
      'uniformBuffers.TESS_EVAL[3]',
      'indexBuffer',
      'shaderBuffers.TESS_EVAL[0]',
      'shaderBuffers.TESS_EVAL[1]',
    ]);
    const cleared = encoder()
      .setUniformBuffer({ stage, index: 3, resource: 0 })
      .setIndexBuffer({ resource: 0 })
      .setShaderBuffers({ stage, startSlot: 1, buffers: [{ resource: 0 }] });
    const after = track(submit(set), submit(cleared)).current;
    expect([...(after?.slots.keys() ?? [])]).toEqual(['shaderBuffers.TESS_EVAL[0]']);
  });

  test('each sub-context and context has its own', () => {
    const color = (red: number): [number, number, number, number] => [red, 0, 0, 1];
    const first = encoder()
      .setBlendColor({ color: color(0) })
      .createSubCtx({ id: 4 })
      .setBlendColor({ color: color(1) })
      .setSubCtx({ id: 0 });
    const tracker = track(submit(first), submit(encoder().setBlendColor({ color: color(0.5) }), 2));
    const reds = [...tracker.contexts.values()].map(({ subContexts }) =>
      Array.from(subContexts, ([id, sub]) => [
        id,
        (sub.slot('blendColor')?.value as { color: number[] }).color[0],
      ]),
    );
    expect(reds).toEqual([
      [
        [0, 0],
        [4, 1],
      ],
      [[0, 0.5]],
    ]);
    expect(tracker.currentContext?.contextId).toBe(2);
    tracker.feed(submit(encoder().setSubCtx({ id: 4 }).destroySubCtx({ id: 4 })));
    expect(tracker.current?.subContextId).toBe(0);
    expect(tracker.currentContext?.subContexts.size).toBe(1);
  });

  test('an object stays bound when it is destroyed and its handle used again', () => {
    const commands = encoder()
      .createRasterizer({ handle: 5, cullFace: 1 })
      .bindObject({ type: ObjectType.RASTERIZER, handle: 5 })
      .destroyObject({ type: ObjectType.RASTERIZER, handle: 5 })
      .createRasterizer({ handle: 5, cullFace: 2 });
    const tracker = track(submit(commands));
    const [bound] = tracker.current?.slot('rasterizer')?.objects ?? [];
    expect(bound).toMatchObject({ fields: { cullFace: 1 }, destroyedBy: { number: 2 } });
    expect(tracker.liveObjects()).toMatchObject([{ fields: { cullFace: 2 }, madeBy: [{ number: 3 }] }]);
    const state = stateAt(sourceOf([submit(commands)]), 3);
    expect(state.contexts[0]?.subContexts[0]?.objects).toMatchObject([
      { handle: 5, fields: { cullFace: 'FRONT' }, destroyedBy: { number: 2 } },
      { handle: 5, fields: { cullFace: 'BACK' } },
    ]);
  });

  test('a shader comes in packets', () => {
    const text = `VERT\n${'DCL IN[0]\n'.repeat(100)}END\n`;
    const commands = encoder()
      .createShader({ handle: 3, stage: ShaderStage.VERTEX, text, maxPacketDwords: 64 })
      .bindShader({ handle: 3, stage: ShaderStage.VERTEX });
    const record = submit(commands);
    const tracker = new GalliumTracker();
    const complete = Array.from(
      tracker.steps(record),
      () => tracker.current?.objects.get(3)?.shader?.isComplete,
    );
    expect(complete.slice(-2)).toEqual([true, true]);
    expect(complete.slice(0, -2).every((done) => done === false)).toBe(true);
    const [bound] = tracker.current?.slot('shader', 'VERTEX')?.objects ?? [];
    expect(bound?.shader?.text).toBe(text);
    expect(bound?.madeBy.length).toBe(complete.length - 1);
  });

  test('queries run from begin to end', () => {
    const begin = encoder().createQuery({ handle: 6, queryType: 0, resource: 2 }).beginQuery({ handle: 6 });
    const tracker = track(submit(begin));
    expect(tracker.current?.slotsOf('activeQueries').map(({ index }) => index)).toEqual([6]);
    tracker.feed(submit(encoder().endQuery({ handle: 6 })));
    expect(tracker.current?.slotsOf('activeQueries')).toEqual([]);
  });

  test('references are those with a unit, with their paths', () => {
    const stream = encoder()
      .setVertexBuffers({
        buffers: [
          { stride: 4, resource: 0 },
          { stride: 4, resource: 8 },
        ],
      })
      .setFramebufferState({ zsurf: 3, colorBuffers: [0, 4] })
      .finish();
    expect([...decode(stream)].map(referencesOf)).toEqual([
      [{ unit: 'resource', id: 8, path: 'buffers[1].resource' }],
      [
        { unit: 'object', id: 3, path: 'zsurf' },
        { unit: 'object', id: 4, path: 'colorBuffers[1]' },
      ],
    ]);
  });
});

describe('what calls make', () => {
  const memory: TraceRecord = { kind: 'memory', memoryId: 1, sizeBytes: 64 };
  const create = (resourceId: number, backing: object[] = []): TraceRecord =>
    ({
      kind: 'call',
      name: 'resourceCreate',
      args: { resourceId, target: 0, format: 64, bind: 16, width: 32, backing },
    }) as TraceRecord;
  const range = { memoryId: 1, offsetBytes: 16, lengthBytes: 32 };
  const bytes = Uint8Array.from({ length: 8 }, (_, index) => index + 1);

  test('resources with their defaults, contexts and backing; a refused one is none', () => {
    const tracker = track(
      memory,
      { kind: 'call', name: 'contextCreate', args: { contextId: 1 } },
      create(3, [range]),
      { kind: 'call', name: 'ctxAttachResource', args: { contextId: 1, resourceId: 3 } },
      create(4),
      { kind: 'error', call: 3, code: 'ERR_VIRGL_REFUSED', message: 'no' },
    );
    expect([...tracker.resources.keys()]).toEqual([3]);
    const resource = tracker.resources.get(3);
    expect(resource).toMatchObject({ call: 1, args: { height: 1 }, backing: { ranges: [range], call: 1 } });
    expect([...(resource?.contexts ?? [])]).toEqual([[1, 2]]);
    tracker.feed({ kind: 'call', name: 'contextDestroy', args: { contextId: 1 } });
    expect(tracker.resources.get(3)?.contexts.size).toBe(0);
    tracker.feed({ kind: 'call', name: 'resourceUnref', args: { resourceId: 3 } });
    expect(tracker.resources.size).toBe(0);
  });

  test('contents of buffers from memory, calls and streams, until the host writes', () => {
    const write: TraceRecord = { kind: 'write', memoryId: 1, offsetBytes: 20, bytes };
    const box = { ...ORIGIN, x: 8, w: 8 };
    const transfer = encoder().transfer3d({ resource: 3, box, offset: 4, direction: 1 });
    const inline = encoder().resourceInlineWrite({
      resource: 4,
      box: { ...ORIGIN, w: 4 },
      data: Uint8Array.of(9, 8, 7, 6),
    });
    const copy = encoder().resourceCopyRegion({
      dstResource: 4,
      dstX: 4,
      srcResource: 3,
      srcBox: { ...ORIGIN, x: 8, w: 4 },
    });
    const records = [
      memory,
      write,
      create(3, [range]),
      create(4),
      submit(transfer),
      submit(inline),
      submit(copy),
    ];
    const tracker = track(...records);
    const contents = tracker.resources.get(4)?.contents;
    expect(tracker.resources.get(3)?.contents?.known).toEqual([{ start: 8, end: 16 }]);
    expect(contents?.known).toEqual([{ start: 0, end: 8 }]);
    expect([...(contents?.bytes.subarray(0, 8) ?? [])]).toEqual([9, 8, 7, 6, 1, 2, 3, 4]);
    const bind = encoder()
      .setShaderBuffers({ stage: ShaderStage.COMPUTE, buffers: [{ resource: 4, length: 32 }] })
      .launchGrid({ grid: [1, 1, 1] });
    tracker.feed(submit(bind));
    expect(tracker.resources.get(4)?.contents?.known).toEqual([]);
    expect(tracker.resources.get(3)?.contents?.known).toEqual([{ start: 8, end: 16 }]);
  });

  test('streams in shared memory are read from it; other languages are not decoded', () => {
    const stream = new Uint8Array(encoder().setSubCtx({ id: 0 }).finish().slice().buffer);
    const records: TraceRecord[] = [
      memory,
      { kind: 'write', memoryId: 1, offsetBytes: 8, bytes: stream },
      {
        kind: 'call',
        name: 'submitCmd',
        args: { contextId: 1, commands: { memoryId: 1, offsetBytes: 8, lengthBytes: stream.length } },
      },
      { kind: 'call', name: 'contextCreate', args: { contextId: 2, capsetId: 4 } },
      { kind: 'frame' },
      submit(encoder().setSubCtx({ id: 1 }), 2),
      submit(encoder().setSubCtx({ id: 1 }), 1),
    ];
    const commands = [...walkCommands(sourceOf(records))];
    expect(commands.map(({ number, call, frame }) => [number, call, frame])).toEqual([
      [0, 0, 0],
      [1, 3, 1],
    ]);
  });
});

test.each(SESSION_NAMES)('%s: what is drawn with is alive, and read buffers are known', (name) => {
  const tracker = new GalliumTracker();
  let draws = 0;
  for (const record of recordsOfSession(name)) {
    for (const { command } of tracker.steps(record)) {
      if (command.name !== 'DRAW_VBO') continue;
      draws += 1;
      for (const slot of tracker.current?.slots.values() ?? []) {
        for (const object of slot.objects) expect(object.fields.handle).toBe(object.handle);
      }
      for (const { resources } of tracker.current?.slotsOf('vertexBuffers') ?? []) {
        const [id = 0] = resources;
        expect(tracker.resources.get(id)?.args.target).toBe(0);
      }
    }
  }
  expect(tracker.commands).toBeGreaterThan(0);
  if (name.includes('glmark2')) expect(draws).toBeGreaterThan(0);
});

test("a trace may be followed from its middle: writes to memory from before are nobody's", () => {
  const range = { memoryId: 1, offsetBytes: 0, lengthBytes: 8 };
  const write = (offsetBytes: number): TraceRecord => ({
    kind: 'write',
    memoryId: 1,
    offsetBytes,
    bytes: Uint8Array.of(1, 2, 3, 4),
  });
  const tracker = track(write(0), { kind: 'memory', memoryId: 1, sizeBytes: 8 }, write(6));
  expect([...tracker.memory.read(range)]).toEqual([0, 0, 0, 0, 0, 0, 1, 2]);
  tracker.feed({ kind: 'memoryEnd', memoryId: 1 });
  expect([...tracker.memory.read(range)]).toEqual(Array(8).fill(0));
});

test('a number that no command has is refused', () => {
  const source = sourceOf(recordsOfStream('es2gears'));
  const last = [...walkCommands(source)].length - 1;
  expect(() => stateAt(source, last + 1)).toThrow(`expected a command from 0 to ${last}`);
  expect(() => stateAt(source, -1)).toThrow('commandNumber');
});
