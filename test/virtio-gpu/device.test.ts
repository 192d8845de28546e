// The device as its transport sees it: options, features, configuration space, displays, reset, the end.

import type { NullHost } from '../../lib/host';
import {
  encodeRequest,
  FEATURE_BITS,
  featureMask,
  type HostBlob,
  VirtioGpuDevice,
} from '../../lib/virtio-gpu';
import { BASE, fakeHost, Guest, rect, texture3d } from './support/guest';

const ALL = featureMask(Object.keys(FEATURE_BITS) as (keyof typeof FEATURE_BITS)[]);
const u32s = (bytes: Uint8Array) => [...new Uint32Array(Uint8Array.from(bytes).buffer)];

describe('options', () => {
  test.each([
    ['scanouts', { scanouts: 17 }],
    ['scanouts', { scanouts: 0 }],
    ['width', { width: 0 }],
    ['height', { height: 1.5 }],
    ['maxMemoryBytes', { maxMemoryBytes: -1 }],
    ['host', { host: {} }],
    ['scanout', { scanout: 1 }],
    ['features.VRGL', { features: { VRGL: false } }],
  ])('a wrong %s', async (field, wrong) => {
    const opened = VirtioGpuDevice.open({ host: fakeHost(), ...wrong } as never);
    await expect(opened).rejects.toMatchObject({ code: 'ERR_VIRGL_ARGUMENT', field });
  });

  test('a near name is suggested', async () => {
    await expect(VirtioGpuDevice.open({ host: fakeHost(), strct: true } as never)).rejects.toThrow(
      'did you mean strict?',
    );
    await expect(VirtioGpuDevice.open(undefined as never)).rejects.toThrow('an object');
  });
});

describe('features', () => {
  test('are all that the host can keep, less what is not wanted', async () => {
    const offered = async (options = {}, answers = {}) =>
      (await Guest.boot(options, answers)).device.features;
    expect(await offered()).toBe(ALL);
    expect(await offered({ features: { EDID: false, VIRGL: false } })).toBe(
      featureMask(['RESOURCE_UUID', 'RESOURCE_BLOB']),
    );
    const empty = { fillCaps: () => new Uint8Array(10) };
    expect(await offered({}, empty)).toBe(featureMask(['EDID', 'RESOURCE_UUID', 'RESOURCE_BLOB']));
  });

  test('can only be accepted when they were offered', async () => {
    const { device } = await Guest.boot({ features: { EDID: false } });
    expect(() => device.acceptFeatures(2n)).toThrow('expected a part of 0x1d for features but received 0x2');
    device.acceptFeatures(1n);
  });

  test('that were not accepted are not there', async () => {
    const guest = await Guest.boot();
    guest.device.acceptFeatures(0n);
    expect((await guest.send('GET_EDID', { scanoutId: 0 })).name).toBe('ERR_UNSPEC');
    guest.device.acceptFeatures(ALL);
    await guest.ok('GET_EDID', { scanoutId: 0 });
  });
});

describe('the configuration space', () => {
  test('tells events, scanouts and capability sets that have content', async () => {
    const { device } = await Guest.boot({ scanouts: 16 });
    expect(u32s(device.readConfig(0, 16))).toEqual([0, 0, 16, 2]);
    expect(u32s(device.readConfig(8, 4))).toEqual([16]);
    expect([...device.readConfig(15, 4)]).toEqual([0, 0, 0, 0]);
    expect([...device.readConfig(100, 2)]).toEqual([0, 0]);
  });

  test('events are raised by a change and cleared by the driver', async () => {
    const { device, ...guest } = await Guest.boot();
    device.setDisplay(0, { width: 1920, height: 1080 });
    expect(guest.told).toEqual([['configChanged']]);
    expect(u32s(device.readConfig(0, 8))).toEqual([1, 0]);
    device.writeConfig(0, Uint8Array.of(0, 0, 0, 0));
    device.writeConfig(8, Uint8Array.of(9, 9, 9, 9));
    device.writeConfig(64, Uint8Array.of(1));
    device.writeConfig(4, Uint8Array.of(2, 0, 0, 0));
    expect(u32s(device.readConfig(0, 16))).toEqual([1, 0, 1, 2]);
    device.writeConfig(4, Uint8Array.of(1, 0, 0, 0));
    expect(u32s(device.readConfig(0, 16))).toEqual([0, 0, 1, 2]);
  });
});

