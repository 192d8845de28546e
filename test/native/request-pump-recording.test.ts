// A pump that records: what it runs is in the file as if the recorder had seen it, and what it can't judge it leaves alone.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { NativeHost, type RequestPump, SharedMemory, UnixSocket } from '../../lib/host';
import { Bind, Clear, CommandEncoder, Format, ObjectType, TransferDirection } from '../../lib/protocol';
import {
  type RecordOptions,
  RecordingHost,
  TraceReader,
  type TraceRecord,
  TraceWriter,
} from '../../lib/trace';
import { describeNative } from '../support/native-library';
import { BOX, texture } from '../support/proof';
import { startPump } from '../support/start-pump';
import { submit } from '../support/vtest-drawing';
import { request, requests } from '../support/vtest-session';

const MIB = 1 << 20;
const META = { writer: 'test', recordedAt: '2026-01-01T00:00:00.000Z' };
const LEAST_RING_BYTES = 64 * 1024;
/** Of 20 kB each. */
const STREAMS = 12;
const TARGET = 1;
const OTHER = 2;

const buffer = (handle: number, bind: number = Bind.CUSTOM): Buffer =>
  request(12, handle, 0, Format.R8_UNORM, bind, 8, 1, 1, 1, 0, 0, 8);
const unref = (handle: number): Buffer => request(3, handle);

const surface = (encoder: CommandEncoder, resource: number): CommandEncoder =>
  encoder.createSurface({ handle: resource, resource, format: Format.R8G8B8A8_UNORM });
const clear = (encoder = new CommandEncoder()): CommandEncoder =>
  encoder.clear({ buffers: Clear.COLOR0, color: [1, 0, 0, 1], depth: 1, stencil: 0 });
const drawTo = (resource: number): CommandEncoder =>
  new CommandEncoder().setFramebufferState({ colorBuffers: [resource], zsurf: 0 });
const depthOnly = (): CommandEncoder =>
  new CommandEncoder().clear({ buffers: Clear.DEPTH, color: [0, 0, 0, 0], depth: 1, stencil: 0 });

const transfer = (): CommandEncoder =>
  new CommandEncoder().transfer3d({
    resource: TARGET,
    level: 0,
    usage: 0,
    stride: 0,
    layerStride: 0,
    box: BOX,
    offset: 0,
    direction: TransferDirection.TO_HOST,
  });

