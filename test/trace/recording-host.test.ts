// What a recorder leaves of the calls of one host, and when: behind a stream some calls are recorded after they were made.

import {
  DONE,
  type HostCallArgs,
  type HostCallName,
  type HostCallResult,
  NullHost,
  type RenderHost,
  RenderHostCallsBase,
  SharedMemory,
} from '../../lib/host';
import { CommandEncoder, ObjectType, QueryType } from '../../lib/protocol';
import { MemoryTrace, RecordingHost, type RecordOptions } from '../../lib/trace';

/** Makes the calls of every frame at once, as the native host does inline, and fences when it is told to. */
class PromptHost extends RenderHostCallsBase implements RenderHost {
  readonly inner = new NullHost();
  readonly features = this.inner.features;
  /** What was called, and how much was recorded at that time. */
  readonly seen: [name: HostCallName, recorded: number][] = [];
  trace: MemoryTrace | undefined;

  counts() {
    return this.inner.counts();
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected perform<Name extends HostCallName>(
    name: Name,
    args: HostCallArgs<Name>,
  ): Promise<HostCallResult<Name>> {
    this.seen.push([name, this.trace?.list.filter(({ kind }) => kind === 'call').length ?? 0]);
    const done = (this.inner[name] as (given: HostCallArgs<Name>) => Promise<HostCallResult<Name>>)(args);
    return name === 'createFence' || name === 'transferReadIov' ? done : (DONE as Promise<never>);
  }
}

const TARGET = 1;
const SHAPE = { target: 2, format: 67, bind: 2, width: 8, height: 4 } as const;
const BOX = { x: 0, y: 0, z: 0, w: 8, h: 4, d: 1 };
const COLOUR_0 = 4;

const setUp = (): Uint32Array =>
  new CommandEncoder()
    .createSurface({ handle: 5, resource: TARGET, format: SHAPE.format })
    .setFramebufferState({ colorBuffers: [5] })
    .finish();
const clear = (): Uint32Array =>
  new CommandEncoder().clear({ buffers: COLOUR_0, color: [1, 0, 0, 1] }).finish();

const begin = async (
  options?: RecordOptions,
): Promise<{ host: RecordingHost; inner: PromptHost; trace: MemoryTrace }> => {
  const trace = new MemoryTrace();
  const inner = new PromptHost();
  inner.trace = trace;
  const host = new RecordingHost(inner, trace, options);
  await host.contextCreate({ contextId: 1 });
  await host.resourceCreate({ resourceId: TARGET, ...SHAPE });
  await host.ctxAttachResource({ contextId: 1, resourceId: TARGET });
  await host.submitCmd({ contextId: 1, commands: setUp() });
  return { host, inner, trace };
};

const callsOf = ({ list }: MemoryTrace): string[] =>
  list.flatMap((record) => (record.kind === 'call' ? [record.name] : []));

test('calls are recorded before they are made', async () => {
  const { host, inner, trace } = await begin({ pictures: 'none' });
  const before = callsOf(trace).length;
  void host.submitCmd({ contextId: 1, commands: clear() });
  void host.resourceCreate({ resourceId: 2, ...SHAPE });
  const reached = host.createFence();
  expect(callsOf(trace).slice(before)).toEqual(['submitCmd', 'resourceCreate', 'createFence']);
  expect(inner.seen.slice(-3).map(([, recorded]) => recorded - before)).toEqual([1, 2, 3]);
  await reached;
  await host.close();
  expect(trace.list.filter(({ kind }) => kind === 'fenceReached')).toHaveLength(1);
});

test('a stream that reads what the client wrote is recorded before it is submitted', async () => {
  const { host, inner, trace } = await begin({ pictures: 'none' });
  using memory = SharedMemory.create(128);
  await host.resourceAttachIov({ resourceId: TARGET, backing: [memory.range()] });
  memory.bytes.fill(3);
  const before = callsOf(trace).length;
  const commands = new CommandEncoder()
    .transfer3d({ resource: TARGET, level: 0, box: BOX, direction: 1, stride: 0, layerStride: 0, offset: 0 })
    .finish();
  void host.submitCmd({ contextId: 1, commands });
  expect(inner.seen.at(-1)).toEqual(['submitCmd', before + 1]);
  expect(trace.list.filter(({ kind }) => kind === 'write')).toHaveLength(1);
  await host.close();
});

test('frames end where a target is cleared again; what is still drawn when the host is closed is one', async () => {
  const { host, trace } = await begin({ pictures: 'none' });
  for (let frame = 0; frame < 3; frame += 1) {
    void host.submitCmd({ contextId: 1, commands: clear() });
    await host.createFence();
  }
  expect(host.frames).toBe(2);
  await host.close();
  expect(trace.list.filter(({ kind }) => kind === 'frame')).toHaveLength(3);
});

test('a picture is read before the frame behind it is drawn', async () => {
  const { host, inner, trace } = await begin({ pictures: 'all' });
  for (let frame = 0; frame < 2; frame += 1) {
    void host.submitCmd({ contextId: 1, commands: clear() });
    await host.createFence();
  }
  expect(inner.seen.map(([name]) => name).slice(-4)).toEqual([
    'createFence',
    'transferReadIov',
    'submitCmd',
    'createFence',
  ]);
  await host.close();
  const frames = trace.list.filter((record) => record.kind === 'frame');
  expect(frames).toMatchObject([
    { picture: { resourceId: TARGET, width: 8, height: 4, differing: 0 } },
    { picture: { resourceId: TARGET } },
  ]);
});

test('a call that the host refuses for its arguments is not recorded; one that it refuses later is, with its error', async () => {
  const trace = new MemoryTrace();
  const refused = Object.assign(new Error('no'), { code: 'ERR_VIRGL_REFUSED', errno: 22 });
  const host = new RecordingHost(new NullHost({ submitCmd: () => Promise.reject(refused) }), trace);
  await host.contextCreate({ contextId: 1 });
  await expect(host.submitCmd({ contextId: 9, commands: clear() })).rejects.toThrow();
  await expect(host.submitCmd({ contextId: 1, commands: clear() })).rejects.toBe(refused);
  expect(callsOf(trace)).toEqual(['contextCreate', 'submitCmd']);
  await host.close();
  expect(trace.list.at(-1)).toEqual({
    kind: 'error',
    call: 1,
    code: 'ERR_VIRGL_REFUSED',
    message: 'no',
    errno: 22,
  });
});

test('marks and logs stand behind the stream that they come after', async () => {
  const { host, trace } = await begin({ pictures: 'none' });
  void host.submitCmd({ contextId: 1, commands: clear() });
  host.mark('here');
  void host.submitCmd({ contextId: 1, commands: clear() });
  host.log('said');
  void host.submitCmd({ contextId: 1, commands: clear() });
  host.markFrame();
  const kinds = trace.list.map(({ kind }) => kind).filter((kind) => kind !== 'time');
  expect(kinds.slice(-7)).toEqual(['marker', 'frame', 'call', 'log', 'frame', 'call', 'frame']);
  await host.close();
});

test('a query for time makes its buffer one of which nothing is compared', async () => {
  const { host, trace } = await begin({ pictures: 'none' });
  const buffer = { target: 0, format: 64, bind: 16, width: 32 };
  await host.resourceCreate({ resourceId: 3, ...buffer });
  const commands = new CommandEncoder()
    .createQuery({ handle: 9, queryType: QueryType.TIMESTAMP, index: 0, offset: 0, resource: 3 })
    .destroyObject({ type: ObjectType.QUERY, handle: 9 })
    .finish();
  await host.submitCmd({ contextId: 1, commands });
  const box = { x: 0, y: 0, z: 0, w: 32, h: 1, d: 1 };
  await host.transferReadIov({ resourceId: 3, contextId: 1, box, into: new Uint8Array(32) });
  await host.transferReadIov({ resourceId: TARGET, contextId: 1, box: BOX, into: new Uint8Array(128) });
  await host.close();
  expect(trace.list.filter(({ kind }) => kind === 'readback')).toHaveLength(1);
});
