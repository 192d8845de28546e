// Resources of a client: ids, memory, transfers, limits, and what is left when it leaves.

import { type NullAnswers, type SharedMemory } from '../../lib/host';
import { VirglError } from '../../lib/protocol/error';
import { imageBytes, type ImageShape } from '../../lib/protocol/image-bytes';
import { checkLimits, DEFAULT_LIMITS } from '../../lib/vtest/session/limits';
import { SharedResources } from '../../lib/vtest/session/shared-resources';
import type { VtestVersion } from '../../lib/vtest';
import { createRenderer, request, requests, type Sent, TestClient } from '../support/vtest-session';

const KIB = 1024;

const refused = (message = 'refused'): Promise<never> =>
  Promise.reject(new VirglError('ERR_VIRGL_REFUSED', message));

const closeAll = (sent: Sent[]): void => {
  for (const part of sent) if (!Buffer.isBuffer(part)) part.close();
};

describe('ids', () => {
  test('of the server start at 1; the one given back last comes first', async () => {
    const client = await TestClient.greeted(3);
    const create = async (): Promise<number> => {
      await client.send(requests.create(0));
      return client.takeDwords()[2];
    };
    expect([await create(), await create(), await create()]).toEqual([1, 2, 3]);
    await client.send(requests.unref(1), requests.unref(3));
    expect([await create(), await create(), await create()]).toEqual([3, 1, 4]);
  });

  test('of the server are the same for all clients of a host, each context has its own id', async () => {
    const first = await TestClient.greeted(3);
    const second = await TestClient.greeted(3, { home: first.home });
    await first.send(requests.create(0));
    await second.send(requests.create(0));
    expect([first.takeDwords(), second.takeDwords()]).toEqual([
      [1, 2, 1],
      [1, 2, 2],
    ]);
    await first.session.close();
    const third = await TestClient.greeted(3, { home: first.home });
    await third.send(requests.create(0));
    expect(third.takeDwords()).toEqual([1, 2, 1]);
    const contexts = first.host.calls.filter(({ name }) => name === 'contextCreate');
    expect(contexts.map(({ args }) => (args as { contextId: number }).contextId)).toEqual([1, 2, 1]);
  });

  test.each([
    { what: 'RESOURCE_CREATE', bytes: requests.create(5) },
    { what: 'RESOURCE_CREATE2', bytes: requests.create2(5, 4096) },
  ])('$what with a handle in version 3 ends the connection', async ({ what, bytes }) => {
    const client = await TestClient.greeted(3);
    await expect(client.send(bytes)).rejects.toMatchObject({
      code: 'ERR_VIRGL_ARGUMENT',
      operation: what,
      field: 'handle',
      value: 5,
    });
  });

  test.each([
    { what: 'RESOURCE_CREATE', bytes: requests.create(5) },
    { what: 'RESOURCE_CREATE2', bytes: requests.create2(5, 4096) },
  ])('$what with a handle that is in use ends the connection', async ({ what, bytes }) => {
    const client = await TestClient.greeted(2);
    await client.send(requests.create(5));
    await expect(client.send(bytes)).rejects.toMatchObject({
      code: 'ERR_VIRGL_DUPLICATE_HANDLE',
      message: `${what}: resource 5 exists already`,
    });
    expect(client.host.counts().resources).toBe(1);
  });

  test.each([
    { what: 'TRANSFER_GET', bytes: requests.transferGet(9, 64) },
    { what: 'TRANSFER_PUT', bytes: requests.transferPut(9, Buffer.alloc(16)) },
    { what: 'TRANSFER_GET2', bytes: requests.transferGet2(9, 0) },
    { what: 'TRANSFER_PUT2', bytes: requests.transferPut2(9, 0) },
    { what: 'RESOURCE_EXPORT_FD', bytes: request(38, 9) },
  ])('$what of a handle that nobody has ends the connection', async ({ what, bytes }) => {
    const client = await TestClient.greeted(2);
    await expect(client.send(bytes)).rejects.toMatchObject({
      code: 'ERR_VIRGL_UNKNOWN_HANDLE',
      message: `${what}: there is no resource 9`,
      resourceId: 9,
    });
  });

  test('a handle may be used again after RESOURCE_UNREF', async () => {
    const client = await TestClient.greeted(2);
    await client.send(requests.create(5), requests.unref(5), requests.create(5), requests.unref(5));
    expect(client.host.counts().resources).toBe(0);
  });
});

