// Waiting for several descriptors: which are ready, whose counts are taken, how long it takes.

import { constants } from 'node:os';
import { EventFd, PollSet, UnixSocket } from '../../lib/host';

const opened: Disposable[] = [];
const keep = <Thing extends Disposable>(thing: Thing): Thing => {
  opened.push(thing);
  return thing;
};
const bell = (count = 0n): EventFd => keep(EventFd.create(count));
const pair = (): UnixSocket[] => UnixSocket.pair('stream').map(keep);

afterEach(() => {
  for (const thing of opened.splice(0)) thing[Symbol.dispose]();
});

test('says which are ready: bells, then readers, then writers', () => {
  const [near, far] = pair();
  const [full, reader] = pair();
  full.growSendBuffer(4096);
  while (full.trySend(new Uint8Array(65536)) > 0);
  const bells = [bell(), bell(3n)];
  const set = new PollSet({
    bells: bells.map(({ fd }) => fd),
    readers: [near.fd, far.fd],
    writers: [full.fd, near.fd],
  });
  far.sendSync(new Uint8Array(1));
  expect(set.wait()).toBe(true);
  expect([...set.ready]).toEqual([0, 1, 1, 0, 0, 1]);
  near.receiveSync(new Uint8Array(1));
  while (reader.receiveSync(new Uint8Array(65536), { waitMs: 0 }) > 0);
  expect(set.wait()).toBe(true);
  expect([...set.ready]).toEqual([0, 0, 0, 0, 1, 1]);
});

test('takes what bells hold, and only of bells', () => {
  const taken = bell(7n);
  const left = bell(5n);
  const set = new PollSet({ bells: [taken.fd], readers: [left.fd] });
  expect(set.wait(0)).toBe(true);
  expect([taken.read(), left.read()]).toEqual([0n, 5n]);
  expect(set.wait(0)).toBe(false);
  expect([...set.ready]).toEqual([0, 0]);
});

test.each([
  { waitMs: 0, look: 0, leastMs: 0 },
  { waitMs: 20.5, look: 0, leastMs: 20.5 },
  { waitMs: 5, look: 10_000, leastMs: 15 },
  { waitMs: 0, look: 2000, leastMs: 2 },
])('ends when nothing comes: $waitMs ms, looking first: $look us', ({ waitMs, look, leastMs }) => {
  const set = new PollSet({ readers: [bell().fd] });
  const since = performance.now();
  expect(set.wait(waitMs, look)).toBe(false);
  expect(performance.now() - since).toBeGreaterThanOrEqual(leastMs - 0.01);
});

test('what is there while it looks is found before it sleeps', () => {
  const set = new PollSet({ bells: [bell(1n).fd] });
  expect(set.wait(-1, 1_000_000)).toBe(true);
});

test('nothing to wait for is a pause', () => {
  expect(new PollSet({}).wait(1)).toBe(false);
});

test('a descriptor that is not open is an error, whatever else is ready', () => {
  const set = new PollSet({ bells: [bell(1n).fd], readers: [1_000_000] });
  expect(() => set.wait()).toThrow(
    expect.objectContaining({ code: 'ERR_VIRGL_SYSTEM', errno: constants.errno.EBADF }),
  );
});

test.each([
  [{ bells: 5 }, 'bells'],
  [{ readers: [-1] }, 'readers[0]'],
  [{ writers: [0, 2 ** 31] }, 'writers[1]'],
  [{ reader: [0] }, 'reader'],
  [null, 'options'],
])('%p is refused', (fds, field) => {
  expect(() => new PollSet(fds as never)).toThrow(
    expect.objectContaining({ code: 'ERR_VIRGL_ARGUMENT', field }),
  );
});

test.each([
  [[-2], 'waitMs'],
  [['1'], 'waitMs'],
  [[0, -1], 'lookMicroseconds'],
  [[0, 1.5], 'lookMicroseconds'],
])('wait(%p) is refused', (args, field) => {
  const set = new PollSet({});
  expect(() => set.wait(...(args as [number, number]))).toThrow(
    expect.objectContaining({ code: 'ERR_VIRGL_ARGUMENT', field }),
  );
});

test('a thread that waits for ever can be ended', async () => {
  const { Worker } = await import('node:worker_threads');
  const worker = new Worker(
    `const { EventFd, PollSet } = require(${JSON.stringify(require.resolve('../../dist/host'))});
     const bell = EventFd.create();
     require('node:worker_threads').parentPort.postMessage('waiting');
     new PollSet({ bells: [bell.fd] }).wait();`,
    { eval: true },
  );
  await new Promise((resolve) => worker.once('message', resolve));
  expect(await worker.terminate()).toBe(1);
});
