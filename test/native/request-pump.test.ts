// The pump by itself, with the rows of the vtest protocol: what it runs, what it leaves alone, and that it leaves no trace of that.

import { type FileDescriptor, NativeHost, type RequestPump, SharedMemory, UnixSocket } from '../../lib/host';
import { describeNative } from '../support/native-library';
import { BOX, clearCommands, HEIGHT, texture, WIDTH } from '../support/proof';
import { dwordsOf, request, requests } from '../support/vtest-session';
import { startPump } from '../support/start-pump';
import { submit } from '../support/vtest-drawing';

const MIB = 1 << 20;
const MAX_REQUEST_BYTES = 1024;

/** RESOURCE_CREATE2 of a buffer, as Mesa makes one for a fence. */
const buffer = (handle: number, bytes = 8, height = 1): Buffer =>
  request(12, handle, 0, 64, 1 << 17, bytes, height, 1, 0, 0, 0, bytes);
const unref = (handle: number): Buffer => request(3, handle);

describeNative('a request pump', () => {
  const said: string[] = [];
  let host: NativeHost;
  let pump: RequestPump;
  let near: UnixSocket;
  let far: UnixSocket;
  let progress: SharedMemory;
  const inbox = { bytes: new Uint8Array(64 * 1024), start: 0, end: 0 };
  const session = { contextId: 1, choosesIds: false, budgetBytes: MIB, waitMs: 0 };

  beforeEach(async () => {
    host = await NativeHost.open({ inline: true, onLog: (text) => said.push(text) });
    await host.contextCreate({ contextId: 1 });
    [near, far] = UnixSocket.pair('stream');
    progress = SharedMemory.create(4096);
    pump = startPump(host, near, progress, MAX_REQUEST_BYTES);
    Object.assign(inbox, { start: 0, end: 0 });
    said.length = 0;
  });
  afterEach(async () => {
    await host.close();
    near.close();
    far.close();
    progress.close();
  });

  /** Why the pump stops when it gets this. */
  const run = (...parts: Buffer[]) => {
    if (parts.length > 0) far.sendSync(parts);
    return pump.run(inbox, session);
  };

  const received = (): number[] => {
    const into = new Uint8Array(4096);
    const length = far.receiveSync(into, { waitMs: 0 });
    return length % 4 === 0 ? dwordsOf(into.slice(0, Math.max(length, 0))) : [...into.slice(0, length)];
  };

  const takeFd = (): FileDescriptor => {
    expect(received()).toEqual([0]);
    return far.takeFd() as FileDescriptor;
  };

  const words = () => [...new Uint32Array(progress.bytes.buffer, 0, 3)];

  test('answers, and counts what it did', () => {
    expect(run(requests.ping, requests.ping)).toBe('nothing');
    expect(received()).toEqual([0, 10, 0, 10]);
    expect(pump.report).toEqual({ requests: 2, submits: 0, receivedBytes: 16, lastId: 10 });
    expect(words()).toEqual([0, 2, 10]);
  });

  test('makes buffers and shares their memory, which is used again', () => {
    expect(run(buffer(7))).toBe('nothing');
    using first = takeFd();
    using memory = SharedMemory.fromFd(first, { sizeBytes: 8 });
    memory.bytes.fill(1);
    expect(pump.bytes).toBe(16);
    expect(run(unref(7), buffer(8))).toBe('nothing');
    takeFd().close();
    expect([...memory.bytes]).toEqual(Array(8).fill(0));
    expect(pump.bytes).toBe(16);
    expect(host.counts().resources).toBe(0);
  });

  test('chooses ids: the lowest, and first the one given back last', () => {
    session.choosesIds = true;
    const made = (): number => {
      expect(run(buffer(0))).toBe('nothing');
      const reply = new Uint8Array(12);
      far.receiveSync(reply);
      takeFd().close();
      const [length, id, resource] = dwordsOf(reply);
      expect([length, id]).toEqual([1, 12]);
      return resource;
    };
    try {
      expect([made(), made(), made()]).toEqual([1, 2, 3]);
      expect(run(unref(1), unref(3), unref(2))).toBe('nothing');
      expect([made(), pump.take(), made()]).toEqual([2, 3, 1]);
      expect(run(buffer(9))).toBe('unhandled');
    } finally {
      session.choosesIds = false;
    }
  });

  test('submits, and tells when all is done', async () => {
    await host.resourceCreate(texture(1));
    await host.ctxAttachResource({ contextId: 1, resourceId: 1 });
    const red = submit(clearCommands(1, [1, 0, 0, 1]));
    expect(run(red, requests.busyWait(1, 1), requests.busyWait(1, 0))).toBe('nothing');
    expect(received()).toEqual([1, 7, 0, 1, 7, 0]);
    expect(pump.report).toMatchObject({ requests: 3, submits: 1, lastId: 7 });
    expect(pump.isBusy).toBe(false);
    const pixels = new Uint8Array(WIDTH * HEIGHT * 4);
    await host.transferReadIov({ resourceId: 1, box: BOX, into: pixels });
    expect([...pixels.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
  });

  test('takes data, and gives it back', async () => {
    await host.resourceCreate(texture(1));
    await host.ctxAttachResource({ contextId: 1, resourceId: 1 });
    const pixels = Buffer.from(Array.from({ length: WIDTH * HEIGHT * 4 }, (_, index) => index % 251));
    const where = [1, 0, 0, 0, 0, 0, 0, WIDTH, HEIGHT, 1, pixels.length];
    expect(run(Buffer.concat([request(5, ...where), pixels]), request(4, ...where))).toBe('nothing');
    expect(pump.report.requests).toBe(2);
    const into = Buffer.alloc(4096);
    const length = far.receiveSync(into);
    expect(into.subarray(0, length).equals(pixels)).toBe(true);
  });

  test.each([
    [
      'data of an odd length',
      Buffer.concat([request(5, 3, 0, 0, 0, 0, 0, 0, 4, 4, 1, 65), Buffer.alloc(65)]),
    ],
    ['data for a resource that does not exist', request(4, 9, 0, 0, 0, 0, 0, 0, 4, 4, 1, 64)],
    ['a box without bytes', request(4, 3, 0, 0, 0, 0, 0, 0, 4, 4, 1, 0)],
    ['more bytes than there may be', request(4, 3, 0, 0, 0, 0, 0, 0, 4, 4, 1, 2 * MAX_REQUEST_BYTES)],
    ['rows that span too much', request(4, 3, 0, 0xffffffff, 0, 0, 0, 0, 4, 4, 1, 64)],
    ['a command that it does not know', request(15, 1)],
    ['a texture', request(12, 5, 2, 67, 2, 4, 4, 1, 1, 0, 0, 64)],
    ['an id that is taken', buffer(4)],
    ['an id that is none', buffer(0)],
    ['nothing to share', buffer(5, 0)],
    ['more memory than there may be', buffer(5, MIB)],
    ['a resource that it did not make', unref(3)],
    ['a request longer than one may be', submit(new Uint32Array(MAX_REQUEST_BYTES / 4))],
    ['what the library refuses', buffer(5, 8, 0)],
  ])('leaves %s alone', async (_what, bytes) => {
    expect(run(buffer(4))).toBe('nothing');
    takeFd().close();
    await host.resourceCreate(texture(3));
    const before = { bytes: pump.bytes, counts: host.counts(), words: words() };
    expect(run(requests.ping, bytes, requests.ping)).toBe('unhandled');
    expect(received()).toEqual([0, 10]);
    expect(pump.report).toMatchObject({ requests: 1, lastId: 10 });
    expect(Buffer.from(inbox.bytes.subarray(inbox.start, inbox.end))).toEqual(
      Buffer.concat([bytes, requests.ping]),
    );
    expect({ bytes: pump.bytes, counts: host.counts() }).toEqual({
      bytes: before.bytes,
      counts: before.counts,
    });
    expect(words().slice(0, 2)).toEqual([0, before.words[1] + 1]);
    await null;
    expect(said).toEqual([]);
    // Nor does it change its mind.
    expect(run()).toBe('unhandled');
  });

  test('waits for the rest of a request', () => {
    const whole = buffer(4);
    expect(run(whole.subarray(0, 10))).toBe('nothing');
    expect(run(whole.subarray(10, 51))).toBe('nothing');
    expect(pump.report.requests).toBe(0);
    expect(run(whole.subarray(51))).toBe('nothing');
    expect(pump.report.requests).toBe(1);
    takeFd().close();
  });

  test('stops where there is no room for a request', () => {
    const small = { bytes: new Uint8Array(16), start: 0, end: 0 };
    far.sendSync(buffer(4));
    expect(pump.run(small, session)).toBe('unhandled');
    expect([small.start, small.end]).toEqual([0, 16]);
  });

  test('tells of a submit what the call would have told', async () => {
    const bad = Uint32Array.of((1 << 16) | (99 << 8) | 1, 0);
    const refused = async (call: Promise<void>) => {
      const { code, message } = (await call.catch((error: unknown) => error)) as Error & { code: string };
      return { code, message };
    };
    expect(run(submit(bad))).toBe('submitAnswered');
    const told = await refused(pump.submitAnswer(1));
    expect(said).not.toEqual([]);
    await host.contextCreate({ contextId: 2 });
    const expected = await refused(host.submitCmd({ contextId: 2, commands: bad }));
    expect(told).toEqual({ ...expected, message: expected.message.replaceAll('context 2', 'context 1') });
    expect(pump.isBusy).toBe(false);
  });

  test('keeps what a client does not read, in its order', () => {
    const pings = Array.from({ length: 512 }, () => requests.ping);
    let asked = 0;
    let stop = 'nothing';
    for (; stop === 'nothing'; asked += pings.length) stop = run(...pings);
    expect(stop).toBe('unsent');
    const unsent = pump.takeUnsent();
    expect(unsent?.bytes.length).toBeLessThanOrEqual(8);
    expect(pump.takeUnsent()).toBeUndefined();
    expect(run(buffer(4))).toBe('unsent');
    // The rest of the pings was waiting in front of it.
    for (let next = pump.takeUnsent(); next !== undefined; next = pump.takeUnsent()) next.fd?.close();
  });

  test('hands a buffer over', async () => {
    expect(run(buffer(4))).toBe('nothing');
    takeFd().close();
    expect(pump.release(5)).toBeUndefined();
    const released = pump.release(4);
    expect(released).toMatchObject({
      created: { resourceId: 4, target: 0, format: 64, bind: 1 << 17, width: 8, height: 1, depth: 1 },
      ownId: false,
    });
    expect([released?.memory.sizeBytes, released?.fd.closed, pump.bytes]).toEqual([8, false, 0]);
    expect(run(unref(4))).toBe('unhandled');
    expect(host.counts().resources).toBe(1);
    await host.resourceUnref({ resourceId: 4 });
    released?.memory.close();
    released?.fd.close();
  });

  test('closes the descriptors of memories that are in use for long', () => {
    expect(run(...Array.from({ length: 6 }, (_, index) => buffer(1 + index)))).toBe('nothing');
    const closed = Array.from({ length: 6 }, (_, index) => {
      const released = pump.release(1 + index);
      const isClosed = released?.fd.closed;
      released?.fd.close();
      released?.memory.close();
      return isClosed;
    });
    expect(closed).toEqual([true, true, false, false, false, false]);
  });

  test('ends with the client, and tells what the socket says', () => {
    far.sendSync(requests.ping);
    far.shutdown('write');
    expect(run()).toBe('closed');
    far.close();
    near.close();
    expect(() => run()).toThrow(expect.objectContaining({ code: 'ERR_VIRGL_SYSTEM' }) as Error);
  });

  test('is of no use without its host', async () => {
    await host.close();
    expect(() => run()).toThrow(expect.objectContaining({ code: 'ERR_VIRGL_CLOSED' }) as Error);
    expect(pump.makeFence()).toBe(true);
  });
});

describeNative('a host with a render thread', () => {
  test('has no pump', async () => {
    await using host = await NativeHost.open();
    expect(host.startPump({} as never)).toBeUndefined();
  });
});