describe('clients that share a host', () => {
  const twoClients = async (...versions: [VtestVersion, VtestVersion]): Promise<[TestClient, TestClient]> => {
    const alone = new TestClient();
    const home = { ...alone.home, shared: new SharedResources(alone.host) };
    return [await TestClient.greeted(versions[0], { home }), await TestClient.greeted(versions[1], { home })];
  };
  const attached = ({ host }: TestClient) =>
    host.calls.filter(({ name }) => name === 'ctxAttachResource').map(({ args }) => args);

  test('use all resources, whoever came first', async () => {
    const [first, second] = await twoClients(3, 3);
    await first.send(requests.create(0));
    await second.send(requests.create(0), requests.transferGet(1, 4));
    await first.send(requests.createBlob(1, 1, 4096), requests.transferPut(2, Buffer.alloc(4)));
    closeAll(first.take());
    expect(attached(first)).toEqual([
      { contextId: 1, resourceId: 1 },
      { contextId: 2, resourceId: 1 },
      { contextId: 2, resourceId: 2 },
      { contextId: 1, resourceId: 2 },
      { contextId: 1, resourceId: 3 },
      { contextId: 2, resourceId: 3 },
    ]);
    await first.session.close();
    await second.session.close();
  });

  test('end only their own, and what is gone is gone for all', async () => {
    const [first, second] = await twoClients(3, 3);
    await first.send(requests.create(0));
    await second.send(requests.unref(1), requests.transferGet(1, 4));
    await first.session.close();
    await expect(second.send(requests.transferGet(1, 4))).rejects.toThrow('there is no resource 1');
    // Nobody attaches to a context that is gone.
    const third = await TestClient.greeted(3, { home: second.home });
    await third.send(requests.create(0));
    expect(attached(third).at(-1)).toEqual({ contextId: 2, resourceId: 1 });
    expect(first.warnings).toEqual([]);
  });

  test('are not given ids that others have chosen', async () => {
    const [old, young] = await twoClients(2, 3);
    await old.send(requests.create(1), requests.create(3));
    await young.send(requests.create(0), requests.create(0), requests.createBlob(2, 1, 4096)).catch(() => 0);
    expect(young.takeDwords()).toEqual([1, 2, 2, 1, 2, 4]);
  });

  test.each<[VtestVersion]>([[2], [3]])(
    'may not choose an id that one of version %d has',
    async (version) => {
      const [first, second] = await twoClients(version, 2);
      await first.send(requests.create(version === 2 ? 1 : 0));
      await expect(second.send(requests.create(1))).rejects.toMatchObject({
        code: 'ERR_VIRGL_DUPLICATE_HANDLE',
        message: 'RESOURCE_CREATE: resource 1 exists already',
      });
      await second.session.close();
      await first.send(requests.transferGet(1, 4));
    },
  );
});

describe('what the host refuses to make', () => {
  const answers: NullAnswers = { resourceCreate: () => refused('resourceCreate: too big') };

  test('is only warned of where no answer is due; whoever uses it is told', async () => {
    const client = await TestClient.greeted(2, { answers });
    await client.send(requests.create(5), requests.ping);
    expect(client.takeDwords()).toEqual([0, 10]);
    expect(client.warnings).toEqual(['RESOURCE_CREATE: resourceCreate: too big']);
    await expect(client.send(requests.transferGet(5, 64))).rejects.toThrow('there is no resource 5');
  });

  test.each([
    { what: 'an id', version: 3 as const, bytes: requests.create(0) },
    { what: 'memory', version: 2 as const, bytes: requests.create2(5, 4096) },
  ])('ends the connection of a client that waits for $what', async ({ version, bytes }) => {
    const client = await TestClient.greeted(version, { answers });
    await expect(client.send(bytes)).rejects.toThrow('too big');
    expect(client.take()).toEqual([]);
    expect(client.home.resourceIds.take()).toBe(1);
  });

  test('a resource that can not be attached ends the connection', async () => {
    const client = await TestClient.greeted(2, {
      answers: { ctxAttachResource: () => refused('no context') },
    });
    await expect(client.send(requests.create(5), requests.busyWait(0, 0))).rejects.toThrow('no context');
  });
});

