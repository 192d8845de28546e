// What a client gets for each command of the versions 0 to 3, byte for byte, and what the host is asked to do.
// The replies are those of vtest_renderer.c.

import { FileDescriptor, type NullAnswers, SharedMemory } from '../../lib/host';
import type { VtestVersion } from '../../lib/vtest';
import {
  createRenderer,
  dwords,
  protocolVersion,
  request,
  requests,
  TestClient,
} from '../support/vtest-session';

const CAPS2 = Uint8Array.from({ length: 12 }, (_, index) => index + 1);
const CAPS1 = Uint8Array.from({ length: 8 }, (_, index) => 100 + index);

const ANSWERS: NullAnswers = {
  fillCaps: ({ capsetId }) => (capsetId === 2 ? CAPS2 : capsetId === 1 ? CAPS1 : new Uint8Array(8)),
  getCapSet: ({ capsetId }) =>
    capsetId === 77 ? { maxVersion: 0, maxSizeBytes: 0 } : { maxVersion: 2, maxSizeBytes: 12 },
  transferReadIov: ({ into }) => void (into as Uint8Array | undefined)?.fill(9),
};

const greeted = (version: VtestVersion = 3): Promise<TestClient> =>
  TestClient.greeted(version, { answers: ANSWERS });

interface Case {
  what: string;
  version?: VtestVersion;
  before?: Uint8Array[];
  send: Uint8Array;
  reply: Uint8Array;
  calls: string[];
}

