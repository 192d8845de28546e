// The host for tests: it remembers, answers what it was told to, and keeps the same books as the real one.

import { HOST_CALL_NAMES, type HostCallName, type NullAnswers, NullHost } from '../../lib/host';
import { VirglError } from '../../lib/protocol/error';
import { FakeNativeMemory, fakeMemory } from './fakes';
import { wrapMapped } from '../../lib/host/shared-memory';

const TEXTURE = { resourceId: 1, target: 2, format: 67, bind: 2, width: 4, height: 4 };
const BLOB = { resourceId: 1, blobMem: 2, sizeBytes: 64 };

const refused = (): never => {
  throw new VirglError('ERR_VIRGL_REFUSED', 'refused on purpose');
};

/** A host with context 1 and resource 1, and what it answers. */
const hostWith = async (answers: NullAnswers = {}): Promise<NullHost> => {
  const given: NullAnswers = {};
  const host = new NullHost(given);
  await host.contextCreate({ contextId: 1 });
  await host.resourceCreate(TEXTURE);
  host.calls.length = 0;
  Object.assign(given, answers);
  return host;
};

test('offers every call', () => {
  const host = new NullHost();
  expect(Object.keys(host.features).sort()).toEqual([...HOST_CALL_NAMES].sort());
  expect(Object.values(host.features).every((offered) => offered)).toBe(true);
  expect(Object.isFrozen(host.features)).toBe(true);
  for (const name of HOST_CALL_NAMES) expect(typeof host[name]).toBe('function');
});

describe('calls', () => {
  test('are recorded in order with the arguments as they were given', async () => {
    const host = new NullHost();
    const contextArgs = { contextId: 3 };
    await host.contextCreate(contextArgs);
    await host.createFence();
    await host.contextCreateFence({ contextId: 3 });
    await host.fillCaps({ capsetId: 2 });
    expect(host.calls).toEqual([
      { name: 'contextCreate', args: { contextId: 3 } },
      { name: 'createFence', args: undefined },
      { name: 'contextCreateFence', args: { contextId: 3 } },
      { name: 'fillCaps', args: { capsetId: 2 } },
    ]);
    expect(host.calls[0].args).toBe(contextArgs);
  });

  test('are checked and recorded when they are made, not when they are awaited', async () => {
    const host = new NullHost();
    const created = host.contextCreate({ contextId: 1 });
    const submitted = host.submitCmd({ contextId: 1, commands: new Uint32Array(0) });
    expect(host.calls).toHaveLength(2);
    await Promise.all([created, submitted]);
  });

  test('that are wrong reject, never throw, and leave no trace', async () => {
    const host = await hostWith();
    const counts = host.counts();
    const promise = host.contextCreate({ contextId: 1 });
    await expect(promise).rejects.toMatchObject({ code: 'ERR_VIRGL_DUPLICATE_HANDLE' });
    await expect((host.poll as (args: unknown) => Promise<void>).call(host, 5)).rejects.toMatchObject({
      code: 'ERR_VIRGL_ARGUMENT',
    });
    expect(host.calls).toEqual([]);
    expect(host.counts()).toEqual(counts);
  });
});

describe('answers', () => {
  test.each<{ what: string; name: HostCallName; args: unknown; answers: NullAnswers; value: unknown }>([
    { what: 'nothing by default', name: 'poll', args: undefined, answers: {}, value: undefined },
    {
      what: 'a value',
      name: 'getCapSet',
      args: { capsetId: 2 },
      answers: { getCapSet: () => ({ maxVersion: 2, maxSizeBytes: 8 }) },
      value: { maxVersion: 2, maxSizeBytes: 8 },
    },
    {
      what: 'a promise',
      name: 'supportedStructures',
      args: undefined,
      answers: { supportedStructures: () => Promise.resolve(3) },
      value: 3,
    },
    {
      what: 'something made of the arguments',
      name: 'fillCaps',
      args: { capsetId: 2 },
      answers: { fillCaps: ({ capsetId }) => new Uint8Array(capsetId) },
      value: new Uint8Array(2),
    },
  ])('$what', async ({ name, args, answers, value }) => {
    const host = new NullHost(answers);
    await expect((host[name] as (args: unknown) => Promise<unknown>)(args)).resolves.toEqual(value);
  });
});