describeNative('a pump that records', () => {
  const inbox = { bytes: new Uint8Array(256 * 1024), start: 0, end: 0 };
  const session = { contextId: 1, choosesIds: false, budgetBytes: 64 * MIB, waitMs: 0 };
  let folder: string;
  let file: string;
  let host: RecordingHost;
  let pump: RequestPump;
  let near: UnixSocket;
  let far: UnixSocket;
  let progress: SharedMemory;

  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-pump-'));
    file = path.join(folder, 'pump.vgtrace');
  });
  afterAll(() => fs.rmSync(folder, { recursive: true }));
  afterEach(async () => {
    await host.close();
    near.close();
    far.close();
    progress.close();
  });

  /** A recorded host with two targets, of which the first is drawn to. */
  const begin = async (options: RecordOptions = {}, bufferBytes = MIB): Promise<void> => {
    const writer = TraceWriter.create(file, META, { bufferBytes });
    host = new RecordingHost(await NativeHost.open({ inline: true, onLog: () => {} }), writer, options);
    [near, far] = UnixSocket.pair('stream');
    progress = SharedMemory.create(4096);
    pump = startPump(host, near, progress, MIB);
    Object.assign(inbox, { start: 0, end: 0 });
    await host.contextCreate({ contextId: 1 });
    for (const resourceId of [TARGET, OTHER]) {
      await host.resourceCreate(texture(resourceId));
      await host.ctxAttachResource({ contextId: 1, resourceId });
    }
    const encoder = surface(surface(new CommandEncoder(), TARGET), OTHER);
    const commands = encoder.setFramebufferState({ colorBuffers: [TARGET], zsurf: 0 }).finish();
    await host.submitCmd({ contextId: 1, commands });
    expect(pump.makeFence()).toBe(true);
  };

  const run = (...parts: Buffer[]) => {
    if (parts.length > 0) far.sendSync(parts);
    return pump.run(inbox, session);
  };
  /** Runs streams, which the pump must take. */
  const draw = (...streams: CommandEncoder[]): void => {
    expect(run(...streams.map((stream) => submit(stream.finish())))).toBe('nothing');
    expect(pump.report.submits).toBe(streams.length);
  };
  /** Gives the pump a stream that it must leave, and makes the call that a session makes then. */
  const leave = async (stream: CommandEncoder): Promise<void> => {
    const commands = stream.finish();
    expect(run(submit(commands))).toBe('unhandled');
    expect(pump.report).toMatchObject({ requests: 0, submits: 0 });
    Object.assign(inbox, { start: 0, end: 0 });
    // A transfer without memory is refused.
    await host.submitCmd({ contextId: 1, commands }).catch(() => undefined);
    expect(pump.makeFence()).toBe(true);
    // Pictures are read meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
  };

  /** The records of the file that followed the first `skipped` calls, without times. */
  const recorded = async (skipped = 0): Promise<TraceRecord[]> => {
    await host.close();
    using trace = TraceReader.open(file);
    expect(trace.summary.problem).toBeUndefined();
    let calls = 0;
    return [...trace.records()].flatMap((record) => {
      const isOld = calls < skipped;
      if (record.kind === 'call') calls += 1;
      return isOld || record.kind === 'time' || record.kind === 'log' ? [] : [structuredClone(record)];
    });
  };
  const kinds = (records: readonly TraceRecord[]): string[] =>
    records.map((record) => (record.kind === 'call' ? record.name : record.kind));

  test('what it runs is in the trace, in words that a recorder would have used', async () => {
    await begin({ frames: 'none' });
    const skipped = host.calls;
    const stream = clear();
    expect(run(buffer(7), submit(stream.finish()), requests.busyWait(7, 1), unref(7))).toBe('nothing');
    expect(pump.report.requests).toBe(4);
    expect(host.calls).toBe(skipped + 5);
    const created = { target: 0, format: Format.R8_UNORM, bind: Bind.CUSTOM, width: 8, height: 1, depth: 1 };
    const backing = [{ memoryId: 1, offsetBytes: 0, lengthBytes: 8 }];
    const records = await recorded(skipped);
    expect(records.filter(({ kind }) => kind !== 'fenceReached')).toEqual([
      { kind: 'memory', memoryId: 1, sizeBytes: 8 },
      {
        kind: 'call',
        name: 'resourceCreate',
        args: { resourceId: 7, ...created, arraySize: 1, lastLevel: 0, nrSamples: 0, backing },
      },
      { kind: 'call', name: 'ctxAttachResource', args: { contextId: 1, resourceId: 7 } },
      { kind: 'call', name: 'submitCmd', args: { contextId: 1, commands: stream.finish() } },
      { kind: 'call', name: 'createFence', args: undefined },
      { kind: 'call', name: 'resourceUnref', args: { resourceId: 7 } },
      { kind: 'memoryEnd', memoryId: 1 },
    ]);
    // Of the fence that JavaScript had recorded, and of its own.
    expect(records.flatMap((record) => (record.kind === 'fenceReached' ? [record.call] : []))).toEqual(
      expect.arrayContaining([skipped + 3]),
    );
  });

  test('frames end before the stream that clears once more what this frame has cleared', async () => {
    await begin({ pictures: 'none' });
    const skipped = host.calls;
    draw(clear(), clear(drawTo(OTHER)), depthOnly(), clear(drawTo(TARGET)), clear(drawTo(TARGET)));
    expect(host.frames).toBe(2);
    expect(kinds(await recorded(skipped)).filter((kind) => kind !== 'fenceReached')).toEqual([
      ...['submitCmd', 'createFence', 'submitCmd', 'createFence', 'submitCmd', 'createFence'],
      ...['frame', 'submitCmd', 'createFence', 'frame', 'submitCmd', 'createFence'],
      'frame',
    ]);
  });

  test('frames go on from JavaScript to the pump, and back', async () => {
    await begin({ pictures: 'none' });
    await host.submitCmd({ contextId: 1, commands: clear(drawTo(OTHER)).finish() });
    draw(clear(), depthOnly());
    expect(host.frames).toBe(1);
    // Still drawn to as the pump has left it.
    draw(clear(drawTo(TARGET)));
    await host.submitCmd({ contextId: 1, commands: clear().finish() });
    expect(host.frames).toBe(2);
  });

  test.each(['readback', 'none'] as const)('clears end no frames where the rule is %s', async (frames) => {
    await begin({ frames });
    draw(clear(), clear(), clear());
    expect(host.frames).toBe(0);
  });

  test('the beginnings of frames whose pictures are wanted are left alone', async () => {
    await begin();
    draw(clear());
    for (let frame = 1; frame <= 3; frame += 1) {
      await leave(clear());
      expect(host.frames).toBe(frame);
    }
    draw(clear(), clear());
    const pictures = (await recorded()).flatMap((record) =>
      record.kind === 'frame' ? [record.picture] : [],
    );
    expect(pictures.map((picture) => picture !== undefined)).toEqual([true, true, true, false, false, false]);
  });

  test.each([
    ['transfers', () => transfer()],
    ['surfaces', () => new CommandEncoder().destroyObject({ type: ObjectType.SURFACE, handle: OTHER })],
    ['another sub-context', () => new CommandEncoder().createSubCtx({ id: 3 }).setSubCtx({ id: 3 })],
  ])('streams with %s are left alone', async (_what, stream) => {
    await begin({ pictures: 'none' });
    const skipped = host.calls;
    await leave(stream());
    expect(kinds(await recorded(skipped))).toEqual(expect.arrayContaining(['submitCmd', 'createFence']));
    expect(host.calls).toBe(skipped + 2);
  });

  test('transfers are left alone, because memory is compared', async () => {
    await begin();
    expect(run(buffer(7, Bind.VERTEX_BUFFER))).toBe('nothing');
    const put = request(14, 7, 0, 0, 0, 0, 8, 1, 1, 0, 0);
    expect(run(put)).toBe('unhandled');
    const skipped = host.calls;
    const released = pump.release(7);
    released?.memory.bytes.fill(9, 2, 4);
    const box = { x: 0, y: 0, z: 0, w: 8, h: 1, d: 1 };
    await host.transferWriteIov({ resourceId: 7, contextId: 1, box });
    await host.resourceUnref({ resourceId: 7 });
    released?.memory.close();
    released?.fd.close();
    expect(await recorded(skipped)).toEqual([
      { kind: 'write', memoryId: 1, offsetBytes: 0, bytes: Uint8Array.of(0, 0, 9, 9, 0, 0, 0, 0) },
      { kind: 'call', name: 'transferWriteIov', args: { resourceId: 7, contextId: 1, box } },
      { kind: 'call', name: 'resourceUnref', args: { resourceId: 7 } },
      { kind: 'memoryEnd', memoryId: 1 },
    ]);
  });

  test('a recorder claims a buffer that a stream transfers', async () => {
    await begin();
    const claimed: number[] = [];
    pump.onClaim = (id) => claimed.push(id);
    expect(run(buffer(7))).toBe('nothing');
    const copy = transfer().finish();
    copy[1] = 7;
    await host.submitCmd({ contextId: 1, commands: copy }).catch(() => undefined);
    expect(claimed).toEqual([7, 7]);
  });

  test('what fails is recorded with its error', async () => {
    await begin();
    const skipped = host.calls;
    const bad = Uint32Array.of((1 << 16) | (99 << 8) | 1, 0);
    expect(run(submit(bad))).toBe('submitAnswered');
    await expect(pump.submitAnswer(1)).rejects.toMatchObject({ code: 'ERR_VIRGL_CONTEXT_LOST' });
    const records = await recorded(skipped);
    expect(kinds(records)).toEqual(['submitCmd', 'error']);
    expect(records[1]).toMatchObject({ call: skipped, code: 'ERR_VIRGL_CONTEXT_LOST' });
  });

  test('where the writer is behind, the pump waits for nobody, and nothing is lost', async () => {
    await begin({ frames: 'none' }, LEAST_RING_BYTES);
    const skipped = host.calls;
    const large = depthOnly();
    for (let count = 0; count < 1000; count += 1) large.setBlendColor({ color: [1, 2, 3, 4] });
    const commands = large.finish();
    let left = 0;
    for (let count = 0; count < STREAMS; count += 1) {
      if (run(submit(commands)) === 'nothing') continue;
      left += 1;
      Object.assign(inbox, { start: 0, end: 0 });
      await host.submitCmd({ contextId: 1, commands });
    }
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(STREAMS);
    const calls = (await recorded(skipped)).filter((record) => record.kind === 'call');
    expect(calls.filter(({ name }) => name === 'submitCmd')).toEqual(
      Array(STREAMS).fill({ kind: 'call', name: 'submitCmd', args: { contextId: 1, commands } }),
    );
  });

  test('a recorder without a file has none', async () => {
    await begin();
    await host.close();
    expect(() => run()).toThrow(expect.objectContaining({ code: 'ERR_VIRGL_CLOSED' }) as Error);
  });
});
