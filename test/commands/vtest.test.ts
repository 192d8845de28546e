// `virgl vtest` and `virgl run` as a user types them.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UnixListener } from '../../lib/host';
import { installed } from '../support/native-library';
import { socketPaths } from '../support/sockets';
import { Connection, isRunning, sessionProcesses, until } from '../support/vtest-connection';
import { expectRed, target } from '../support/vtest-drawing';

const VIRGL = path.join(__dirname, '..', '..', 'dist', 'cli', 'main.js');
const newPath = socketPaths();
const describeHere = installed === undefined ? describe.skip : describe;

/** A command that runs, and what it says. */
class Running {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  /** Exit code or signal. */
  readonly ended: Promise<number | string>;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [VIRGL, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    running.push(this);
    this.ended = once(this.child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  }

  /** Says so on stderr. */
  says(text: string): Promise<void> {
    return until(`${text} in: ${this.stderr}`, () => this.stderr.includes(text));
  }
}

const running: Running[] = [];
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});

const serve = async (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) => {
  const socketPath = newPath();
  const server = new Running(['vtest', '--socket-path', socketPath, ...args], env);
  await until('it to listen', () => server.child.exitCode !== null || server.stderr.includes('listening on'));
  return { server, socketPath };
};

describeHere('virgl vtest', () => {
  test('serves clients, tells of each in a line, and ends with SIGTERM', async () => {
    const { server, socketPath } = await serve();
    {
      using client = await Connection.greeted(socketPath, 2, 'painter\0');
      await expectRed(client);
    }
    await server.says('"painter" left');
    {
      using client = await Connection.greeted(socketPath);
      client.send(target(1), target(1));
      await client.untilClosed();
    }
    await server.says('was disconnected');
    using connected = await Connection.greeted(socketPath);
    const workers = sessionProcesses(server.child.pid);
    expect(workers.length).toBeGreaterThan(0);
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    await connected.untilClosed();
    expect(fs.existsSync(socketPath)).toBe(false);
    expect(workers.filter(isRunning)).toEqual([]);
    expect(server.stdout).toBe('');
    const lines = server.stderr.trim().split('\n');
    const disconnected = (client: number, reason: string): RegExp =>
      new RegExp(
        `^virgl vtest: client ${client} \\(pid ${process.pid}\\) "test" was disconnected: ${reason}`,
      );
    for (const [index, pattern] of [
      /^virgl vtest: listening on /,
      /"painter" left: 6 commands, 0\.0 MiB, \d+\.\d\d s$/,
      disconnected(
        2,
        'RESOURCE_CREATE: resource 1 exists already; its last command was RESOURCE_CREATE \\(4 commands',
      ),
      disconnected(
        3,
        'its session process was ended with the server after PROTOCOL_VERSION; its last command was',
      ),
      /^virgl vtest: closed /,
    ].entries())
      expect(lines[index]).toMatch(pattern);
    expect(lines).toHaveLength(5);
  });

  test('--log-json is an object a line, with the fields of its event', async () => {
    const { server, socketPath } = await serve(['--log-json', '--verbose']);
    {
      using client = await Connection.greeted(socketPath, 2, 'painter\0');
      await expectRed(client);
    }
    await server.says('"disconnected"');
    server.child.kill('SIGINT');
    expect(await server.ended).toBe(0);
    const lines = server.stderr.trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const told = events.filter(({ event }) => event !== 'library');
    expect(told).toEqual([
      expect.objectContaining({ level: 30, event: 'listening', path: socketPath }),
      expect.objectContaining({ level: 20, event: 'connected', client: 1, pid: process.pid }),
      expect.objectContaining({
        level: 30,
        event: 'disconnected',
        client: 1,
        name: 'painter',
        commands: 6,
        submits: 1,
        lastCommand: 'TRANSFER_GET',
      }),
      expect.objectContaining({ level: 30, event: 'closed', path: socketPath }),
    ]);
    for (const { time, msg } of events) {
      expect(Math.abs(Number(time) - Date.now())).toBeLessThan(60_000);
      expect(msg).toEqual(expect.stringMatching(/\S/));
    }
  });

  test('a second server on the path exits with 1 and says why', async () => {
    const { server, socketPath } = await serve(['--spare-processes', '0']);
    const second = new Running(['vtest', '--socket-path', socketPath]);
    expect(await second.ended).toBe(1);
    expect(second.stderr).toMatch(
      new RegExp(`^virgl: [^\\n]*${socketPath}[^\\n]*\\[ERR_VIRGL_SYSTEM\\]\\n$`),
    );
    using client = await Connection.greeted(socketPath);
    await client.ping();
    expect(server.child.exitCode).toBeNull();
  });

  test('--no-loop-or-fork ends after one client', async () => {
    const { server, socketPath } = await serve(['--no-loop-or-fork']);
    {
      using client = await Connection.greeted(socketPath);
      await expectRed(client);
      expect(sessionProcesses(server.child.pid)).toEqual([]);
    }
    expect(await server.ended).toBe(0);
    expect(fs.existsSync(socketPath)).toBe(false);
  });

  test('VTEST_SOCKET_NAME is where it listens', async () => {
    const socketPath = newPath();
    const server = new Running(['vtest', '--spare-processes=0'], { VTEST_SOCKET_NAME: socketPath });
    await until('it to listen', () => server.stderr.includes('listening on'));
    using client = await Connection.greeted(socketPath);
    await client.ping();
    expect(server.stderr).toContain(`listening on ${socketPath}`);
  });

  test.each([
    { args: ['--multi-clients'] },
    { args: ['--no-fork'] },
    { args: ['--use-egl-surfaceless', '--use-gles', '--max-clients=1', '--idle-timeout=30'] },
    { args: ['--command-timeout=30', '--max-memory=512', '--spare-processes=1', '--render-server'] },
  ])('serves with $args', async ({ args }) => {
    const { socketPath } = await serve(args);
    using client = await Connection.greeted(socketPath);
    await expectRed(client);
  });

  test.each([
    { args: ['--max-clients', '0'], said: 'expected an integer of at least 1 for maxClients but received 0' },
    { args: ['--rendernode', '/nonexistent'], said: '/nonexistent' },
    { args: ['--socket-path', '/nonexistent/socket'], said: '/nonexistent/socket' },
    { args: ['--socket-path', ''], said: 'expected a path for path but received ""' },
    { args: ['--socket-path', `/tmp/${'x'.repeat(200)}`], said: 'a path of 1 to 107 bytes' },
  ])('$args exits with 1: $said', async ({ args, said }) => {
    const server = new Running(['vtest', '--socket-path', newPath(), ...args]);
    expect(await server.ended).toBe(1);
    expect(server.stderr).toContain(said);
    expect(server.stderr).toMatch(/^virgl: [^\n]*\[ERR_VIRGL_\w+\]\n$/);
  });
});

