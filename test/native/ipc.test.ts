// Unix sockets: bytes, messages and descriptors, with and without blocking the thread.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { EventFd, FileDescriptor, SharedMemory, UnixListener, UnixSocket } from '../../lib/host';
import {
  bytesOf,
  manyBytes,
  openDescriptors,
  receiveAll,
  receiveText,
  socketPaths,
} from '../support/sockets';

const newPath = socketPaths();
const MIB = 1 << 20;

type Type = 'stream' | 'seqpacket';

/** Two connected sockets that are closed after the test. */
const opened: UnixSocket[] = [];
const pair = (type: Type = 'stream'): [near: UnixSocket, far: UnixSocket] => {
  const both = UnixSocket.pair(type);
  opened.push(...both);
  return both;
};

let descriptors: string[] = [];
beforeAll(async () => {
  // What stays open for good: the descriptors of the thread that waits.
  const [near, far] = pair();
  const received = near.receive(new Uint8Array(1));
  far.sendSync(new Uint8Array(1));
  await received;
  for (const socket of opened.splice(0)) socket.close();
});
beforeEach(() => {
  descriptors = openDescriptors();
});
afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
  // Nothing is left open by any test; what others left may be collected meanwhile.
  expect(openDescriptors().filter((open) => !descriptors.includes(open))).toEqual([]);
});

/** A descriptor of memory that starts with this byte. */
const memoryOf = (byte: number): FileDescriptor => {
  using memory = SharedMemory.create(4096);
  memory.bytes[0] = byte;
  return memory.duplicateFd();
};

/** The first bytes of the descriptors that came; closes them. */
const takeMemories = (socket: UnixSocket): number[] => {
  const bytes: number[] = [];
  for (let fd = socket.takeFd(); fd !== undefined; fd = socket.takeFd()) {
    using memory = SharedMemory.fromFd(fd, { sizeBytes: 4096 });
    const info = fs.readFileSync(`/proc/self/fdinfo/${fd.value}`, 'utf8');
    const isCloseOnExec = (Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '', 8) & 0o2000000) !== 0;
    bytes.push(isCloseOnExec ? memory.bytes[0] : NaN);
    fd.close();
  }
  return bytes;
};

const systemError = (errno: number): Error =>
  expect.objectContaining({ name: 'VirglError', code: 'ERR_VIRGL_SYSTEM', errno }) as Error;
const [EPIPE, EMSGSIZE, ETIMEDOUT, ENOENT, ECONNREFUSED, ECONNRESET, EBADF] = [32, 90, 110, 2, 111, 104, 9];