test('a display that changes is another one for the guest', async () => {
  const guest = await Guest.boot({ scanouts: 2 });
  const sizes = async () =>
    ((await guest.ok('GET_DISPLAY_INFO', {})).fields.modes as { rect: { width: number }; enabled: boolean }[])
      .slice(0, 2)
      .map((mode) => (mode.enabled ? mode.rect.width : 'off'));
  expect(await sizes()).toEqual([1024, 'off']);
  guest.device.setDisplay(1, { width: 640, height: 480 });
  guest.device.setDisplay(0, { width: 1920, height: 1080, enabled: false });
  expect(await sizes()).toEqual(['off', 640]);
  expect(() => guest.device.setDisplay(2, { width: 1, height: 1 })).toThrow('from 0 to 1 for index');
  expect(() => guest.device.setDisplay(0, { width: 0, height: 1 })).toThrow('for width but received 0');
  await guest.shutDown();
});

describe('reset', () => {
  test('ends everything, and the same ids can be made at once', async () => {
    const guest = await Guest.boot();
    const use = async () => {
      await guest.context(1);
      await guest.picture(2, { width: 64, height: 64 });
      await guest.ok('CTX_ATTACH_RESOURCE', { resourceId: 2 }, { contextId: 1 });
      await guest.ok('SET_SCANOUT', { rect: rect(0, 0, 64, 64), scanoutId: 0, resourceId: 2 });
      expect(guest.device.counts()).toEqual({
        contexts: 1,
        resources: 1,
        backings: 1,
        fences: 0,
        commands: 0,
      });
    };
    await use();
    guest.device.setDisplay(0, { width: 1920, height: 1080 });
    const reset = guest.device.reset();
    await use();
    await reset;
    expect(u32s(guest.device.readConfig(0, 4))).toEqual([0]);
    expect(guest.heard('scanout').map(([, scanout]) => scanout === undefined)).toEqual([false, true, false]);
    await guest.shutDown();
  });

  test('commands that the host still has are never answered', async () => {
    let finish = (): void => undefined;
    const guest = await Guest.boot(
      {},
      { transferWriteIov: () => new Promise<void>((resolve) => (finish = resolve)) },
    );
    await guest.picture(2, { width: 4, height: 4 });
    const answers: number[] = [];
    const upload = encodeRequest('TRANSFER_TO_HOST_2D', { rect: rect(0, 0, 4, 4), offset: 0, resourceId: 2 });
    guest.device.control(upload, () => answers.push(1));
    expect(guest.device.counts().commands).toBe(1);
    await guest.device.reset();
    finish();
    await new Promise(setImmediate);
    expect(answers).toEqual([]);
    await guest.shutDown();
  });

  test('closing is a reset, and then nothing is taken any more', async () => {
    const guest = await Guest.boot();
    await guest.picture(2, { width: 4, height: 4 });
    await guest.shutDown();
    await guest.device.close();
    expect(() => guest.device.control(new Uint8Array(24), () => undefined)).toThrow('the device is closed');
  });
});

test('a listener that throws does not stop the device', async () => {
  const later = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => undefined);
  const guestError = () => {
    throw new Error('listener');
  };
  const guest = await Guest.boot({ listener: { guestError } });
  expect((await guest.send('RESOURCE_UNREF', { resourceId: 1 })).name).toBe('ERR_INVALID_RESOURCE_ID');
  expect(later.mock.calls[0][0]).toThrow('listener');
  later.mockRestore();
  await guest.shutDown();
});

