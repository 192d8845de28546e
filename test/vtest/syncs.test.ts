// Sync objects: counters, and eventfds that tell when some have got far enough.

import { EventFd, FileDescriptor } from '../../lib/host';
import { IdPool } from '../../lib/vtest/session/id-pool';
import { SyncTable } from '../../lib/vtest/session/syncs';
import { countDescriptorsOf, requests, TestClient } from '../support/vtest-session';

const countDescriptors = (): number => countDescriptorsOf('[eventfd]');

test('ids: the lowest first, and the one given back last before all others', () => {
  const ids = new IdPool();
  expect([ids.take(), ids.take(), ids.take()]).toEqual([1, 2, 3]);
  ids.giveBack(1);
  ids.giveBack(3);
  expect([ids.take(), ids.take(), ids.take(), ids.take()]).toEqual([3, 1, 4, 5]);
});

const FOR_EVER = 0xffffffff;

describe('the table', () => {
  let table: SyncTable;
  const events: EventFd[] = [];
  let before = 0;

  beforeEach(() => {
    before = countDescriptors();
    table = new SyncTable();
    for (const value of [10n, 20n, 0n]) table.create(value);
  });
  afterEach(() => {
    table.close();
    for (const event of events.splice(0)) event.close();
    expect(countDescriptors()).toBe(before);
  });

  const point = (id: number, value: bigint) => ({ sync: table.get('TEST', id), value });
  const wait = (any: boolean, timeoutMs: number, ...points: [id: number, value: bigint][]): EventFd => {
    const event = table.wait(
      points.map(([id, value]) => point(id, value)),
      any,
      timeoutMs,
    );
    events.push(event);
    return event;
  };
  const isReadable = (event: EventFd): boolean => event.read() > 0n;

  test.each([
    {
      what: 'all, all there',
      any: false,
      points: [
        [1, 10n],
        [2, 20n],
      ],
      now: true,
      after: true,
    },
    {
      what: 'all, one missing',
      any: false,
      points: [
        [1, 10n],
        [3, 1n],
      ],
      now: false,
      after: true,
    },
    {
      what: 'all, two missing',
      any: false,
      points: [
        [1, 11n],
        [3, 1n],
      ],
      now: false,
      after: false,
    },
    {
      what: 'any, one there',
      any: true,
      points: [
        [1, 11n],
        [2, 19n],
      ],
      now: true,
      after: true,
    },
    { what: 'any, one missing', any: true, points: [[3, 1n]], now: false, after: true },
    {
      what: 'any, never',
      any: true,
      points: [
        [1, 11n],
        [2, 21n],
      ],
      now: false,
      after: false,
    },
    { what: 'all of none', any: false, points: [], now: true, after: true },
    { what: 'any of none', any: true, points: [], now: true, after: true },
  ] as { what: string; any: boolean; points: [number, bigint][]; now: boolean; after: boolean }[])(
    'tells of $what',
    ({ any, points, now, after }) => {
      const event = wait(any, FOR_EVER, ...points);
      const isNow = isReadable(event);
      expect(isNow).toBe(now);
      table.signal([point(3, 1n)]);
      expect(isNow || isReadable(event)).toBe(after);
    },
  );

  test('counts in 64 bits', () => {
    const far = wait(false, FOR_EVER, [1, 2n ** 63n]);
    table.signal([point(1, 2n ** 63n - 1n)]);
    expect(isReadable(far)).toBe(false);
    table.signal([point(1, 2n ** 64n - 1n)]);
    expect(isReadable(far)).toBe(true);
  });

  test('gives lower values too', () => {
    table.signal([point(2, 5n)]);
    expect(table.get('TEST', 2).value).toBe(5n);
    expect(isReadable(wait(false, FOR_EVER, [2, 20n]))).toBe(false);
  });

  test('several points of one signal count together', () => {
    const both = wait(false, FOR_EVER, [1, 11n], [3, 3n]);
    table.signal([point(1, 11n), point(3, 3n)]);
    expect(isReadable(both)).toBe(true);
  });

  test('a wait of 0 ms keeps nothing', () => {
    const open = countDescriptors();
    const event = wait(false, 0, [3, 1n]);
    expect(countDescriptors()).toBe(open + 1);
    table.signal([point(3, 1n)]);
    expect(isReadable(event)).toBe(false);
  });

  test('a wait that is over in time is given up', async () => {
    const open = countDescriptors();
    const event = wait(false, 1, [3, 2n]);
    expect(countDescriptors()).toBe(open + 2);
    await new Promise((resolve) => setTimeout(resolve, 5));
    table.signal([point(3, 1n)]);
    expect(countDescriptors()).toBe(open + 1);
    table.signal([point(3, 2n)]);
    expect(isReadable(event)).toBe(false);
  });

  test.each([0x80000000, FOR_EVER])('a wait of %d ms has no end', (timeoutMs) => {
    const event = wait(false, timeoutMs, [3, 1n]);
    table.signal([point(1, 1n)]);
    table.signal([point(3, 1n)]);
    expect(isReadable(event)).toBe(true);
  });

  test('whoever waits for a sync goes on waiting when it is gone', () => {
    const sync = table.get('TEST', 3);
    const event = wait(false, FOR_EVER, [3, 1n]);
    table.unref('TEST', 3);
    expect(() => table.get('SYNC_READ', 3)).toThrow('SYNC_READ: there is no sync 3');
    // Another one of the same id is another one.
    expect(table.create(5n)).toBe(3);
    table.signal([]);
    expect(isReadable(event)).toBe(false);
    table.signal([{ sync, value: 1n }]);
    expect(isReadable(event)).toBe(true);
  });

  test('closes what is still waited for', () => {
    const open = countDescriptors();
    for (let count = 0; count < 5; count += 1) wait(false, FOR_EVER, [3, 1n]).close();
    expect(countDescriptors()).toBe(open + 5);
    table.close();
    expect(countDescriptors()).toBe(open);
  });

  const MANY = 4096;

  test('has an end to how many wait at a time', () => {
    for (let count = 0; count < MANY; count += 1) wait(false, FOR_EVER, [3, 1n]).close();
    expect(() => wait(false, FOR_EVER, [3, 1n])).toThrow('SYNC_WAIT: 4096 waits are pending already');
    // What is there already needs no place.
    wait(false, FOR_EVER, [1, 1n]);
    table.signal([point(3, 1n)]);
    wait(false, FOR_EVER, [3, 2n]);
  });

  test('waits whose time is over take no place', async () => {
    for (let count = 0; count < MANY; count += 1) wait(false, 1, [3, 1n]).close();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isReadable(wait(false, FOR_EVER, [3, 1n]))).toBe(false);
  });
});