describe.each<Type>(['stream', 'seqpacket'])('a %s', (type) => {
  test('carries bytes both ways on the calling thread', () => {
    const [near, far] = pair(type);
    near.sendSync(bytesOf('ping'));
    expect(receiveText(far)).toBe('ping');
    far.sendSync([bytesOf('po'), new Uint8Array(), bytesOf('ng')]);
    expect(receiveText(near)).toBe('pong');
  });

  test('carries bytes both ways without blocking it', async () => {
    const [near, far] = pair(type);
    const into = new Uint8Array(16);
    const early = far.receive(into);
    await near.send([bytesOf('pi'), bytesOf('ng')]);
    expect(await early).toBe(4);
    await far.send(bytesOf('pong'));
    expect(await near.receive(into.subarray(8))).toBe(4);
    expect(Buffer.from(into).toString()).toBe('ping\0\0\0\0pong\0\0\0\0');
  });

  test('gives what comes to pending receives in their order', async () => {
    const [near, far] = pair(type);
    const into = Array.from({ length: 10 }, () => new Uint8Array(1));
    const received = into.map((each) => far.receive(each));
    for (let i = 0; i < 10; i += 1) {
      near.sendSync(Uint8Array.of(i));
      if (i % 3 === 0) await turn();
    }
    expect(await Promise.all(received)).toEqual(new Array(10).fill(1));
    expect(into.map(([byte]) => byte)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('says when the peer has closed', async () => {
    const [near, far] = pair(type);
    const pending = far.receive(new Uint8Array(1));
    near.sendSync(bytesOf('x'));
    near.close();
    expect(await pending).toBe(1);
    expect(await far.receive(new Uint8Array(1))).toBe(0);
    expect(far.receiveSync(new Uint8Array(1))).toBe(0);
    expect(() => far.sendSync(bytesOf('x'))).toThrow(systemError(EPIPE));
    await expect(far.send(bytesOf('x'))).rejects.toEqual(systemError(EPIPE));
  });

  test('says that the peer closed without reading', () => {
    const [near, far] = pair(type);
    far.sendSync(bytesOf('x'));
    near.close();
    expect(() => far.receiveSync(new Uint8Array(1))).toThrow(systemError(ECONNRESET));
    expect(far.receiveSync(new Uint8Array(1))).toBe(0);
  });

  test('ends one direction', async () => {
    const [near, far] = pair(type);
    const pending = far.receive(new Uint8Array(1));
    near.shutdown('write');
    expect(await pending).toBe(0);
    far.sendSync(bytesOf('still'));
    expect(receiveText(near)).toBe('still');
    far.shutdown('read');
    near.shutdown('both');
    expect(near.receiveSync(new Uint8Array(1))).toBe(0);
  });

  test('carries descriptors in their order', async () => {
    const [near, far] = pair(type);
    const fds = [1, 2, 3, 4].map(memoryOf);
    near.sendSync(new Uint8Array(1), { fds: fds.slice(0, 2) });
    near.sendSync(new Uint8Array(1), { fds: [] });
    await near.send([new Uint8Array(0), new Uint8Array(1)], { fds: fds.slice(2) });
    for (const fd of fds) fd.close();
    expect(far.takeFd()).toBeUndefined();
    const into = new Uint8Array(16);
    expect(far.receiveSync(into)).toBe(1);
    expect(takeMemories(far)).toEqual([1, 2]);
    // A stream may give the bytes before it together with the one that has descriptors.
    for (let length = 0; length < 2;) length += await far.receive(into);
    expect(takeMemories(far)).toEqual([3, 4]);
    expect(near.takeFd()).toBeUndefined();
  });

  test('carries 253 descriptors at once', () => {
    const [near, far] = pair(type);
    const fd = memoryOf(7);
    near.sendSync(new Uint8Array(1), { fds: new Array<FileDescriptor>(253).fill(fd) });
    fd.close();
    far.receiveSync(new Uint8Array(1));
    expect(takeMemories(far)).toEqual(new Array(253).fill(7));
  });

  test('closes descriptors that nobody took, or received', async () => {
    const [near, far] = pair(type);
    const fd = memoryOf(1);
    for (let i = 0; i < 10; i += 1) near.sendSync(new Uint8Array(1), { fds: [fd, fd] });
    fd.close();
    for (let i = 0; i < 5; i += 1) expect(await far.receive(new Uint8Array(1))).toBe(1);
    expect(openDescriptors()).toHaveLength(descriptors.length + 2 + 10);
  });

  test('refuses more descriptors than anybody could want', () => {
    const [near, far] = pair(type);
    const fd = memoryOf(1);
    const fds = new Array<FileDescriptor>(250).fill(fd);
    const into = new Uint8Array(1);
    for (let i = 0; i < 4; i += 1) {
      near.sendSync(into, { fds });
      expect(far.receiveSync(into)).toBe(1);
    }
    near.sendSync(into, { fds });
    expect(() => far.receiveSync(into)).toThrow(/more than 1024 descriptors that nobody took/);
    expect(takeMemories(far)).toHaveLength(1000);
    fd.close();
  });

  test('sends what is pending with descriptors that were closed meanwhile', async () => {
    const [near, far] = pair(type);
    // Fills the socket.
    const chunk = new Uint8Array(64 * 1024);
    const sends = Array.from({ length: 20 }, () => near.send(chunk));
    const fd = memoryOf(9);
    const last = near.send(bytesOf('last'), { fds: [fd] });
    fd.close();
    const into = new Uint8Array(chunk.length);
    for (let length = 0; length < 20 * chunk.length;) {
      expect(takeMemories(far)).toEqual([]);
      length += await far.receive(into.subarray(0, Math.min(chunk.length, 20 * chunk.length - length)));
    }
    await Promise.all([...sends, last]);
    expect(receiveText(far)).toBe('last');
    expect(takeMemories(far)).toEqual([9]);
  });

  test('rejects what is pending when it is closed', async () => {
    const [near] = pair(type);
    const fd = memoryOf(9);
    const chunk = new Uint8Array(64 * 1024);
    const received = [near.receive(new Uint8Array(1)), near.receive(new Uint8Array(1))];
    const sent = Array.from({ length: 20 }, () => near.send(chunk, { fds: [fd] }));
    fd.close();
    near.close();
    const ends = await Promise.allSettled([...received, ...sent]);
    const codes = ends.map((end) =>
      end.status === 'rejected' ? (end.reason as { code: string }).code : 'sent',
    );
    expect(codes.slice(0, 2)).toEqual(['ERR_VIRGL_CLOSED', 'ERR_VIRGL_CLOSED']);
    expect(codes.at(-1)).toBe('ERR_VIRGL_CLOSED');
    expect([near.closed, near.takeFd()]).toEqual([true, undefined]);
    near.close();
  });

  test('that is closed does nothing any more', async () => {
    const [near] = pair(type);
    near.close();
    const closed = expect.objectContaining({ name: 'VirglError', code: 'ERR_VIRGL_CLOSED' }) as Error;
    for (const use of [
      () => near.fd,
      () => near.peer,
      () => near.receiveSync(new Uint8Array(1)),
      () => near.sendSync(bytesOf('x')),
      () => near.duplicateFd(),
      () => near.shutdown('both'),
    ])
      expect(use).toThrow(closed);
    await expect(near.receive(new Uint8Array(1))).rejects.toEqual(closed);
    await expect(near.send(bytesOf('x'))).rejects.toEqual(closed);
  });

  test('knows its peer', () => {
    const [near] = pair(type);
    expect(near.peer).toEqual({ pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
  });

  test('is adopted, and duplicated', () => {
    const [near, far] = pair(type);
    const fd = near.duplicateFd();
    const number = fd.value;
    near.close();
    using adopted = UnixSocket.adopt(fd);
    expect([fd.closed, adopted.fd]).toEqual([true, number]);
    adopted.sendSync(bytesOf('adopted'));
    expect(receiveText(far)).toBe('adopted');
  });
});

describe('a stream of many bytes', () => {
  const bytes = manyBytes(64 * MIB);

  test('arrives at a slow reader', async () => {
    const [near, far] = pair();
    const sent = near.send(bytes).then(() => near.shutdown('write'));
    let reads = 0;
    const received = await receiveAll(far, async () => {
      reads += 1;
      if (reads % 16 === 0) await sleep(1);
    });
    await sent;
    expect(received.equals(bytes)).toBe(true);
  });

  test('arrives from many arrays, in their order', async () => {
    const [near, far] = pair();
    const parts = Array.from({ length: 3000 }, (_, i) => bytes.subarray(i * 1000, (i + 1) * 1000));
    const sent = [near.send(parts.slice(0, 2500)), near.send(parts.slice(2500))];
    const end = Promise.all(sent).then(() => near.shutdown('write'));
    const received = await receiveAll(far);
    await end;
    expect(received.equals(bytes.subarray(0, 3_000_000))).toBe(true);
  });

  test('is sent after what is pending, also on the calling thread', async () => {
    const [near, far] = pair();
    const received = receiveAll(far);
    const first = near.send(bytes.subarray(0, 2 * MIB));
    expect(() => near.sendSync(bytesOf('x'), { waitMs: 20 })).toThrow(
      expect.objectContaining({
        code: 'ERR_VIRGL_SYSTEM',
        errno: ETIMEDOUT,
        operation: 'UnixSocket.sendSync',
        message: 'UnixSocket.sendSync: the peer took 0 of 1 bytes within 20 ms',
      }),
    );
    await first;
    near.sendSync(bytes.subarray(2 * MIB, 2 * MIB + 1000));
    near.shutdown('write');
    expect((await received).equals(bytes.subarray(0, 2 * MIB + 1000))).toBe(true);
  });

  test('is refused with what was sent when the peer goes away', async () => {
    const [near, far] = pair();
    const pending = [near.send(bytes), near.send(bytes)];
    await sleep(10);
    far.close();
    for (const end of await Promise.allSettled(pending))
      expect(end).toEqual({ status: 'rejected', reason: systemError(EPIPE) });
  });

  test('is not sent any further when its array is detached', async () => {
    const [near] = pair();
    const memory = SharedMemory.create(4 * MIB);
    const pending = near.send([memory.bytes, bytesOf('x')]);
    memory.close();
    near.receive(new Uint8Array(1)).catch(() => undefined);
    const reader = UnixSocket.adopt(opened[1].duplicateFd());
    reader.receiveSync(new Uint8Array(MIB));
    await expect(pending).rejects.toMatchObject({ code: 'ERR_VIRGL_ARGUMENT' });
    reader.close();
  });

  test('into an array that is detached meanwhile stays where it is', async () => {
    const [near, far] = pair();
    const memory = SharedMemory.create(4096);
    const pending = far.receive(memory.bytes);
    memory.close();
    near.sendSync(bytesOf('kept'));
    await expect(pending).rejects.toMatchObject({ code: 'ERR_VIRGL_ARGUMENT' });
    expect(receiveText(far)).toBe('kept');
  });

  test('does not keep the event loop waiting', async () => {
    const [near, far] = pair();
    const into = new Uint8Array(1);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const until = performance.now() + 5000;
    while (turns <= 5 && performance.now() < until) {
      await near.send(into);
      await far.receive(into);
    }
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});

describe('messages', () => {
  test('keep their boundaries and their descriptors', async () => {
    const [near, far] = pair('seqpacket');
    const fd = memoryOf(5);
    near.sendSync([bytesOf('on'), bytesOf('e')]);
    near.sendSync(bytesOf('two'), { fds: [fd] });
    await near.send(bytesOf('three'));
    fd.close();
    expect([receiveText(far), takeMemories(far)]).toEqual(['one', []]);
    expect([receiveText(far), takeMemories(far)]).toEqual(['two', [5]]);
    expect([receiveText(far), takeMemories(far)]).toEqual(['three', []]);
  });

  test('that are too long for the array are an error, not cut', async () => {
    const [near, far] = pair('seqpacket');
    const fd = memoryOf(5);
    near.sendSync(new Uint8Array(65), { fds: [fd] });
    near.sendSync(new Uint8Array(65), { fds: [fd] });
    near.sendSync(bytesOf('next'));
    fd.close();
    expect(() => far.receiveSync(new Uint8Array(64))).toThrow(
      /longer than the 64 bytes that there was room for/,
    );
    await expect(far.receive(new Uint8Array(64))).rejects.toEqual(systemError(EMSGSIZE));
    expect(takeMemories(far)).toEqual([]);
    expect(receiveText(far)).toBe('next');
  });

  test('that are too long for the socket are an error', () => {
    const [near] = pair('seqpacket');
    expect(() => near.sendSync(new Uint8Array(16 * MIB))).toThrow(systemError(EMSGSIZE));
  });
});

describe('waiting on the calling thread', () => {
  test.each([
    { options: { waitMs: 0 }, leastMs: 0 },
    { options: { waitMs: 30 }, leastMs: 30 },
    { options: { waitMs: 0.5 }, leastMs: 0.5 },
    // Longer than one slice.
    { options: { waitMs: 600 }, leastMs: 600 },
    { options: { waitMs: 30, spinMicroseconds: 1000 }, leastMs: 30 },
    { options: { waitMs: 30, alsoWake: [0] }, leastMs: 30 },
  ])('ends when nothing comes: $options', ({ options, leastMs }) => {
    const [near] = pair();
    using bell = EventFd.create();
    const wake = 'alsoWake' in options ? { alsoWake: [bell.fd] } : {};
    const elapsed = [1, 2, 3].map(() => {
      const since = performance.now();
      expect(near.receiveSync(new Uint8Array(1), { ...options, ...wake })).toBe(-1);
      return performance.now() - since;
    });
    expect(Math.min(...elapsed)).toBeGreaterThanOrEqual(leastMs);
    // Whoever has to share the processor may come late, but not each time.
    expect(Math.min(...elapsed)).toBeLessThan(leastMs + 500);
  });

  test('ends when another descriptor becomes readable, unless there are bytes', () => {
    const [near, far] = pair();
    using bell = EventFd.create(1n);
    using other = EventFd.create();
    const wait = () => near.receiveSync(new Uint8Array(1), { alsoWake: [other.fd, bell.fd] });
    expect(wait()).toBe(-1);
    far.sendSync(new Uint8Array(1));
    expect(wait()).toBe(1);
    expect(bell.read()).toBe(1n);
  });

  test('ends when the other end of another socket closes', () => {
    const [near] = pair();
    const [watched, closed] = pair();
    closed.close();
    expect(near.receiveSync(new Uint8Array(1), { alsoWake: [watched.fd] })).toBe(-1);
  });

  test('refuses descriptors that are not open', () => {
    const [near] = pair();
    expect(() => near.receiveSync(new Uint8Array(1), { alsoWake: [1_000_000] })).toThrow(systemError(EBADF));
  });

  test('is refused while a promise waits for the same bytes', async () => {
    const [near, far] = pair();
    const pending = near.receive(new Uint8Array(1));
    expect(() => near.receiveSync(new Uint8Array(1))).toThrow('a receive() of this socket is pending');
    far.sendSync(new Uint8Array(1));
    expect(await pending).toBe(1);
  });
});

test('more can wait for the peer, and never less', () => {
  const [near, far] = pair();
  const fill = (): number => {
    const sent = near.trySend(new Uint8Array(1 << 24));
    const into = new Uint8Array(1 << 20);
    while (far.receiveSync(into, { waitMs: 0 }) > 0);
    return sent;
  };
  const before = fill();
  near.growSendBuffer(2 * before);
  const after = fill();
  expect(after).toBeGreaterThan(before);
  near.growSendBuffer(1);
  expect(fill()).toBe(after);
  near.close();
  expect(() => near.growSendBuffer(1)).toThrow('UnixSocket.growSendBuffer: already closed');
});

describe('a peer in another process', () => {
  const CHILD = path.join(__dirname, 'children', 'ipc-echo.cjs');

  const start = (mode: string): { socket: UnixSocket; ended: Promise<number | null> } => {
    const [socket, far] = pair();
    const child = spawn(process.execPath, [CHILD, mode], { stdio: ['ignore', 'inherit', 'inherit', far.fd] });
    far.close();
    return { socket, ended: new Promise((resolve) => child.on('exit', resolve)) };
  };

  test.each(['sync', 'spin', 'async'])('echoes (%s)', async (mode) => {
    const { socket, ended } = start(mode);
    const bytes = manyBytes(16 * MIB);
    const received = receiveAll(socket);
    await socket.send(bytes);
    socket.shutdown('write');
    expect((await received).equals(bytes)).toBe(true);
    expect(await ended).toBe(0);
  });

  test('echoes descriptors', async () => {
    const { socket, ended } = start('sync');
    const fd = memoryOf(77);
    socket.sendSync(new Uint8Array(1), { fds: [fd] });
    fd.close();
    expect(socket.receiveSync(new Uint8Array(1))).toBe(1);
    expect(takeMemories(socket)).toEqual([77]);
    socket.close();
    expect(await ended).toBe(0);
  });

  test('that exits while it is sent to is an error', async () => {
    const { socket, ended } = start('exit');
    expect(() => socket.sendSync(manyBytes(16 * MIB))).toThrow(systemError(EPIPE));
    expect(await ended).toBe(0);
  });
});

describe('connecting', () => {
  test('to nothing is refused', () => {
    const where = newPath();
    expect(() => UnixSocket.connect(where)).toThrow(systemError(ENOENT));
    expect(() => UnixSocket.connect(where)).toThrow(`connect ${where}: No such file or directory`);
    fs.writeFileSync(where, '');
    expect(() => UnixSocket.connect(where)).toThrow(systemError(ECONNREFUSED));
  });

  test('2,000 times leaves nothing behind', async () => {
    const where = newPath();
    using listener = UnixListener.listen(where);
    for (let i = 0; i < 2000; i += 1) {
      using near = UnixSocket.connect(where);
      using far = await listener.accept();
      if (i % 2 === 0) near.sendSync(Uint8Array.of(i));
      else far.receive(new Uint8Array(1)).catch(() => undefined);
    }
    listener.close();
    expect(openDescriptors()).toEqual(descriptors);
  });

  test('waits as long as it may for a server that accepts nobody', () => {
    const where = newPath();
    using listener = UnixListener.listen(where, { backlog: 0 });
    const waiting: UnixSocket[] = [];
    expect(() => {
      for (let i = 0; i < 10; i += 1) waiting.push(UnixSocket.connect(where, { waitMs: 20 }));
    }).toThrow(systemError(ETIMEDOUT));
    expect(waiting.length).toBeGreaterThan(0);
    listener.acceptSync()?.close();
    UnixSocket.connect(where, { waitMs: 1000 }).close();
    for (const socket of waiting) socket.close();
  });
});

describe('bad arguments', () => {
  const [near, far] = UnixSocket.pair('stream');
  const [message, other] = UnixSocket.pair('seqpacket');
  const one = new Uint8Array(1);
  const closed = memoryOf(1);
  closed.close();
  const file = FileDescriptor.adopt(fs.openSync('/dev/null', 'r'));
  afterAll(() => [near, far, message, other, file].forEach((each) => each.close()));

  type Anything = (...args: unknown[]) => unknown;
  const receiveSync = near.receiveSync.bind(near) as Anything;
  const sendSync = near.sendSync.bind(near) as Anything;
  const growSendBuffer = near.growSendBuffer.bind(near) as Anything;

  test.each<[name: string, call: Anything, args: unknown[], field: string]>([
    ['connect', UnixSocket.connect as Anything, [5], 'path'],
    ['connect', UnixSocket.connect as Anything, [''], 'path'],
    ['connect', UnixSocket.connect as Anything, ['\0abstract'], 'path'],
    ['connect', UnixSocket.connect as Anything, ['ä'.repeat(54)], 'path'],
    ['connect', UnixSocket.connect as Anything, ['/x', { waitMs: -2 }], 'waitMs'],
    ['connect', UnixSocket.connect as Anything, ['/x', { waitms: 1 }], 'waitms'],
    ['pair', UnixSocket.pair as Anything, ['dgram'], 'type'],
    ['pair', UnixSocket.pair as Anything, [], 'type'],
    ['adopt', UnixSocket.adopt as Anything, [3], 'fd'],
    ['adopt', UnixSocket.adopt as Anything, [closed], 'fd'],
    ['adopt', UnixSocket.adopt as Anything, [file], 'fd'],
    ['receiveSync', receiveSync, [], 'into'],
    ['receiveSync', receiveSync, [new Uint8Array()], 'into'],
    ['receiveSync', receiveSync, [new Uint16Array(1)], 'into'],
    ['receiveSync', receiveSync, [one, { waitMs: NaN }], 'waitMs'],
    ['receiveSync', receiveSync, [one, { waitMs: '5' }], 'waitMs'],
    ['receiveSync', receiveSync, [one, { waitMs: Infinity }], 'waitMs'],
    ['receiveSync', receiveSync, [one, { spinMicroseconds: -1 }], 'spinMicroseconds'],
    ['receiveSync', receiveSync, [one, { alsoWake: 5 }], 'alsoWake'],
    ['receiveSync', receiveSync, [one, { alsoWake: [0, 2 ** 32] }], 'alsoWake[1]'],
    ['receiveSync', receiveSync, [one, { alsoWake: [-1] }], 'alsoWake[0]'],
    ['receiveSync', receiveSync, [one, { spin: 5 }], 'spin'],
    ['receiveSync', receiveSync, [one, null], 'options'],
    ['growSendBuffer', growSendBuffer, [0], 'sizeBytes'],
    ['growSendBuffer', growSendBuffer, [2 ** 30], 'sizeBytes'],
    ['sendSync', sendSync, ['text'], 'bytes'],
    ['sendSync', sendSync, [[one, 'text']], 'bytes[1]'],
    ['sendSync', sendSync, [one, { waitMs: -5 }], 'waitMs'],
    ['sendSync', sendSync, [one, { fds: file }], 'fds'],
    ['sendSync', sendSync, [one, { fds: [file, 3] }], 'fds[1]'],
    ['sendSync', sendSync, [one, { fds: [closed] }], 'fds[0]'],
    ['sendSync', sendSync, [one, { fds: new Array(254).fill(file) }], 'fds'],
    ['sendSync', sendSync, [[], { fds: [file] }], 'bytes'],
    ['sendSync', message.sendSync.bind(message) as Anything, [[]], 'bytes'],
    ['shutdown', near.shutdown.bind(near) as Anything, ['all'], 'how'],
    ['shutdown', near.shutdown.bind(near) as Anything, ['toString'], 'how'],
  ])('%s %#', (name, call, args, field) => {
    expect(() => call(...args)).toThrow(
      expect.objectContaining({
        name: 'VirglError',
        code: 'ERR_VIRGL_ARGUMENT',
        operation: `UnixSocket.${name}`,
        field,
        message: expect.stringContaining(field.replace(/\[.*/, '')) as string,
      }),
    );
  });

  test.each<[name: 'receive' | 'send', args: unknown[], field: string]>([
    ['receive', [], 'into'],
    ['receive', [new Uint8Array()], 'into'],
    ['send', ['text'], 'bytes'],
    ['send', [one, { waitMs: 5 }], 'waitMs'],
    ['send', [one, { fds: [null] }], 'fds[0]'],
  ])('%s %# rejects', async (name, args, field) => {
    const call = (near[name] as (...args: unknown[]) => Promise<unknown>).bind(near);
    await expect(call(...args)).rejects.toMatchObject({
      code: 'ERR_VIRGL_ARGUMENT',
      operation: `UnixSocket.${name}`,
      field,
    });
  });

  test('what was refused was not taken', () => {
    expect(() => UnixSocket.adopt(file)).toThrow();
    expect(file.closed).toBe(false);
  });
});