describe('transfers', () => {
  test('carry the box, the strides and the bytes', async () => {
    let written = '';
    const client = await TestClient.greeted(0, {
      answers: {
        transferWriteIov: ({ from }) => void (written = Buffer.from(from as Uint8Array).toString()),
      },
    });
    await client.send(requests.create(5), requests.transferPut(5, Buffer.from('seventeen bytes.!')));
    expect(written).toBe('seventeen bytes.!');
    expect(client.host.calls.at(-1)?.args).toMatchObject({
      resourceId: 5,
      contextId: 1,
      level: 0,
      stride: 16,
      layerStride: 64,
      box: { x: 1, y: 2, z: 0, w: 4, h: 4, d: 1 },
    });
  });

  test.each([
    { what: 'transferReadIov', bytes: requests.transferGet2(5, 48) },
    { what: 'transferWriteIov', bytes: requests.transferPut2(5, 48) },
  ])('through shared memory use what is attached: $what', async ({ what, bytes }) => {
    const client = await TestClient.greeted(2);
    await client.send(requests.create2(5, 4096), bytes);
    expect(client.host.calls.at(-1)).toEqual({
      name: what,
      args: {
        resourceId: 5,
        contextId: 1,
        level: 1,
        box: { x: 1, y: 2, z: 3, w: 4, h: 5, d: 6 },
        offset: 48,
      },
    });
    closeAll(client.take());
    await client.session.close();
  });

  const failing: NullAnswers = {
    transferReadIov: ({ into }) => {
      (into as Uint8Array | undefined)?.fill(0xaa, 0, 3);
      return refused('out of bounds');
    },
    transferWriteIov: () => refused('out of bounds'),
  };

  test.each([
    { what: 'TRANSFER_PUT', bytes: requests.transferPut(5, Buffer.alloc(5)), reply: '' },
    { what: 'TRANSFER_GET2', bytes: requests.transferGet2(5, 0), reply: '' },
    { what: 'TRANSFER_PUT2', bytes: requests.transferPut2(5, 0), reply: '' },
    // The client reads as many bytes as it asked for.
    { what: 'TRANSFER_GET', bytes: requests.transferGet(5, 6), reply: '000000000000' },
  ])('that fail are only warned of: $what', async ({ what, bytes, reply }) => {
    const client = await TestClient.greeted(2, { answers: failing });
    await client.send(requests.create(5), bytes, requests.ping);
    expect(Buffer.concat(client.take() as Buffer[]).toString('hex')).toBe(`${reply}000000000a000000`);
    expect(client.warnings).toEqual([`${what}: out of bounds`]);
  });

  test('TRANSFER_GET gives nothing of an earlier reply', async () => {
    let fill = true;
    const client = await TestClient.greeted(2, {
      answers: {
        transferReadIov: ({ into }) => {
          if (!fill) return refused();
          (into as Uint8Array).fill(7);
          return undefined;
        },
      },
    });
    await client.send(requests.create(5), requests.transferGet(5, 8));
    fill = false;
    await client.send(requests.transferGet(5, 4));
    expect(client.take()).toEqual([Buffer.alloc(8, 7), Buffer.alloc(4)]);
  });

  test('TRANSFER_GET of more than a reply may have ends the connection', async () => {
    const client = await TestClient.greeted(2, { limits: { maxRequestBytes: 64 * KIB } });
    await client.send(requests.create(5), requests.transferGet(5, 64 * KIB));
    await expect(client.send(requests.transferGet(5, 64 * KIB + 1))).rejects.toMatchObject({
      code: 'ERR_VIRGL_REFUSED',
      operation: 'TRANSFER_GET',
      field: 'dataSize',
      value: 64 * KIB + 1,
    });
  });
});