describeHere('virgl run', () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-run-test-'))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const FIXED = '/tmp/.virgl_test';
  const linkOf = (file: string): string | undefined => {
    try {
      return fs.readlinkSync(file);
    } catch {
      return undefined;
    }
  };
  /** Leaves nothing. */
  const run = async (...args: string[]): Promise<Running & { exit: number | string }> => {
    const before = fs.lstatSync(FIXED, { throwIfNoEntry: false })?.ino;
    const command = new Running(['run', ...args], { TMPDIR: folder });
    const exit = await command.ended;
    expect(fs.readdirSync(folder)).toEqual([]);
    expect(linkOf(FIXED) ?? '').not.toContain(folder);
    if (before !== undefined) expect(fs.lstatSync(FIXED, { throwIfNoEntry: false })?.ino).toBe(before);
    return Object.assign(command, { exit });
  };

  test.each([
    { args: ['--', 'sh', '-c', 'exit 7'], exit: 7 },
    { args: ['true'], exit: 0 },
    { args: ['sh', '-c', 'exit 255'], exit: 255 },
    // As shells tell of signals.
    { args: ['--', 'sh', '-c', 'kill -TERM $$'], exit: 143 },
    { args: ['--', 'sh', '-c', 'kill -SEGV $$'], exit: 139 },
    { args: ['--', 'sh', '-c', 'kill -KILL $$'], exit: 137 },
  ])('$args: $exit', async ({ args, exit }) => {
    const { exit: code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
    expect(stderr).toMatch(
      /^virgl run: \d+\.\d\d s; nothing connected: the program did not use OpenGL, or not Mesa's\n$/,
    );
  });

  test.each([
    { program: 'virgl-no-such-program', said: 'the program "virgl-no-such-program" is not in PATH' },
    { program: '/nonexistent/gears', said: 'the program "/nonexistent/gears" does not exist' },
  ])('$program: $said', async ({ program, said }) => {
    const { exit, stderr } = await run(program);
    expect(exit).toBe(1);
    expect(stderr).toBe(`virgl: ${said} [ERR_VIRGL_SYSTEM]\n`);
  });

  test('a program that is none', async () => {
    const program = newPath();
    fs.writeFileSync(program, 'text', { mode: 0o644 });
    const { exit, stderr } = await run(program);
    expect(exit).toBe(1);
    expect(stderr).toBe(
      `virgl: the program ${JSON.stringify(program)} is not executable [ERR_VIRGL_SYSTEM]\n`,
    );
  });

  test('without a program: wrong usage', async () => {
    const { exit, stderr } = await run();
    expect(exit).toBe(2);
    expect(stderr).toContain("missing required argument 'program'");
  });

  test('gives the program its arguments, its streams and the way to the server', async () => {
    const script =
      'echo "$1 $GALLIUM_DRIVER $LIBGL_ALWAYS_SOFTWARE"; test -S "$VTEST_SOCKET_NAME"; echo $?; test -S /tmp/.virgl_test; echo $?; echo error >&2';
    const { exit, stdout, stderr } = await run('--quiet', 'sh', '-c', script, 'name', '--verbose');
    expect({ exit, stdout, stderr }).toEqual({
      exit: 0,
      stdout: '--verbose virpipe 1\n0\n0\n',
      stderr: 'error\n',
    });
  });

  // A client in a line of Node: says who it is, makes a resource, leaves when that is answered.
  const CLIENT = `
    const socket = require('net').connect(process.env.VTEST_SOCKET_NAME);
    const dwords = (...values) => Buffer.from(Uint32Array.from(values).buffer);
    socket.write(Buffer.concat([dwords(5, 8), Buffer.from('gears'), dwords(10, 2, 1, 2, 67, 2, 4, 4, 1, 1, 0, 0)]));
    socket.write(dwords(1, 6, 0, 0, 10, 0, 10));
    let bytes = 0;
    socket.on('data', (data) => (bytes += data.length) >= 16 && socket.end());
  `;

  test('reports what the program sent', async () => {
    const { exit, stderr } = await run('--', process.execPath, '-e', CLIENT);
    expect(exit).toBe(0);
    expect(stderr).toMatch(
      /^virgl run: \d+\.\d\d s, 1 connection, 5 commands, 1 submits, 0\.0 MiB received\n$/,
    );
  });

  test('--log-json also tells what the server told', async () => {
    const { stderr } = await run('--log-json', '--quiet', '--', process.execPath, '-e', CLIENT);
    const events = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.map(({ event }) => event)).toEqual(['listening', 'disconnected', 'closed']);
  });

  test('two at once', async () => {
    const commands = [1, 2].map(
      () => new Running(['run', '--', process.execPath, '-e', CLIENT], { TMPDIR: folder }),
    );
    expect(await Promise.all(commands.map(({ ended }) => ended))).toEqual([0, 0]);
    for (const { stderr } of commands) expect(stderr).toContain('1 connection, 5 commands');
    expect(fs.readdirSync(folder)).toEqual([]);
    expect(linkOf(FIXED) ?? '').not.toContain(folder);
  });

  test('passes signals on, and still tidies up', async () => {
    const command = new Running(
      ['run', 'sh', '-c', 'trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done'],
      {
        TMPDIR: folder,
      },
    );
    await until('the program to run', () => command.stdout.includes('ready'));
    command.child.kill('SIGTERM');
    expect(await command.ended).toBe(5);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('leaves a server at the fixed path alone, and leads the program past it', async () => {
    // Whoever has the name already, keeps it.
    let other: UnixListener | undefined;
    if (!fs.existsSync(FIXED)) other = UnixListener.listen(FIXED);
    const inode = fs.statSync(FIXED).ino;
    const script = 'stat --dereference --format=%i /tmp/.virgl_test "$VTEST_SOCKET_NAME"';
    const command = new Running(['run', '--quiet', 'sh', '-c', script], { TMPDIR: folder });
    expect(await command.ended).toBe(0);
    expect(fs.statSync(FIXED).ino).toBe(inode);
    other?.close();
    const [fixed, own] = command.stdout.trim().split('\n');
    if (command.stderr === '') expect(fixed).toBe(own);
    else expect(command.stderr).toContain(`${FIXED} is in use, and mount namespaces are not permitted here`);
  });
});
