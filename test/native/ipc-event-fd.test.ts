// eventfds: counting, waking, sharing.

import fs from 'node:fs';
import { EventFd, FileDescriptor, UnixSocket } from '../../lib/host';

const MAX = 2n ** 64n - 2n;

describe('an eventfd', () => {
  test.each([0n, 1n, 5n, 2n ** 32n, MAX])('starts with %p and is empty once read', (initial) => {
    using bell = EventFd.create(initial);
    expect([bell.read(), bell.read()]).toEqual([initial, 0n]);
  });

  test('adds up', () => {
    using bell = EventFd.create(1n);
    bell.signal();
    bell.signal(40n);
    expect(bell.read()).toBe(42n);
    bell.signal(MAX);
    expect(() => bell.signal()).toThrow(
      expect.objectContaining({ code: 'ERR_VIRGL_SYSTEM', errno: 11, operation: 'write' }),
    );
    expect(bell.read()).toBe(MAX);
  });

  test('is waited for', async () => {
    using bell = EventFd.create(3n);
    expect(await bell.wait()).toBe(3n);
    const first = bell.wait();
    const second = bell.wait();
    bell.signal(7n);
    expect(await first).toBe(7n);
    bell.signal(8n);
    expect(await second).toBe(8n);
  });

  test('wakes as often as it is rung', async () => {
    using ping = EventFd.create();
    using pong = EventFd.create();
    const answer = async () => {
      for (let i = 0; i < 500; i += 1) pong.signal(await ping.wait());
    };
    const answered = answer();
    for (let i = 1n; i <= 500n; i += 1n) {
      ping.signal(i);
      expect(await pong.wait()).toBe(i);
    }
    await answered;
  });

  test('is shared by its duplicates, here and elsewhere', async () => {
    using bell = EventFd.create();
    const [near, far] = UnixSocket.pair('stream');
    using fd = bell.duplicateFd();
    near.sendSync(new Uint8Array(1), { fds: [fd] });
    far.receiveSync(new Uint8Array(1));
    const received = far.takeFd() as FileDescriptor;
    const number = received.value;
    using shared = EventFd.adopt(received);
    expect([received.closed, shared.fd]).toEqual([true, number]);
    const waited = shared.wait();
    bell.signal(9n);
    expect(await waited).toBe(9n);
    near.close();
    far.close();
  });

  test('that is closed rejects what is pending, and does nothing any more', async () => {
    const bell = EventFd.create();
    const pending = [bell.wait(), bell.wait()];
    bell.close();
    bell.close();
    expect(bell.closed).toBe(true);
    for (const wait of [...pending, bell.wait()])
      await expect(wait).rejects.toMatchObject({ code: 'ERR_VIRGL_CLOSED' });
    const closed = expect.objectContaining({ code: 'ERR_VIRGL_CLOSED' }) as Error;
    for (const use of [() => bell.fd, () => bell.read(), () => bell.signal(), () => bell.duplicateFd()])
      expect(use).toThrow(closed);
  });

  test('is closed by `using`', () => {
    let number: number;
    {
      using bell = EventFd.create();
      number = bell.fd;
    }
    expect(fs.existsSync(`/proc/self/fd/${number}`)).toBe(false);
  });
});

describe('bad arguments', () => {
  const file = FileDescriptor.adopt(fs.openSync('/dev/null', 'r'));
  const bell = EventFd.create();
  afterAll(() => [file, bell].forEach((each) => each.close()));

  type Anything = (...args: unknown[]) => unknown;
  test.each<[name: string, call: Anything, args: unknown[], field: string]>([
    ['create', EventFd.create as Anything, [1], 'initial'],
    ['create', EventFd.create as Anything, [-1n], 'initial'],
    ['create', EventFd.create as Anything, [MAX + 1n], 'initial'],
    ['adopt', EventFd.adopt as Anything, [bell], 'fd'],
    ['adopt', EventFd.adopt as Anything, [file], 'fd'],
    ['signal', bell.signal.bind(bell) as Anything, [0n], 'value'],
    ['signal', bell.signal.bind(bell) as Anything, [1], 'value'],
    ['signal', bell.signal.bind(bell) as Anything, [MAX + 1n], 'value'],
  ])('%s %#', (name, call, args, field) => {
    expect(() => call(...args)).toThrow(
      expect.objectContaining({ code: 'ERR_VIRGL_ARGUMENT', operation: `EventFd.${name}`, field }),
    );
  });

  test('what was refused was not taken', () => {
    expect(() => EventFd.adopt(file)).toThrow();
    expect(file.closed).toBe(false);
  });
});