const CASES: Case[] = [
  {
    what: 'GET_CAPS',
    send: requests.getCaps,
    reply: Buffer.concat([dwords(9, 1), CAPS1]),
    calls: ['fillCaps'],
  },
  {
    what: 'GET_CAPS2',
    send: requests.getCaps2,
    reply: Buffer.concat([dwords(13, 2), CAPS2]),
    calls: ['fillCaps'],
  },
  {
    what: 'both in one write, as Mesa asks',
    send: Buffer.concat([requests.getCaps2, requests.getCaps]),
    reply: Buffer.concat([dwords(13, 2), CAPS2, dwords(9, 1), CAPS1]),
    calls: ['fillCaps', 'fillCaps'],
  },
  {
    what: 'RESOURCE_CREATE of a handle',
    version: 0,
    send: requests.create(5),
    reply: dwords(),
    calls: ['contextCreate', 'resourceCreate', 'ctxAttachResource'],
  },
  {
    what: 'RESOURCE_CREATE where the server chooses',
    send: requests.create(0),
    reply: dwords(1, 2, 1),
    calls: ['contextCreate', 'resourceCreate', 'ctxAttachResource'],
  },
  {
    what: 'RESOURCE_CREATE2 without memory where the server chooses',
    send: requests.create2(0, 0),
    reply: dwords(1, 12, 1),
    calls: ['contextCreate', 'resourceCreate', 'ctxAttachResource'],
  },
  {
    what: 'RESOURCE_CREATE2 without memory of a handle',
    version: 2,
    send: requests.create2(7, 0),
    reply: dwords(),
    calls: ['contextCreate', 'resourceCreate', 'ctxAttachResource'],
  },
  {
    what: 'RESOURCE_UNREF',
    version: 0,
    before: [requests.create(5)],
    send: requests.unref(5),
    reply: dwords(),
    calls: ['resourceUnref'],
  },
  {
    what: 'RESOURCE_UNREF of nothing',
    version: 0,
    send: requests.unref(5),
    reply: dwords(),
    calls: ['contextCreate'],
  },
  {
    what: 'TRANSFER_GET: bytes without a header',
    version: 0,
    before: [requests.create(5)],
    send: requests.transferGet(5, 7),
    reply: Buffer.alloc(7, 9),
    calls: ['transferReadIov'],
  },
  {
    what: 'TRANSFER_PUT',
    version: 0,
    before: [requests.create(5)],
    send: requests.transferPut(5, Buffer.from('hello')),
    reply: dwords(),
    calls: ['transferWriteIov'],
  },
  {
    what: 'TRANSFER_GET2',
    version: 2,
    before: [requests.create(5)],
    send: requests.transferGet2(5, 64),
    reply: dwords(),
    calls: ['transferReadIov'],
  },
  {
    what: 'TRANSFER_PUT2',
    version: 2,
    before: [requests.create(5)],
    send: requests.transferPut2(5, 64),
    reply: dwords(),
    calls: ['transferWriteIov'],
  },
  {
    what: 'SUBMIT_CMD',
    version: 0,
    send: requests.submit(0),
    reply: dwords(),
    calls: ['contextCreate', 'submitCmd', 'createFence'],
  },
  {
    what: 'SUBMIT_CMD of nothing, which is a fence all the same',
    version: 0,
    send: requests.submit(),
    reply: dwords(),
    calls: ['contextCreate', 'createFence'],
  },
  { what: 'BUSY_WAIT', version: 0, send: requests.busyWait(0, 0), reply: dwords(1, 7, 0), calls: [] },
  { what: 'PING', version: 0, send: requests.ping, reply: dwords(0, 10), calls: [] },
  { what: 'PROTOCOL_VERSION', send: protocolVersion(2), reply: dwords(1, 11, 2), calls: [] },
  { what: 'GET_PARAM of timelines', send: requests.getParam(1), reply: dwords(2, 15, 1, 64), calls: [] },
  { what: 'GET_PARAM of sync objects', send: requests.getParam(2), reply: dwords(2, 15, 0, 0), calls: [] },
  { what: 'GET_PARAM of nothing', send: requests.getParam(77), reply: dwords(2, 15, 0, 0), calls: [] },
  {
    what: 'GET_CAPSET',
    send: requests.getCapset(2, 1),
    reply: Buffer.concat([dwords(4, 16, 1), CAPS2]),
    calls: ['getCapSet', 'fillCaps'],
  },
  {
    what: 'GET_CAPSET of the newest version',
    send: requests.getCapset(2, 2),
    reply: Buffer.concat([dwords(4, 16, 1), CAPS2]),
    calls: ['getCapSet', 'fillCaps'],
  },
  {
    what: 'GET_CAPSET of a set that does not exist',
    send: requests.getCapset(77, 0),
    reply: dwords(1, 16, 0),
    calls: ['getCapSet'],
  },
  {
    what: 'GET_CAPSET of a version that does not exist',
    send: requests.getCapset(2, 3),
    reply: dwords(1, 16, 0),
    calls: ['getCapSet'],
  },
  {
    what: 'GET_CAPSET of a set that a back-end which does not run left empty',
    send: requests.getCapset(4, 0),
    reply: dwords(1, 16, 0),
    calls: ['getCapSet', 'fillCaps'],
  },
  { what: 'CONTEXT_INIT', send: requests.contextInit(4), reply: dwords(), calls: [] },
  {
    what: 'SYNC_CREATE',
    send: requests.syncCreate(5, 6),
    reply: dwords(1, 19, 1),
    calls: ['contextCreate'],
  },
  {
    what: 'SYNC_READ',
    before: [requests.syncCreate(5, 6)],
    send: requests.syncRead(1),
    reply: dwords(2, 21, 5, 6),
    calls: [],
  },
  {
    what: 'SYNC_WRITE and SYNC_UNREF',
    before: [requests.syncCreate(5)],
    send: Buffer.concat([requests.syncWrite(1, 6, 0xffffffff), requests.syncRead(1), requests.syncUnref(1)]),
    reply: dwords(2, 21, 6, 0xffffffff),
    calls: [],
  },
  {
    what: 'SUBMIT_CMD2',
    send: requests.submit2(1, 0, 9, 1, 0, 0, 0, 0, 0, 0),
    reply: dwords(),
    calls: ['contextCreate', 'submitCmd'],
  },
];

test.each(CASES)('$what', async ({ version, before = [], send, reply, calls }) => {
  const client = await greeted(version);
  await client.send(...before);
  client.take();
  client.takeCalls();
  await client.send(send);
  const sent = Buffer.concat(client.take().map((part) => part as Buffer));
  expect(sent.toString('hex')).toBe(Buffer.from(reply).toString('hex'));
  expect(client.takeCalls()).toEqual(calls);
  expect(client.warnings).toEqual([]);
});

/** Reply and descriptor of what was asked for last. */
const takeWithFd = (client: TestClient): [reply: Buffer[], fd: FileDescriptor] => {
  const sent = client.take();
  const fd = sent.pop();
  if (!(fd instanceof FileDescriptor)) throw new Error('no descriptor came last');
  return [sent as Buffer[], fd];
};

