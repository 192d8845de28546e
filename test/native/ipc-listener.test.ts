// Listening at a path: whose file it is, who may connect, and what happens to what was there before.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { UnixListener, UnixSocket } from '../../lib/host';
import { bytesOf, receiveText, socketPaths } from '../support/sockets';

const newPath = socketPaths();

const modeOf = (where: string): number => fs.lstatSync(where).mode & 0o777;

/** A socket file that nobody listens at any more. */
const staleSocket = async (where: string): Promise<void> => {
  const script = `require('net').createServer().listen(${JSON.stringify(where)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await new Promise((resolve) => spawn(process.execPath, ['-e', script]).on('exit', resolve));
  expect(fs.lstatSync(where).isSocket()).toBe(true);
};

describe('a listener', () => {
  test('accepts in the order in which clients connect, blocking or not', async () => {
    const where = newPath();
    using listener = UnixListener.listen(where);
    const pending = [listener.accept(), listener.accept()];
    const clients = ['a', 'b', 'c', 'd'].map((text) => {
      const client = UnixSocket.connect(where);
      client.sendSync(bytesOf(text));
      return client;
    });
    const servers = await Promise.all(pending);
    servers.push(await listener.accept());
    const last = listener.acceptSync(1000);
    if (last !== undefined) servers.push(last);
    expect(servers.map((server) => receiveText(server))).toEqual(['a', 'b', 'c', 'd']);
    servers[0].sendSync(bytesOf('answer'));
    expect(receiveText(clients[0])).toBe('answer');
    expect(servers[0].peer).toEqual(clients[0].peer);
    for (const socket of [...clients, ...servers]) socket.close();
  });

  test.each([0, 20, 300])('waits %d ms for nobody', (waitMs) => {
    using listener = UnixListener.listen(newPath());
    const since = performance.now();
    expect(listener.acceptSync(waitMs)).toBeUndefined();
    expect(performance.now() - since).toBeGreaterThanOrEqual(waitMs);
  });

  test('that is closed rejects what is pending, and does nothing any more', async () => {
    const listener = UnixListener.listen(newPath());
    expect(listener.fd).toBeGreaterThan(2);
    const pending = [listener.accept(), listener.accept()];
    listener.close();
    listener.close();
    expect(listener.closed).toBe(true);
    for (const accept of [...pending, listener.accept()])
      await expect(accept).rejects.toMatchObject({ code: 'ERR_VIRGL_CLOSED' });
    const closed = expect.objectContaining({ code: 'ERR_VIRGL_CLOSED' }) as Error;
    expect(() => listener.acceptSync()).toThrow(closed);
    expect(() => listener.fd).toThrow(closed);
  });
});

describe('the file of a listener', () => {
  const { umask } = process;
  afterEach(() => void umask.call(process, 0o022));

  test.each([
    { mask: 0o022, mode: undefined, expected: 0o600 },
    { mask: 0o000, mode: undefined, expected: 0o600 },
    { mask: 0o777, mode: undefined, expected: 0o600 },
    { mask: 0o022, mode: 0o660, expected: 0o660 },
    { mask: 0o077, mode: 0o666, expected: 0o666 },
    { mask: 0o000, mode: 0o400, expected: 0o400 },
  ])('has its mode whatever the umask is: $mode under $mask', ({ mask, mode, expected }) => {
    const where = newPath();
    process.umask(mask);
    using listener = UnixListener.listen(where, mode === undefined ? {} : { mode });
    expect([listener.closed, modeOf(where)]).toEqual([false, expected]);
  });

  test('is removed with it', () => {
    const where = newPath();
    UnixListener.listen(where).close();
    expect(fs.existsSync(where)).toBe(false);
  });

  test('is removed when the process has moved to another folder', () => {
    const [where, home] = [newPath(), process.cwd()];
    process.chdir(path.dirname(where));
    const listener = UnixListener.listen(path.basename(where));
    process.chdir(home);
    listener.close();
    expect(fs.existsSync(where)).toBe(false);
  });

  test('is not removed when it is somebody else’s by now', () => {
    const where = newPath();
    const first = UnixListener.listen(where);
    fs.unlinkSync(where);
    using second = UnixListener.listen(where);
    first.close();
    UnixSocket.connect(where).close();
    expect(second.acceptSync(1000)?.closed).toBe(false);
    fs.unlinkSync(where);
    fs.writeFileSync(where, 'mine');
    second.close();
    expect(fs.readFileSync(where, 'utf8')).toBe('mine');
  });

  test('is replaced when nobody listens at it any more', async () => {
    const where = newPath();
    await staleSocket(where);
    using listener = UnixListener.listen(where);
    using client = UnixSocket.connect(where);
    using server = listener.acceptSync(1000);
    expect([client.closed, server?.closed, modeOf(where)]).toEqual([false, false, 0o600]);
  });

  test('is left alone when a server listens at it', () => {
    const where = newPath();
    using listener = UnixListener.listen(where, { backlog: 0 });
    // Also when the queue of that one is full.
    for (let i = 0; i < 3; i += 1)
      expect(() => UnixListener.listen(where)).toThrow(
        expect.objectContaining({
          name: 'VirglError',
          code: 'ERR_VIRGL_SYSTEM',
          errno: 98,
          operation: 'bind',
          message: `bind ${where}: a server is listening at ${where}`,
        }),
      );
    expect(fs.existsSync(where)).toBe(true);
    listener.acceptSync(0)?.close();
    using client = UnixSocket.connect(where);
    expect(client.closed).toBe(false);
  });

  test.each<[what: string, make: (where: string) => void]>([
    ['a file', (where) => fs.writeFileSync(where, 'precious')],
    ['a folder', (where) => fs.mkdirSync(where)],
    ['a link to nothing', (where) => fs.symlinkSync('/nonexistent/x', where)],
    ['a link to a file', (where) => fs.symlinkSync('/dev/null', where)],
  ])('is left alone when it is %s', (_what, make) => {
    const where = newPath();
    make(where);
    const before = fs.lstatSync(where);
    expect(() => UnixListener.listen(where)).toThrow(
      expect.objectContaining({
        code: 'ERR_VIRGL_SYSTEM',
        errno: 17,
        message: `bind ${where}: there is a file that is not a socket`,
      }),
    );
    expect(fs.lstatSync(where).ino).toBe(before.ino);
  });

  test('can not be made in a folder that is not there', () => {
    const where = path.join(newPath(), 'x.sock');
    expect(() => UnixListener.listen(where)).toThrow(
      expect.objectContaining({ errno: 2, message: `bind ${where}: No such file or directory` }),
    );
  });

  test('belongs to one of several that start at the same moment', async () => {
    const child = path.join(__dirname, 'children', 'ipc-listen.cjs');
    const where = newPath();
    for (let round = 0; round < 3; round += 1) {
      await staleSocket(where);
      const starts = Array.from({ length: 4 }, () => {
        const process_ = spawn(process.execPath, [child, where], { stdio: ['pipe', 'pipe', 'inherit'] });
        const said = new Promise<string>((resolve) =>
          process_.stdout.once('data', (data) => resolve(String(data))),
        );
        const ended = new Promise((resolve) => process_.on('exit', resolve));
        return { process_, said, ended };
      });
      const said = await Promise.all(starts.map((start) => start.said));
      expect(said.sort()).toEqual(['EADDRINUSE', 'EADDRINUSE', 'EADDRINUSE', 'listening']);
      UnixSocket.connect(where).close();
      for (const { process_ } of starts) process_.stdin.end();
      await Promise.all(starts.map((start) => start.ended));
      expect(fs.existsSync(where)).toBe(false);
    }
  });
});

describe('bad arguments of listen', () => {
  const listen = UnixListener.listen as (...args: unknown[]) => UnixListener;

  test.each<[args: unknown[], field: string, expected: string]>([
    [[], 'path', 'a path of 1 to 107 bytes without NUL'],
    [[''], 'path', 'a path of 1 to 107 bytes without NUL'],
    [['/tmp/a\0b'], 'path', 'a path of 1 to 107 bytes without NUL'],
    [[`/tmp/${'x'.repeat(103)}`], 'path', 'a path of 1 to 107 bytes without NUL'],
    [['/tmp/x', { mode: 0o1000 }], 'mode', 'an integer from 0 to 511'],
    [['/tmp/x', { mode: '600' }], 'mode', 'an integer from 0 to 511'],
    [['/tmp/x', { backlog: -1 }], 'backlog', 'an integer from 0 to 2147483647'],
    [['/tmp/x', { backlogg: 1 }], 'backlogg', 'did you mean backlog?'],
    [['/tmp/x', 5], 'options', 'an object'],
  ])('%j', (args, field, expected) => {
    expect(() => listen(...args)).toThrow(
      expect.objectContaining({
        name: 'VirglError',
        code: 'ERR_VIRGL_ARGUMENT',
        operation: 'UnixListener.listen',
        field,
        message: expect.stringContaining(expected) as string,
      }),
    );
  });

  test('acceptSync', () => {
    using listener = UnixListener.listen(newPath());
    expect(() => listener.acceptSync(-2)).toThrow(
      expect.objectContaining({ code: 'ERR_VIRGL_ARGUMENT', field: 'waitMs' }),
    );
  });

  test('a path of 107 bytes is none', () => {
    const folder = path.dirname(newPath());
    const where = path.join(folder, 'x'.repeat(106 - folder.length));
    using listener = UnixListener.listen(where);
    expect([listener.closed, Buffer.byteLength(where)]).toEqual([false, 107]);
    UnixSocket.connect(where).close();
  });
});

test('sockets of node:net get along with ours', async () => {
  const where = newPath();
  using listener = UnixListener.listen(where);
  const client = net.connect(where);
  using server = await listener.accept();
  client.write('hello');
  const into = new Uint8Array(16);
  expect(await server.receive(into)).toBe(5);
  const answer = new Promise((resolve) => client.once('data', resolve));
  await server.send(bytesOf('bye'));
  expect(String(await answer)).toBe('bye');
  const ended = new Promise((resolve) => client.once('close', resolve));
  server.close();
  await ended;
});
