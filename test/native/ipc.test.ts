// Unix sockets, listeners and eventfds, on real ones.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { EventFd, FileDescriptor, SharedMemory, UnixListener, UnixSocket } from '../../lib/host';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-ipc-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

let paths = 0;
const newPath = (): string => path.join(folder, `socket-${(paths += 1)}`);

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Everything up to the end of the stream. */
const receiveAll = async (socket: UnixSocket): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  for (;;) {
    const into = new Uint8Array(65536);
    const length = await socket.receive(into);
    if (length === 0) return Buffer.concat(parts);
    parts.push(into.subarray(0, length));
  }
};

const connected = (): [UnixSocket, UnixSocket] => UnixSocket.pair('stream');

describe('a stream', () => {
  test('carries bytes both ways, blocking the thread', () => {
    const [near, far] = connected();
    near.sendSync(bytesOf('ping'));
    const into = new Uint8Array(16);
    expect(far.receiveSync(into)).toBe(4);
    expect(textOf(into.subarray(0, 4))).toBe('ping');
    far.sendSync([bytesOf('po'), new Uint8Array(), bytesOf('ng')]);
    expect(near.receiveSync(into, { spinMicroseconds: 50 })).toBe(4);
    expect(textOf(into.subarray(0, 4))).toBe('pong');
    near.close();
    expect(far.receiveSync(into)).toBe(0);
    far.close();
  });

  test('carries bytes both ways without blocking it', async () => {
    const [near, far] = connected();
    const into = new Uint8Array(16);
    const received = far.receive(into);
    await near.send(bytesOf('ping'));
    expect(await received).toBe(4);
    await near.send(bytesOf('more'));
    expect(await far.receive(into)).toBe(4);
    expect(textOf(into.subarray(0, 4))).toBe('more');
    const end = far.receive(into);
    near.close();
    expect(await end).toBe(0);
    far.close();
  });

  test('carries 64 MiB', async () => {
    const [near, far] = connected();
    const bytes = new Uint8Array(64 << 20).map((_byte, index) => (index * 7) ^ (index >> 8));
    const sent = near.send(bytes).then(() => near.shutdown('write'));
    const received = await receiveAll(far);
    await sent;
    expect(Buffer.compare(received, bytes)).toBe(0);
    near.close();
    far.close();
  });

  test('carries descriptors', async () => {
    const [near, far] = connected();
    using memory = SharedMemory.create(4096);
    memory.bytes[7] = 42;
    using fd = memory.duplicateFd();
    near.sendSync(new Uint8Array(1), { fds: [fd, fd] });
    await near.send(bytesOf('x'), { fds: [fd] });
    expect(far.takeFd()).toBeUndefined();
    const into = new Uint8Array(16);
    expect(await far.receive(into)).toBe(1);
    expect(await far.receive(into)).toBe(1);
    const fds = [far.takeFd(), far.takeFd(), far.takeFd()] as FileDescriptor[];
    expect(far.takeFd()).toBeUndefined();
    for (const each of fds) {
      using copy = SharedMemory.fromFd(each, { sizeBytes: 4096 });
      expect(copy.bytes[7]).toBe(42);
      each.close();
    }
    near.close();
    far.close();
  });

  test('that is closed rejects what is pending', async () => {
    const [near, far] = connected();
    const received = near.receive(new Uint8Array(1));
    const sent = near.send(new Uint8Array(8 << 20));
    near.close();
    await expect(received).rejects.toMatchObject({ code: 'ERR_VIRGL_CLOSED' });
    await expect(sent).rejects.toMatchObject({ code: 'ERR_VIRGL_CLOSED' });
    far.close();
  });
});

describe('a listener', () => {
  test('accepts', async () => {
    const where = newPath();
    using listener = UnixListener.listen(where);
    const accepted = listener.accept();
    using client = UnixSocket.connect(where);
    using server = await accepted;
    client.sendSync(bytesOf('hello'));
    const into = new Uint8Array(16);
    expect(await server.receive(into)).toBe(5);
    expect(server.peer.pid).toBe(process.pid);
    expect(fs.statSync(where).mode & 0o777).toBe(0o600);
    listener.close();
    expect(fs.existsSync(where)).toBe(false);
  });
});

describe('an eventfd', () => {
  test('counts and wakes', async () => {
    using bell = EventFd.create(2n);
    expect(bell.read()).toBe(2n);
    expect(bell.read()).toBe(0n);
    const waited = bell.wait();
    bell.signal(5n);
    expect(await waited).toBe(5n);
    const [near, far] = connected();
    bell.signal();
    expect(near.receiveSync(new Uint8Array(1), { alsoWake: [bell.fd] })).toBe(-1);
    near.close();
    far.close();
  });
});