describe('memory', () => {
  const R8G8B8A8 = 67;
  const shape = (more: Partial<ImageShape>): ImageShape => ({
    format: R8G8B8A8,
    width: 1,
    height: 1,
    depth: 1,
    arraySize: 1,
    nrSamples: 0,
    ...more,
  });

  test.each([
    { what: 'a texture', image: { width: 16, height: 8 }, bytes: 512 },
    {
      what: 'a buffer, whose other sizes may be 0',
      image: { format: 64, width: 100, height: 0 },
      bytes: 100,
    },
    { what: 'samples', image: { width: 16, height: 8, nrSamples: 4 }, bytes: 2048 },
    { what: 'layers', image: { width: 16, height: 8, arraySize: 6 }, bytes: 3072 },
    { what: 'depth', image: { width: 16, height: 8, depth: 3, arraySize: 0 }, bytes: 1536 },
    {
      what: 'blocks of a compressed format (DXT1)',
      image: { format: 105, width: 16, height: 16 },
      bytes: 128,
    },
    { what: 'an unknown format', image: { format: 0xffff, width: 10, height: 10 }, bytes: 100 },
    { what: 'the largest numbers', image: { width: 2 ** 32 - 1, height: 2 ** 32 - 1 }, bytes: 4 * 2 ** 64 },
  ])('of $what', ({ image, bytes }) => {
    const got = imageBytes(shape(image));
    expect(Math.abs(got - bytes) / bytes).toBeLessThan(1e-6);
  });

  // A texture of 64 KiB.
  const side = 128;
  const big = (handle: number) => requests.create(handle, side, side);
  const limits = { maxMemoryBytes: 100 * KIB };
  const REFUSAL = { code: 'ERR_VIRGL_REFUSED', message: expect.stringMatching(/a client may have 102400$/) };

  test('that resources take is counted, given back, and has a limit', async () => {
    const client = await TestClient.greeted(2, { limits });
    await client.send(big(1), requests.unref(1), big(1), requests.unref(1), big(1));
    await expect(client.send(big(2))).rejects.toMatchObject({
      ...REFUSAL,
      operation: 'RESOURCE_CREATE',
      field: 'width',
    });
    // It was made, and is ended with the session.
    await client.session.close();
    expect(client.host.counts()).toMatchObject({ contexts: 0, resources: 0 });
  });

  test.each([
    { what: 'RESOURCE_CREATE2', field: 'dataSize', bytes: requests.create2(0, 101 * KIB) },
    { what: 'RESOURCE_CREATE_BLOB', field: 'size', bytes: requests.createBlob(1, 1, 101 * KIB) },
    { what: 'RESOURCE_CREATE_BLOB', field: 'size', bytes: requests.createBlob(1, 1, 2 ** 44) },
    { what: 'RESOURCE_CREATE_BLOB', field: 'size', bytes: requests.createBlob(2, 1, 2 ** 52) },
  ])('that is shared counts before it is had: $what', async ({ what, field, bytes }) => {
    const client = await TestClient.greeted(3, { limits });
    await expect(client.send(bytes)).rejects.toMatchObject({ ...REFUSAL, operation: what, field });
    expect(client.takeCalls()).toEqual(['contextCreate']);
  });

  test('of one client is not that of another', async () => {
    const first = await TestClient.greeted(3, { limits });
    const second = await TestClient.greeted(3, { home: first.home });
    await first.send(big(0));
    await second.send(big(0));
    await expect(first.send(big(0))).rejects.toMatchObject(REFUSAL);
    await second.send(requests.ping);
  });

  test.each([
    { what: 'a blob of nothing', bytes: requests.createBlob(1, 0, 0), field: 'size' },
    { what: 'a blob of no type', bytes: requests.createBlob(0, 0, 4096), field: 'type' },
    { what: 'a blob of a type that does not exist', bytes: requests.createBlob(9, 0, 4096), field: 'type' },
  ])('$what ends the connection', async ({ bytes, field }) => {
    const client = await TestClient.greeted(3);
    await expect(client.send(bytes)).rejects.toMatchObject({ operation: 'RESOURCE_CREATE_BLOB', field });
  });
});