describe('blobs of the host', () => {
  const create = (resourceId: number, blobFlags = 1) => ({
    resourceId,
    blobMem: 2,
    blobFlags,
    blobId: 7n,
    size: 8192,
  });

  /** A window that tells what is in it, and a host that exports or maps. */
  const boot = async (exports: boolean) => {
    const shown: string[] = [];
    const hostVisible = {
      sizeBytes: 65536,
      map: ({ resourceId, offsetBytes, sizeBytes, fd, memory }: HostBlob) =>
        void shown.push(
          `map ${resourceId} at ${offsetBytes}+${sizeBytes} ${fd === undefined ? '' : 'fd'}${memory === undefined ? '' : 'memory'}`,
        ),
      unmap: ({ resourceId, offsetBytes }: Pick<HostBlob, 'resourceId' | 'offsetBytes'>) =>
        void shown.push(`unmap ${resourceId} at ${offsetBytes}`),
    };
    const guest: Guest = await Guest.boot(
      { hostVisible },
      {
        resourceExportBlob: () => {
          if (!exports) throw new Error('not exported');
          return { fdType: 3, fd: guest.memory.memory.duplicateFd() };
        },
        resourceMap: () => guest.memory.memory,
      },
    );
    await guest.context(1);
    return { guest, shown };
  };

  test.each([
    [true, 'fd'],
    [false, 'memory'],
  ])('are shown in the window (exported: %s)', async (exports, how) => {
    const { guest, shown } = await boot(exports);
    await guest.ok('RESOURCE_CREATE_BLOB', create(5), { contextId: 1 });
    const { fields } = await guest.ok('RESOURCE_MAP_BLOB', { resourceId: 5, offset: 4096 });
    expect(fields).toEqual({ mapInfo: 1 });
    await guest.ok('RESOURCE_UNMAP_BLOB', { resourceId: 5 });
    expect(shown).toEqual([`map 5 at 4096+8192 ${how}`, 'unmap 5 at 4096']);
    const calls = (guest.host as NullHost).calls.map(({ name }) => name);
    expect(calls.includes('resourceUnmap')).toBe(!exports);
    await guest.ok('RESOURCE_MAP_BLOB', { resourceId: 5, offset: 0 });
    await guest.ok('RESOURCE_UNREF', { resourceId: 5 });
    expect(shown.slice(2)).toEqual([`map 5 at 0+8192 ${how}`, 'unmap 5 at 0']);
    await guest.shutDown();
  });

  test('take places of their own, in whole pages, until a reset', async () => {
    const { guest, shown } = await boot(true);
    for (const id of [5, 6, 7])
      await guest.ok('RESOURCE_CREATE_BLOB', create(id, id === 7 ? 0 : 1), { contextId: 1 });
    const map = async (resourceId: number, offset: number) =>
      (await guest.send('RESOURCE_MAP_BLOB', { resourceId, offset })).name;
    expect(await map(5, 8192)).toBe('OK_MAP_INFO');
    expect(await map(5, 0)).toBe('ERR_INVALID_PARAMETER');
    expect(await map(6, 12288)).toBe('ERR_INVALID_PARAMETER');
    expect(await map(6, 4096)).toBe('ERR_INVALID_PARAMETER');
    expect(await map(6, 100)).toBe('ERR_INVALID_PARAMETER');
    expect(await map(6, 61440)).toBe('ERR_INVALID_PARAMETER');
    expect(await map(7, 0)).toBe('ERR_INVALID_PARAMETER');
    expect(await map(6, 16384)).toBe('OK_MAP_INFO');
    expect(guest.errors().map(({ field }) => field)).toEqual([
      'resource_id',
      'offset',
      'offset',
      'offset',
      'offset',
      'resource_id',
    ]);
    await guest.device.reset();
    expect(shown.slice(2)).toEqual(['unmap 5 at 8192', 'unmap 6 at 16384']);
    await guest.shutDown();
  });

  test('a window that refuses is a fault, and the blob is not mapped', async () => {
    const hostVisible = {
      sizeBytes: 65536,
      map: () => Promise.reject(new Error('no room')),
      unmap: () => undefined,
    };
    const guest: Guest = await Guest.boot(
      { hostVisible },
      { resourceExportBlob: () => ({ fdType: 3, fd: guest.memory.memory.duplicateFd() }) },
    );
    await guest.ok('RESOURCE_CREATE_BLOB', create(5));
    expect((await guest.send('RESOURCE_MAP_BLOB', { resourceId: 5, offset: 0 })).name).toBe('ERR_UNSPEC');
    expect(guest.errors()).toMatchObject([{ message: 'no room' }]);
    expect((await guest.send('RESOURCE_UNMAP_BLOB', { resourceId: 5 })).name).toBe('ERR_INVALID_PARAMETER');
    await guest.shutDown();
  });

  test('with memory of the guest beside', async () => {
    const { guest } = await boot(true);
    const blob = { ...create(5), blobMem: 3 };
    await guest.ok('RESOURCE_CREATE_BLOB', blob, { contextId: 1 }, [{ address: BASE, lengthBytes: 8192 }]);
    expect(guest.device.counts().backings).toBe(1);
    await guest.shutDown();
  });
});

test('what all resources may take is bounded', async () => {
  const guest = await Guest.boot({ maxMemoryBytes: 2000 });
  await guest.ok('RESOURCE_CREATE_3D', texture3d(2));
  await guest.ok('RESOURCE_CREATE_3D', texture3d(3));
  expect((await guest.send('RESOURCE_CREATE_3D', texture3d(4, { width: 32 }))).name).toBe(
    'ERR_OUT_OF_MEMORY',
  );
  await guest.ok('RESOURCE_UNREF', { resourceId: 2 });
  await guest.ok('RESOURCE_CREATE_3D', texture3d(4, { width: 32 }));
  await guest.shutDown();
});