test.each<{ version: VtestVersion; handle: number; reply: Buffer[] }>([
  { version: 2, handle: 9, reply: [] },
  { version: 3, handle: 0, reply: [dwords(1, 12, 1)] },
])('RESOURCE_CREATE2 of version $version gives memory that the host has too', async (given) => {
  const { version, handle, reply } = given;
  const client = await greeted(version);
  await client.send(requests.create2(handle, 4096));
  const [before, fd] = takeWithFd(client);
  expect(before).toEqual(reply);
  const created = client.host.calls.find(({ name }) => name === 'resourceCreate');
  const [range] = (created?.args as { backing: { memory: SharedMemory; lengthBytes: number }[] }).backing;
  expect(range.lengthBytes).toBe(4096);
  using memory = SharedMemory.fromFd(fd, { sizeBytes: 4096 });
  memory.bytes[17] = 42;
  expect(range.memory.bytes[17]).toBe(42);
  fd.close();
  await client.session.close();
  expect(range.memory.closed).toBe(true);
});

test.each([
  { what: 'GUEST', type: 1 },
  { what: 'HOST3D_GUEST', type: 3 },
])('RESOURCE_CREATE_BLOB $what gives memory, after its id', async ({ type }) => {
  const client = await greeted();
  await client.send(requests.createBlob(type, 1, 4096, 6));
  const [before, fd] = takeWithFd(client);
  fd.close();
  expect(before).toEqual([dwords(1, 18, 1)]);
  expect(client.host.calls.map(({ name }) => name)).toEqual([
    'contextCreate',
    'resourceCreateBlob',
    'ctxAttachResource',
  ]);
  expect(client.host.calls[1].args).toMatchObject({
    blobMem: type,
    blobFlags: 1,
    blobId: 6n,
    sizeBytes: 4096,
  });
  await client.session.close();
});

describe('RESOURCE_CREATE_BLOB HOST3D', () => {
  const exporting = (fdType: number) => {
    const memory = SharedMemory.create(4096);
    const answers: NullAnswers = { resourceExportBlob: () => ({ fdType, fd: memory.duplicateFd() }) };
    return { memory, answers };
  };

  test.each([
    { what: 'a dma-buf', fdType: 1 },
    { what: 'shared memory', fdType: 3 },
  ])('gives what the host exports: $what', async ({ fdType }) => {
    const { memory, answers } = exporting(fdType);
    const client = await TestClient.greeted(3, { answers, limits: { maxMemoryBytes: 2 ** 34 } });
    await client.send(requests.createBlob(2, 1, 2 ** 32 + 4096, 5));
    const [before, fd] = takeWithFd(client);
    expect(before).toEqual([dwords(1, 18, 1)]);
    const args = client.host.calls[1].args as { sizeBytes: number; backing: unknown };
    expect(args).toMatchObject({ blobMem: 2, blobId: 5n, sizeBytes: 2 ** 32 + 4096, backing: undefined });
    using mapped = SharedMemory.fromFd(fd, { sizeBytes: 4096 });
    memory.bytes[0] = 7;
    expect(mapped.bytes[0]).toBe(7);
    fd.close();
    memory.close();
  });

  test('refuses what no client can map, and says what is needed', async () => {
    const { memory, answers } = exporting(2);
    const client = await TestClient.greeted(3, { answers });
    await expect(client.send(requests.createBlob(2, 1, 4096))).rejects.toMatchObject({
      code: 'ERR_VIRGL_UNSUPPORTED',
      message: expect.stringContaining('/dev/udmabuf') as string,
    });
    memory.close();
  });

  test('RESOURCE_EXPORT_FD exports it once more', async () => {
    const { memory, answers } = exporting(3);
    const client = await TestClient.greeted(4, { answers });
    await client.send(requests.createBlob(2, 1, 4096));
    takeWithFd(client)[1].close();
    await client.send(request(38, 1));
    const [before, fd] = takeWithFd(client);
    fd.close();
    memory.close();
    expect(before).toEqual([dwords(0, 38)]);
  });
});

describe('SYNC_WAIT', () => {
  test('gives an eventfd after its reply', async () => {
    const client = await greeted();
    await client.send(requests.syncCreate(5), requests.syncCreate(6));
    expect(client.takeDwords()).toEqual([1, 19, 1, 1, 19, 2]);
    await client.send(requests.syncWait(0, 0xffffffff, [1, 5], [2, 7]));
    const [before, fd] = takeWithFd(client);
    fd.close();
    expect(before).toEqual([dwords(0, 23)]);
    await client.session.close();
  });
});

test('a client that was served nothing leaves nothing', async () => {
  const client = new TestClient();
  await client.send(createRenderer());
  await client.session.close();
  expect(client.host.calls).toEqual([]);
});
