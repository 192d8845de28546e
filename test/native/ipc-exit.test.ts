// A process or a worker may leave, in any way, while sockets are waited for; and waiting keeps a process alive, no more.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnixSocket } from '../../lib/host';
import { runChild } from '../support/children';
import { isSanitized } from '../support/native-library';
import { socketPaths } from '../support/sockets';

const newPath = socketPaths();
const CHILDREN = path.join(__dirname, 'children');

const STAGES = [
  'idle',
  'receive pending',
  'send pending',
  'accept pending',
  'bell awaited',
  'many pending',
  'talking',
  'closed while pending',
];

const quiet = { signal: null, stdout: '', stderr: '' };

describe.each(STAGES)('leaving while %s', (stage) => {
  test('process.exit() ends the process with its code', async () => {
    expect(await runChild('ipc-leave.cjs', [stage, 'exit', newPath()])).toEqual({ ...quiet, code: 7 });
  });

  test('an uncaught exception ends the process with code 1', async () => {
    const { stderr, ...end } = await runChild('ipc-leave.cjs', [stage, 'throw', newPath()]);
    expect(end).toEqual({ code: 1, signal: null, stdout: '' });
    expect(stderr.match(/^Error: .*/gm)).toEqual(['Error: thrown on purpose']);
  });

  test('workers leave in every way, and then the main thread goes on', async () => {
    const { stdout, ...end } = await runChild('ipc-leave.cjs', [stage, 'workers', newPath()]);
    expect(end).toEqual({ code: 7, signal: null, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual([
      'exit: 5',
      'throw: 1 thrown on purpose',
      'terminate: 1',
      'goes on',
    ]);
  });
});

describe('a worker that blocks its thread', () => {
  test.each(['receiving', 'sending', 'accepting', 'connecting'])('%s is terminated', async (blocked) => {
    const { stdout, ...end } = await runChild('ipc-blocked.cjs', [blocked, 'terminate', newPath()]);
    expect({ ...end, stdout }).toEqual({ ...quiet, code: 0, stdout: 'terminated: 1\n' });
  });

  test('does not keep the process from exiting', async () => {
    expect(await runChild('ipc-blocked.cjs', ['receiving', 'exit', newPath()])).toEqual({
      ...quiet,
      code: 7,
    });
  });
});

describe('the process', () => {
  /** Starts a child with the other end of a socket as descriptor 3. */
  const start = (what: string) => {
    const [near, far] = UnixSocket.pair('stream');
    const child = spawn(process.execPath, [path.join(CHILDREN, 'ipc-alive.cjs'), what], {
      stdio: ['ignore', 'pipe', 'inherit', far.fd],
    });
    far.close();
    let stdout = '';
    child.stdout?.on('data', (data) => (stdout += String(data)));
    const ended = new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout })));
    return { near, ended };
  };

  test('stays alive while a promise is pending, and ends when it has settled', async () => {
    const { near, ended } = start('receive');
    expect(near.receiveSync(new Uint8Array(1))).toBe(1);
    expect(await Promise.race([ended, sleep(400).then(() => 'alive')])).toBe('alive');
    near.sendSync(new Uint8Array(1));
    expect(await ended).toEqual({ code: 0, stdout: 'received 1\n' });
    near.close();
  });

  test('ends with open sockets that nobody waits for', async () => {
    const { near, ended } = start('forget');
    expect(await ended).toEqual({ code: 0, stdout: '' });
    near.close();
  });

  test('goes on after an exception that was thrown behind a receive, if that was caught', async () => {
    const { near, ended } = start('throw');
    for (let i = 0; i < 2; i += 1) {
      expect(near.receiveSync(new Uint8Array(1))).toBe(1);
      near.sendSync(new Uint8Array(1));
    }
    expect(await ended).toEqual({ code: 0, stdout: 'caught thrown on purpose\nreceived 1\n' });
    near.close();
  });
});

// UndefinedBehaviorSanitizer needs descriptors itself.
(isSanitized ? describe.skip : describe)('a process that runs out of file descriptors', () => {
  test('is told so, loses none, and goes on when there are some', async () => {
    const { stdout, ...end } = await runChild('ipc-descriptors.cjs', [newPath()]);
    expect(end).toEqual({ code: 0, signal: null, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      pair: 'EMFILE',
      connect: 'EMFILE',
      eventFd: 'EMFILE',
      accept: 'EMFILE',
      firstWait: 'EMFILE',
      received: 'EMFILE',
      leaked: 0,
      then: ['accepted', 'hello', 1],
    });
  });
});

test('sockets, listeners and eventfds that were forgotten are closed by the garbage collector', async () => {
  const { stdout, ...end } = await runChild('ipc-forget.cjs', [newPath()], ['--expose-gc']);
  expect(end).toEqual({ code: 0, signal: null, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({ leaked: 0, fileLeft: false, pendingSurvived: 1 });
});