describe('commands', () => {
  const greeted = () => TestClient.greeted(3);

  test('ids are used again, the last first', async () => {
    const client = await greeted();
    await client.send(...[1, 2, 3].map((value) => requests.syncCreate(value)));
    await client.send(requests.syncUnref(1), requests.syncUnref(2), requests.syncCreate(9));
    expect(client.takeDwords().slice(-1)).toEqual([2]);
    await client.send(requests.syncRead(2));
    expect(client.takeDwords()).toEqual([2, 21, 9, 0]);
  });

  test('a wait is told by SYNC_WRITE', async () => {
    const client = await greeted();
    await client.send(requests.syncCreate(1), requests.syncCreate(1));
    await client.send(requests.syncWait(1, FOR_EVER, [1, 2], [2, 3]));
    using event = EventFd.adopt(client.take().at(-1) as FileDescriptor);
    await client.send(requests.syncWrite(2, 2));
    expect(event.read()).toBe(0n);
    await client.send(requests.syncWrite(2, 3));
    expect(event.read()).toBeGreaterThan(0n);
    await client.session.close();
  });

  test('a wait for no sync is over at once', async () => {
    const client = await greeted();
    await client.send(requests.syncWait(0, FOR_EVER));
    using event = EventFd.adopt(client.take().at(-1) as FileDescriptor);
    expect(event.read()).toBeGreaterThan(0n);
  });

  test.each([
    { what: 'SYNC_READ', bytes: requests.syncRead(7) },
    { what: 'SYNC_WRITE', bytes: requests.syncWrite(7, 1) },
    { what: 'SYNC_UNREF', bytes: requests.syncUnref(7) },
    { what: 'SYNC_WAIT', bytes: requests.syncWait(0, 0, [7, 1]) },
  ])('$what of an unknown sync ends the connection', async ({ what, bytes }) => {
    const client = await greeted();
    await expect(client.send(bytes)).rejects.toMatchObject({
      code: 'ERR_VIRGL_UNKNOWN_HANDLE',
      operation: what,
      field: 'syncId',
      value: 7,
    });
  });

  test('SYNC_WAIT without flags and timeout ends the connection', async () => {
    const client = await greeted();
    await expect(client.send(Buffer.from(Uint32Array.of(1, 23, 0).buffer))).rejects.toMatchObject({
      operation: 'SYNC_WAIT',
      field: 'length',
    });
  });

  test("a sync is its client's own", async () => {
    const client = await greeted();
    const other = await TestClient.greeted(3, { home: client.home });
    await client.send(requests.syncCreate(1));
    await expect(other.send(requests.syncRead(1))).rejects.toMatchObject({ operation: 'SYNC_READ' });
  });
});
