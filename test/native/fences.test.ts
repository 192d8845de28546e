// Fences: what they promise, in which order, and with each of virglrenderer's ways to report them.

import { type FileDescriptor, NativeHost, type RenderHost } from '../../lib/host';
import { describeNative, isRelease } from '../support/native-library';
import { clearCommands, expectRenders, texture } from '../support/proof';

const WAYS = [
  ['polled', {}],
  ['told by a thread, polled', { flags: ['threadSync'] }],
  ['told by a thread', { flags: ['threadSync', 'asyncFenceCallback'] }],
  ['polled inline', { inline: true }],
  ['told by a thread, polled inline', { inline: true, flags: ['threadSync'] }],
  ['told by a thread, inline', { inline: true, flags: ['threadSync', 'asyncFenceCallback'] }],
] as const;

const THREAD_SYNC = 2;
const REFUSED = { code: 'ERR_VIRGL_REFUSED', errno: 22 };

const outcome = (fence: Promise<void>): Promise<string> =>
  fence.then(
    () => 'reached',
    ({ code }: { code: string }) => code,
  );

const draw = (host: RenderHost): Promise<void> =>
  host.submitCmd({ contextId: 1, commands: clearCommands(1, [1, 0, 0, 1]) });

describeNative.each(WAYS)('fences that are %s', (_way, options) => {
  let host: NativeHost;

  beforeAll(async () => {
    host = await NativeHost.open(options);
    await host.contextCreate({ contextId: 1 });
    await host.contextCreate({ contextId: 2 });
    await host.resourceCreate(texture(1));
    await host.ctxAttachResource({ contextId: 1, resourceId: 1 });
  });
  afterEach(() => expectRenders(host));
  afterAll(() => host.close());

  test('a legacy fence resolves, with an id of the host or of the caller', async () => {
    await draw(host);
    await host.createFence({});
    await host.createFence({ contextId: 1 });
    await host.createFence({ fenceId: 0x7fff_fffe });
    await host.createFence({});
    await host.createFence({ fenceId: 0xffff_ffff });
    expect(host.counts().fences).toBe(0);
  });

  test('legacy fences merge: a later one resolves the earlier ones, in order', async () => {
    const { resolved, fences } = inOrder(100, () => host.contextCreateFence({ contextId: 1, flags: 1 }));
    // An inline host has met some of them before the last was made.
    if (!('inline' in options)) expect(host.counts().fences).toBe(100);
    await Promise.all(fences);
    expect(resolved).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(host.counts().fences).toBe(0);
  });

  test('fences of a context resolve in order, on a timeline of its own', async () => {
    const first = inOrder(50, () => host.contextCreateFence({ contextId: 1 }));
    const second = inOrder(50, () => host.contextCreateFence({ contextId: 2, fenceId: undefined }));
    await Promise.all([...first.fences, ...second.fences]);
    for (const { resolved } of [first, second])
      expect(resolved).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  test('ids of 64 bits', async () => {
    await host.contextCreate({ contextId: 3 });
    await host.contextCreateFence({ contextId: 3, fenceId: 2n ** 40n });
    await host.contextCreateFence({ contextId: 3 });
    await host.contextCreateFence({ contextId: 3, fenceId: 2n ** 64n - 1n });
    await host.contextDestroy({ contextId: 3 });
  });

  test('a fence belongs to the life of the context in which it was made', async () => {
    await host.contextCreate({ contextId: 3 });
    const old = outcome(host.contextCreateFence({ contextId: 3, fenceId: 10 }));
    const destroyed = host.contextDestroy({ contextId: 3 });
    const created = host.contextCreate({ contextId: 3 });
    const young = Array.from({ length: 3 }, () => outcome(host.contextCreateFence({ contextId: 3 })));
    await Promise.all([destroyed, created]);
    expect(['reached', 'ERR_VIRGL_CLOSED']).toContain(await old);
    expect(await Promise.all(young)).toEqual(['reached', 'reached', 'reached']);
    await host.contextDestroy({ contextId: 3 });
    expect(host.counts().fences).toBe(0);
  });

  test('a ring that is not there is refused, and the others go on', async () => {
    const wrong = host.contextCreateFence({ contextId: 1, ringIndex: 1 });
    const right = host.contextCreateFence({ contextId: 1 });
    await expect(wrong).rejects.toMatchObject({ ...REFUSED, contextId: 1 });
    await right;
    expect(host.counts().fences).toBe(0);
  });

  test('getPollFd and contextGetPollFd: a descriptor where a thread tells', async () => {
    const descriptors = [await host.getPollFd(), await host.contextGetPollFd({ contextId: 1 })];
    // Polled hosts have no thread, unless an earlier host of the process had one for good.
    if ((host.info.initFlags & THREAD_SYNC) === 0) return expect(descriptors).toEqual([null, null]);
    for (const descriptor of descriptors) {
      expect(descriptor?.value).toBeGreaterThan(2);
      descriptor?.close();
    }
  });

  test('exportFence, getFenceFd, exportSignalledFence, attachFence: software has no sync files', async () => {
    const pending = host.contextCreateFence({ contextId: 1, fenceId: 10_000 });
    await expect(host.exportFence({ fenceId: 10_000 })).rejects.toMatchObject(REFUSED);
    await pending;
    const { features } = host;
    const { exportSignalledFence, getFenceFd, attachFence } = features;
    expect({ exportSignalledFence, getFenceFd, attachFence }).toEqual({
      exportSignalledFence: isRelease('1.0'),
      getFenceFd: isRelease('1.2'),
      attachFence: isRelease('1.2'),
    });
    if (features.exportSignalledFence)
      await expect(host.exportSignalledFence()).rejects.toMatchObject(REFUSED);
    if (features.getFenceFd)
      await expect(host.getFenceFd({ fenceId: 10_000 })).rejects.toMatchObject(REFUSED);
  });

  test('attachFence takes a duplicate', async () => {
    if (!host.features.attachFence) return expect(isRelease('1.2')).toBe(false);
    const [fence] = [(await host.getPollFd()) ?? null];
    if (fence === null) return expect(host.info.initFlags & THREAD_SYNC).toBe(0);
    await host.attachFence({ contextId: 1, fence: fence as FileDescriptor });
    expect(fence.closed).toBe(false);
    fence.close();
  });

  test('fences that are owed when the host closes are rejected, later ones refused', async () => {
    await host.close();
    host = await NativeHost.open(options);
    await host.contextCreate({ contextId: 1 });
    const owed = [host.createFence({}), host.contextCreateFence({ contextId: 1 })].map(outcome);
    const closed = host.close();
    expect(await outcome(host.createFence({}))).toBe('ERR_VIRGL_CLOSED');
    for (const end of await Promise.all(owed)) expect(['reached', 'ERR_VIRGL_CLOSED']).toContain(end);
    await closed;
    host = await NativeHost.open(options);
  });
});

describeNative('a host after one whose fences came from a thread', () => {
  test.each(['first', 'second'])('still reaches its fences (%s time)', async () => {
    await (await NativeHost.open({ flags: ['threadSync', 'asyncFenceCallback'] })).close();
    await using host = await NativeHost.open();
    expect(host.info.initFlags & THREAD_SYNC).toBe(THREAD_SYNC);
    await host.createFence({});
    await expectRenders(host);
  });
});

/** Makes fences and records in which order they resolve. */
const inOrder = (
  count: number,
  make: () => Promise<void>,
): { resolved: number[]; fences: Promise<void>[] } => {
  const resolved: number[] = [];
  const fences = Array.from({ length: count }, (_, index) => make().then(() => void resolved.push(index)));
  return { resolved, fences };
};
