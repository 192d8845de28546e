// The player on hosts that are slow, never done, others than the one that was recorded, or wrong.

import {
  type HostCallArgs,
  type HostCallName,
  type HostCallResult,
  NullHost,
  type NullAnswers,
  type RenderHost,
  RenderHostCallsBase,
} from '../../lib/host';
import {
  encodeTrace,
  flipped,
  MemoryTrace,
  play,
  type TraceMeta,
  TraceReader,
  type TraceRecord,
} from '../../lib/trace';
import { benchmark } from '../../lib/trace/play/benchmark';
import { capsetDifferences } from '../../lib/trace/play/capset-differences';
import { digestOf } from '../../lib/trace/observe/places';

const META: TraceMeta = { writer: 'test', recordedAt: new Date(0).toISOString() };

/** Makes each call a turn of the event loop later, as hosts do that stop in between or ask somebody else. */
class SlowHost extends RenderHostCallsBase implements RenderHost {
  readonly #inner = new NullHost();
  readonly features = this.#inner.features;

  counts() {
    return this.#inner.counts();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected async perform<Name extends HostCallName>(
    name: Name,
    args: HostCallArgs<Name>,
  ): Promise<HostCallResult<Name>> {
    await new Promise((resolve) => setImmediate(resolve));
    return (this.#inner[name] as (given: HostCallArgs<Name>) => Promise<HostCallResult<Name>>)(args);
  }
}

const call = <Name extends HostCallName>(name: Name, args: HostCallArgs<Name>): TraceRecord =>
  ({ kind: 'call', name, args }) as TraceRecord;

const SHAPE = { target: 2, format: 67, bind: 2, width: 2, height: 2 } as const;
const BOX = { x: 0, y: 0, z: 0, w: 2, h: 2, d: 1 };
const PIXELS = Uint8Array.from({ length: 16 }, (_, index) => index);

/** One frame: a texture is read back, and is its picture. */
const readBackTrace = (pixels: Uint8Array): MemoryTrace => {
  const digest = digestOf(pixels, 4);
  const picture = { ...digest, resourceId: 1, contextId: 1, width: 2, height: 2, format: SHAPE.format };
  return new MemoryTrace(META, [
    call('contextCreate', { contextId: 1 }),
    call('resourceCreate', { resourceId: 1, ...SHAPE }),
    call('transferReadIov', { resourceId: 1, contextId: 1, box: BOX, into: new Uint8Array(16) }),
    { kind: 'readback', call: 2, part: 0, ...digest },
    { kind: 'frame', picture },
  ]);
};

/** A host of which every read-back gives these bytes. */
const answering = (pixels: Uint8Array, more: NullAnswers = {}): NullHost =>
  new NullHost({
    transferReadIov: ({ into }) => {
      (into as Uint8Array).set(pixels);
    },
    ...more,
  });

test('memory stays for calls that look at it late', async () => {
  const backing = [{ memoryId: 1, offsetBytes: 0, lengthBytes: 64 }];
  const records: TraceRecord[] = [
    { kind: 'memory', memoryId: 1, sizeBytes: 64 },
    {
      kind: 'call',
      name: 'resourceCreate',
      args: { resourceId: 1, target: 0, format: 64, bind: 16, width: 64, backing },
    },
    { kind: 'call', name: 'resourceUnref', args: { resourceId: 1 } },
    { kind: 'memoryEnd', memoryId: 1 },
    { kind: 'memory', memoryId: 1, sizeBytes: 32 },
    { kind: 'memoryEnd', memoryId: 1 },
  ];
  await using host = new SlowHost();
  const { calls, differences } = await play(new MemoryTrace(META, records), host);
  expect({ calls, differences }).toEqual({ calls: 2, differences: [] });
});

test('equal pixels are good, others are told with their places, and pictures of one colour are never good', async () => {
  const good = await play(readBackTrace(PIXELS), answering(PIXELS), { verify: true });
  expect(good).toMatchObject({ compared: 2, equal: 2, pictures: 1, emptyPictures: 0, isGood: true });
  const bad = await play(readBackTrace(PIXELS), answering(PIXELS.map((byte) => byte ^ 1)), { verify: true });
  expect(bad).toMatchObject({ compared: 2, equal: 0, differenceCount: 2, isGood: false });
  expect(bad.differences).toMatchObject([
    { what: 'readback', call: 2 },
    { what: 'picture', frame: 0 },
  ]);
  const black = new Uint8Array(16);
  const empty = await play(readBackTrace(black), answering(black), { verify: true });
  expect(empty).toMatchObject({ compared: 2, equal: 2, emptyPictures: 1, isGood: false });
});

test('a fence that was reached and is not is an error that names its call, in the time that is given', async () => {
  const never = new NullHost({ createFence: () => new Promise(() => undefined) });
  const records: TraceRecord[] = [call('createFence', undefined), { kind: 'fenceReached', call: 0 }];
  const begin = performance.now();
  await expect(play(new MemoryTrace(META, records), never, { fenceTimeoutMs: 50 })).rejects.toThrow(
    /call 0 was not done within 50 ms/,
  );
  expect(performance.now() - begin).toBeLessThan(10_000);
});

test('a fence that nobody saw reached is not waited for', async () => {
  const never = new NullHost({ createFence: () => new Promise(() => undefined) });
  const { calls } = await play(new MemoryTrace(META, [call('createFence', undefined)]), never);
  expect(calls).toBe(1);
});

test('errors that were recorded are expected, and others are differences', async () => {
  const refused = Object.assign(new Error('no'), { code: 'ERR_VIRGL_REFUSED' });
  const records: TraceRecord[] = [
    call('contextCreate', { contextId: 1 }),
    call('submitCmd', { contextId: 1, commands: Uint32Array.of(0) }),
    { kind: 'error', call: 1, code: 'ERR_VIRGL_REFUSED', message: 'no' },
  ];
  const trace = new MemoryTrace(META, records);
  const refusing = () => new NullHost({ submitCmd: () => Promise.reject(refused) });
  expect(await play(trace, refusing())).toMatchObject({ failedSubmits: 1, differenceCount: 0 });
  const differs = await play(trace, new NullHost());
  expect(differs.differences).toMatchObject([{ what: 'error', call: 1 }]);
  const unexpected = await play(new MemoryTrace(META, records.slice(0, 2)), refusing());
  expect(unexpected).toMatchObject({ failedSubmits: 1, differenceCount: 1, isGood: false });
});

test('a trace of another host says in what their capability sets differ, before anything is compared', async () => {
  const recorded = new Uint8Array(308);
  recorded[0] = 1;
  const own = recorded.slice();
  own[0] = 2;
  own[4] = 8;
  const lines = capsetDifferences(1, recorded, own);
  expect(lines).toEqual([
    'capset 1: maxVersion: recorded 1, this host 2',
    'capset 1: sampler: only this host has A8R8G8B8_UNORM',
  ]);
  expect(capsetDifferences(1, recorded, recorded.slice())).toEqual([]);
  const meta = { ...META, capsets: { 1: Buffer.from(recorded).toString('base64') } };
  const host = new NullHost({ fillCaps: () => own });
  const { capsetDifferences: told } = await play(new MemoryTrace(meta, []), host);
  expect(told).toEqual(lines);
});

test('a set that makes no sense is told by its length', () => {
  expect(capsetDifferences(2, Uint8Array.of(1), Uint8Array.of(2, 3))).toEqual([
    expect.stringMatching(/^capset 2: /),
  ]);
});

test('a benchmark plays once to compare and then for the clock; wrong pixels have no rate', async () => {
  const good = answering(PIXELS);
  const { report, framesPerSecond } = await benchmark(readBackTrace(PIXELS), good, { loops: 2 });
  expect(report.isGood).toBe(true);
  expect(framesPerSecond).toHaveLength(2);
  expect(good.calls.filter(({ name }) => name === 'reset')).toHaveLength(2);
  const bad = await benchmark(readBackTrace(PIXELS), answering(new Uint8Array(16)));
  expect(bad).toMatchObject({ report: { isGood: false }, framesPerSecond: [] });
  await expect(benchmark(readBackTrace(PIXELS), good, { loops: 0 })).rejects.toThrow(/loops/);
});

test('a file plays as the records in it do', async () => {
  const trace = readBackTrace(PIXELS);
  using reader = TraceReader.fromBytes(encodeTrace(META, trace.list));
  expect(await play(reader, answering(PIXELS), { verify: true })).toMatchObject({ equal: 2, isGood: true });
});

test('a picture that begins at the bottom is flipped row by row', () => {
  const { data } = flipped({ width: 2, height: 2, data: PIXELS });
  expect([...data]).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]);
});