describe('what is alive', () => {
  interface Step {
    name: HostCallName;
    args?: object;
    counts: { contexts: number; resources: number; backings: number };
  }
  const memory = fakeMemory();
  const backing = [memory.range()];
  const of = (contexts: number, resources: number, backings: number) => ({ contexts, resources, backings });

  // Each from a host with one context and one resource without backing.
  test.each<Step>([
    { name: 'contextCreate', args: { contextId: 2 }, counts: of(2, 1, 0) },
    { name: 'contextDestroy', args: { contextId: 1 }, counts: of(0, 1, 0) },
    { name: 'resourceCreate', args: { ...TEXTURE, resourceId: 2 }, counts: of(1, 2, 0) },
    { name: 'resourceCreate', args: { ...TEXTURE, resourceId: 2, backing }, counts: of(1, 2, 1) },
    { name: 'resourceCreateBlob', args: { ...BLOB, resourceId: 2, backing }, counts: of(1, 2, 1) },
    { name: 'resourceAttachIov', args: { resourceId: 1, backing }, counts: of(1, 1, 1) },
    { name: 'resourceDetachIov', args: { resourceId: 1 }, counts: of(1, 1, 0) },
    { name: 'resourceUnref', args: { resourceId: 1 }, counts: of(1, 0, 0) },
    { name: 'reset', counts: of(0, 0, 0) },
    { name: 'poll', counts: of(1, 1, 0) },
  ])('after $name $args', async ({ name, args, counts }) => {
    const host = await hostWith();
    await (host[name] as (args?: object) => Promise<unknown>)(args);
    expect(host.counts()).toEqual({ ...counts, fences: 0, calls: 0 });
  });

  test.each<{ name: HostCallName; args: object }>([
    { name: 'contextCreate', args: { contextId: 2 } },
    { name: 'resourceCreate', args: { ...TEXTURE, resourceId: 2, backing } },
    { name: 'resourceCreateBlob', args: { ...BLOB, resourceId: 2, backing } },
    { name: 'resourceAttachIov', args: { resourceId: 1, backing } },
  ])('is as before when $name is refused', async ({ name, args }) => {
    const host = await hostWith({ [name]: () => Promise.resolve().then(refused) });
    const before = host.counts();
    const promise = (host[name] as (args: object) => Promise<unknown>)(args);
    expect(host.counts()).not.toEqual(before);
    await expect(promise).rejects.toMatchObject({ code: 'ERR_VIRGL_REFUSED' });
    expect(host.counts()).toEqual(before);
  });

  test('a refused creation does not take away what came after it under the same id', async () => {
    let fail = (): void => undefined;
    const answers = [
      () =>
        new Promise<void>((_resolve, reject) => {
          fail = () => reject(new VirglError('ERR_VIRGL_REFUSED', 'late'));
        }),
      () => undefined,
    ];
    const host = new NullHost({ contextCreate: () => answers.shift()?.() });
    const first = host.contextCreate({ contextId: 1 });
    await host.contextDestroy({ contextId: 1 });
    await host.contextCreate({ contextId: 1 });
    fail();
    await expect(first).rejects.toMatchObject({ code: 'ERR_VIRGL_REFUSED' });
    expect(host.counts().contexts).toBe(1);
  });

  test('a refused second backing leaves the first', async () => {
    const answers = [() => undefined, refused];
    const host = await hostWith({ resourceAttachIov: () => answers.shift()?.() });
    await host.resourceAttachIov({ resourceId: 1, backing });
    await expect(host.resourceAttachIov({ resourceId: 1, backing })).rejects.toThrow('on purpose');
    expect(host.counts().backings).toBe(1);
  });
});

describe('a closed host', () => {
  test('refuses every call and has nothing left', async () => {
    const host = await hostWith();
    await host.close();
    await host.close();
    expect(host.counts()).toEqual({ contexts: 0, resources: 0, backings: 0, fences: 0, calls: 0 });
    for (const name of HOST_CALL_NAMES) {
      await expect((host[name] as () => Promise<unknown>)()).rejects.toMatchObject({
        code: 'ERR_VIRGL_CLOSED',
        operation: name,
        message: `${name}: the host is closed`,
      });
    }
    expect(host.calls).toEqual([]);
  });

  test('was closed by `await using`', async () => {
    let kept: NullHost;
    {
      await using host = new NullHost();
      kept = host;
    }
    await expect(kept.poll()).rejects.toMatchObject({ code: 'ERR_VIRGL_CLOSED' });
  });
});

test('a mapping is whatever was answered, and is not lent to a resource', async () => {
  const mapped = wrapMapped(new FakeNativeMemory(64));
  const host = await hostWith({ resourceMap: () => mapped });
  await expect(host.resourceMap({ resourceId: 1 })).resolves.toBe(mapped);
  await expect(host.resourceAttachIov({ resourceId: 1, backing: [mapped.range()] })).rejects.toMatchObject({
    field: 'backing[0].memory',
  });
});
