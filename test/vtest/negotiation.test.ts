// Who a client is, which version it speaks, and which kind of context it gets.

import type { VtestVersion } from '../../lib/vtest';
import { commonVersion } from '../../lib/vtest';
import { createRenderer, dwords, protocolVersion, requests, TestClient } from '../support/vtest-session';

const wrongArgument = (operation: string, field: string) => ({
  code: 'ERR_VIRGL_ARGUMENT',
  operation,
  field,
});

describe('the version', () => {
  test.each<[wanted: number, newest: VtestVersion, common: VtestVersion]>([
    [0, 3, 0],
    [1, 3, 0],
    [2, 3, 2],
    [3, 3, 3],
    [4, 3, 3],
    [99, 3, 3],
    [0xffffffff, 4, 4],
    [3, 4, 3],
    [4, 4, 4],
    [3, 2, 2],
    [1, 0, 0],
  ])('of a client that wants %d from a server of version %d is %d', async (wanted, newest, common) => {
    const client = new TestClient({ newest });
    await client.send(createRenderer(), protocolVersion(wanted));
    expect(client.takeDwords()).toEqual([1, 11, common]);
    expect(commonVersion(wanted, newest)).toBe(common);
  });

  test("is 0 without negotiation: handles are the client's", async () => {
    const client = new TestClient();
    await client.send(createRenderer(), requests.create(5));
    expect(client.take()).toEqual([]);
    expect(client.host.calls[1].args).toMatchObject({ resourceId: 5 });
  });

  test('may be negotiated again, as Mesa 25 does after it saw old capabilities', async () => {
    const client = await TestClient.greeted(3);
    await client.send(requests.ping, requests.busyWait(0, 0), protocolVersion(2));
    expect(client.takeDwords()).toEqual([0, 10, 1, 7, 0, 1, 11, 2]);
    await client.send(requests.create(5));
    expect(client.take()).toEqual([]);
  });

  test('does not forbid the commands of later ones', async () => {
    const client = await TestClient.greeted(0);
    await client.send(requests.syncCreate(5), requests.getParam(1));
    expect(client.takeDwords()).toEqual([1, 19, 1, 2, 15, 1, 64]);
  });
});

describe('CREATE_RENDERER', () => {
  test.each([
    {
      what: 'the announcement of something else',
      bytes: dwords(1 << 24, 6),
      operation: 'SUBMIT_CMD',
    },
    { what: 'anything else first', bytes: requests.ping, operation: 'PING_PROTOCOL_VERSION' },
    {
      what: 'a second one',
      bytes: Buffer.concat([createRenderer(), createRenderer()]),
      operation: 'CREATE_RENDERER',
    },
  ])('$what ends the connection', async ({ bytes, operation }) => {
    const client = new TestClient();
    await expect(client.send(bytes)).rejects.toMatchObject({ code: 'ERR_VIRGL_DECODE', operation });
    expect(client.session.lastCommand).toBe(operation);
    expect(client.take()).toEqual([]);
  });

  test.each([
    { what: 'a plain one', sent: 'glxgears\0', name: 'glxgears', context: 'glxgears' },
    { what: 'no bytes at all', sent: '', name: '', context: '' },
    { what: 'no NUL', sent: 'gears', name: 'gears', context: 'gears' },
    { what: 'something after the NUL', sent: 'a\0b\0', name: 'a', context: 'a' },
    // 63 bytes of UTF-8 at most, whole characters only.
    {
      what: 'a long one of wide characters',
      sent: `${'ü'.repeat(100)}\0`,
      name: 'ü'.repeat(100),
      context: 'ü'.repeat(31),
    },
  ])('names the client and its context: $what', async ({ sent, name, context }) => {
    const client = new TestClient();
    expect(client.session.clientName).toBeUndefined();
    await client.send(createRenderer(sent), requests.create(1));
    expect(client.session.clientName).toBe(name);
    expect(client.host.calls[0]).toEqual({
      name: 'contextCreate',
      args: { contextId: 1, capsetId: 2, name: context },
    });
  });

  test('takes bytes that are no text', async () => {
    const client = new TestClient();
    await client.send(Buffer.concat([dwords(3, 8), Buffer.of(0xff, 0xfe, 0)]), requests.ping);
    expect(client.takeDwords()).toEqual([0, 10]);
    expect(client.session.clientName).toBe('\ufffd\ufffd');
  });
});

describe('CONTEXT_INIT', () => {
  const REFUSAL = wrongArgument('CONTEXT_INIT', 'capsetId');

  test('says which kind of context the first command that needs one makes', async () => {
    const client = await TestClient.greeted(3);
    await client.send(requests.contextInit(4), requests.contextInit(4), requests.getParam(1));
    expect(client.takeCalls()).toEqual([]);
    await client.send(requests.syncCreate(0), requests.contextInit(4));
    expect(client.host.calls).toEqual([
      { name: 'contextCreate', args: expect.objectContaining({ capsetId: 4 }) as object },
    ]);
  });

  test.each([
    { what: 'capset 0', bytes: [requests.contextInit(0)] },
    { what: 'a second kind', bytes: [requests.contextInit(4), requests.contextInit(2)] },
    { what: 'a context that is there', bytes: [requests.create(0), requests.contextInit(2)] },
    {
      what: 'another kind than the context has',
      bytes: [requests.contextInit(4), requests.syncCreate(0), requests.contextInit(2)],
    },
  ])('$what ends the connection', async ({ bytes }) => {
    const client = await TestClient.greeted(3);
    await expect(client.send(...bytes)).rejects.toMatchObject(REFUSAL);
  });

  test('a kind that the host refuses ends the connection with what the host said, and frees the id', async () => {
    const answers = {
      contextCreate: () => Promise.reject(new Error('no such capset')),
    };
    const client = await TestClient.greeted(3, { answers });
    await expect(client.send(requests.contextInit(99), requests.create(0))).rejects.toThrow('no such capset');
    expect(client.home.contextIds.take()).toBe(1);
  });
});

describe('RESOURCE_BUSY_WAIT', () => {
  test('of a resource before there is a context ends the connection', async () => {
    const client = await TestClient.greeted(2);
    await expect(client.send(requests.busyWait(5, 0))).rejects.toMatchObject(
      wrongArgument('RESOURCE_BUSY_WAIT', 'handle'),
    );
  });

  test('of any resource at all is answered once there is a context', async () => {
    const client = await TestClient.greeted(2);
    await client.send(requests.create(1), requests.busyWait(999, 1));
    expect(client.takeDwords()).toEqual([1, 7, 0]);
  });
});
