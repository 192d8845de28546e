// What a supervisor and its session processes share: messages, a page of memory, bounds.

import { UnixSocket } from '../../lib/host';
import { receiveMessage, sendMessage } from '../../lib/vtest/process/messages';
import { StatusPage } from '../../lib/vtest/process/status-page';
import { Watchdog } from '../../lib/vtest/process/watchdog';
import type { KillCause, WorkerProcess } from '../../lib/vtest/process/worker-process';

describe('messages', () => {
  const opened: UnixSocket[] = [];
  const pair = (): [near: UnixSocket, far: UnixSocket] => {
    const both = UnixSocket.pair('seqpacket');
    opened.push(...both);
    return both;
  };
  afterEach(() => {
    for (const socket of opened.splice(0)) socket.close();
  });

  test('come one by one, as they were sent', async () => {
    const [near, far] = pair();
    sendMessage(near, { type: 'warning', message: 'one' });
    sendMessage(near, { type: 'end', commands: 5, name: 'ä' });
    near.close();
    await expect(receiveMessage(far)).resolves.toEqual({ type: 'warning', message: 'one' });
    await expect(receiveMessage(far)).resolves.toEqual({ type: 'end', commands: 5, name: 'ä' });
    await expect(receiveMessage(far)).resolves.toBeUndefined();
  });

  test.each([
    { what: 'letters', letter: 'x' },
    { what: 'what JSON escapes', letter: '\u0001' },
    { what: 'what UTF-8 has 3 bytes for', letter: '€' },
    { what: 'halves of characters', letter: '\ud800' },
  ])('of any length arrive, cut: $what', async ({ letter }) => {
    const [near, far] = pair();
    const text = letter.repeat(1_000_000);
    sendMessage(near, { type: 'end', name: text, reason: text, commands: 1 });
    const got = (await receiveMessage(far)) as { name: string; reason: string; commands: number };
    expect(got.commands).toBe(1);
    for (const cut of [got.name, got.reason]) {
      expect(cut.length).toBeLessThan(10_000);
      expect(cut.startsWith(letter.repeat(1000))).toBe(true);
      expect(cut.endsWith('…')).toBe(true);
    }
  });

  test('that are none say so', async () => {
    const [near, far] = pair();
    near.sendSync(Buffer.from('nonsense'));
    await expect(receiveMessage(far)).rejects.toMatchObject({
      code: 'ERR_VIRGL_DECODE',
      message: 'a session process said "nonsense"',
    });
  });
});

describe('the status page', () => {
  const bothSides = (): [worker: StatusPage, supervisor: StatusPage] => {
    const supervisor = StatusPage.create();
    using fd = supervisor.duplicateFd();
    return [StatusPage.fromFd(fd), supervisor];
  };

  test('tells the command, and of the last one when there is none', () => {
    const [worker, supervisor] = bothSides();
    const seen = () => [supervisor.command, supervisor.last, supervisor.count];
    expect(seen()).toEqual([0, 0, 0]);
    worker.begin(8);
    expect(seen()).toEqual([8, 8, 1]);
    worker.end();
    expect(seen()).toEqual([0, 8, 1]);
    worker.begin(24);
    expect(seen()).toEqual([24, 24, 2]);
    worker[Symbol.dispose]();
    expect(seen()).toEqual([24, 24, 2]);
    supervisor[Symbol.dispose]();
  });

  test.each([
    { name: 'glxgears', seen: 'glxgears' },
    { name: '', seen: '' },
    { name: 'ü'.repeat(1000), seen: 'ü'.repeat(128) },
  ])('tells the name of the client: $seen', ({ name, seen }) => {
    const [worker, supervisor] = bothSides();
    expect(supervisor.name).toBeUndefined();
    worker.named(name);
    worker.begin(8);
    expect(supervisor.name).toBe(seen);
    worker[Symbol.dispose]();
    supervisor[Symbol.dispose]();
  });
});

describe('the watchdog', () => {
  /** A session process that does what it is told. */
  class FakeWorker {
    progress = { command: 0, count: 0 };
    resident = 1000;
    killed: KillCause | undefined;
    leave: () => void = () => undefined;
    readonly gone = new Promise<void>((resolve) => (this.leave = resolve));

    residentBytes(): number {
      return this.resident;
    }

    kill(cause: KillCause): void {
      this.killed ??= cause;
    }
  }

  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const watch = (...workers: FakeWorker[]): void => {
    const watchdog = new Watchdog({ commandTimeoutMs: 1000, maxMemoryBytes: 5000 });
    for (const worker of workers) watchdog.watch(worker as unknown as WorkerProcess);
  };

  test('ends who is in one command for too long, and nobody else', () => {
    const [hangs, works, waits] = [new FakeWorker(), new FakeWorker(), new FakeWorker()];
    hangs.progress = { command: 6, count: 1 };
    watch(hangs, works, waits);
    for (let count = 1; count <= 4; count += 1) {
      works.progress = { command: 6, count };
      jest.advanceTimersByTime(250);
    }
    expect(hangs.killed).toBeUndefined();
    works.progress = { command: 6, count: 5 };
    jest.advanceTimersByTime(400);
    expect([hangs.killed, works.killed, waits.killed]).toEqual(['hang', undefined, undefined]);
  });

  test('ends who uses too much memory, beyond what it began with', () => {
    const [small, large] = [new FakeWorker(), new FakeWorker()];
    watch(small, large);
    small.resident = 6000;
    large.resident = 6001;
    jest.advanceTimersByTime(250);
    expect([small.killed, large.killed]).toEqual([undefined, 'memory']);
  });

  test('looks no more when all are gone, and again when one comes', async () => {
    const first = new FakeWorker();
    const watchdog = new Watchdog({ commandTimeoutMs: 1000, maxMemoryBytes: 5000 });
    watchdog.watch(first as unknown as WorkerProcess);
    expect(jest.getTimerCount()).toBe(1);
    first.leave();
    await first.gone;
    await Promise.resolve();
    expect(jest.getTimerCount()).toBe(0);
    const second = new FakeWorker();
    watchdog.watch(second as unknown as WorkerProcess);
    second.resident = 10_000;
    jest.advanceTimersByTime(250);
    expect(second.killed).toBe('memory');
    expect(first.killed).toBeUndefined();
  });
});