describe('limits', () => {
  test('have defaults, each by itself', () => {
    expect(checkLimits('TEST')).toEqual(DEFAULT_LIMITS);
    expect(checkLimits('TEST', { maxMemoryBytes: 5, maxRequestBytes: undefined })).toEqual({
      ...DEFAULT_LIMITS,
      maxMemoryBytes: 5,
    });
  });

  test('of requests hold for a session', async () => {
    const client = await TestClient.greeted(2, { limits: { maxRequestBytes: KIB } });
    await expect(client.send(requests.submit(...new Array<number>(255).fill(0)))).rejects.toMatchObject({
      operation: 'SUBMIT_CMD',
      field: 'length',
    });
  });
});

describe('when a client leaves', () => {
  test('its context, resources and memory are gone, and its ids are free', async () => {
    const client = await TestClient.greeted(3);
    await client.send(requests.create2(0, 4096), requests.create(0), requests.createBlob(1, 1, 4096));
    closeAll(client.take());
    const memories = client.host.calls.flatMap(
      ({ args }) => (args as { backing?: { memory: SharedMemory }[] }).backing ?? [],
    );
    await client.session.close();
    expect(client.host.counts()).toEqual({ contexts: 0, resources: 0, backings: 0, fences: 0, calls: 0 });
    expect(memories.map(({ memory }) => memory.closed)).toEqual([true, true]);
    const { resourceIds, contextIds } = client.home;
    expect([1, 2, 3].map(() => resourceIds.take()).sort()).toEqual([1, 2, 3]);
    expect(contextIds.take()).toBe(1);
  });

  test('what the host refuses to end does not keep the rest', async () => {
    const client = await TestClient.greeted(3, { answers: { resourceUnref: () => refused() } });
    await client.send(requests.create(0), requests.create(0));
    await client.session.close();
    expect(client.takeCalls().slice(-3)).toEqual(['resourceUnref', 'resourceUnref', 'contextDestroy']);
  });

  test('after a failure too', async () => {
    const client = await TestClient.greeted(2);
    await client.send(requests.create(1));
    await expect(client.send(requests.create(1))).rejects.toThrow('exists already');
    await client.session.close();
    expect(client.host.counts()).toMatchObject({ contexts: 0, resources: 0 });
  });
});

describe('commands that need more than there is', () => {
  // Their headers are enough: whoever sends no more would wait for ever.
  test.each([25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37])('%d: a DRM context', async (id) => {
    const client = await TestClient.greeted(4);
    await expect(client.send(request(id))).rejects.toMatchObject({
      code: 'ERR_VIRGL_UNSUPPORTED',
      message: expect.stringMatching(/^DRM_SYNC_\w+: needs a DRM context \(capset 6\)/) as string,
    });
  });
});

test('the session knows what it did', async () => {
  const seen: (number | string)[] = [];
  const watcher = {
    named: (name: string) => void seen.push(name),
    begin: (id: number) => void seen.push(id),
    end: () => void seen.push('end'),
  };
  const client = new TestClient({ watcher });
  const bytes = Buffer.concat([createRenderer(), requests.ping, requests.submit(0), requests.submit(0)]);
  await client.send(bytes);
  expect(seen).toEqual([8, 'test', 'end', 10, 'end', 6, 'end', 6, 'end']);
  expect(client.session.lastCommand).toBe('SUBMIT_CMD');
  expect(client.session.stats).toEqual({ commands: 4, submits: 2, receivedBytes: bytes.length });
});

test('sets that the library does not have end the connection', async () => {
  const client = await TestClient.greeted(2, { answers: { fillCaps: () => new Uint8Array() } });
  await expect(client.send(requests.getCaps2)).rejects.toMatchObject({
    code: 'ERR_VIRGL_UNSUPPORTED',
    message: 'GET_CAPS2: the library has no capability set 2',
  });
});
