// Each command as a guest should use it: what it asks of the host, and what it answers.

import type { NullHost } from '../../lib/host';
import { type CommandName, COMMANDS } from '../../lib/virtio-gpu';
import { BASE, type Fields, Guest, rect, texture3d } from './support/guest';
import type { MessageHeader, TailValue } from '../../lib/virtio-gpu';

const SIZE = { width: 16, height: 8 };
const PICTURE_BYTES = 16 * 8 * 4;
const ENTRY = { address: BASE, lengthBytes: PICTURE_BYTES };
const BLOB = { resourceId: 8, blobMem: 1, blobFlags: 1, blobId: 0n, size: PICTURE_BYTES };

interface Case<Name extends CommandName = CommandName> {
  name: Name;
  fields: Fields<Name>;
  header?: MessageHeader;
  tail?: TailValue;
  /** The calls of the host. */
  calls?: [name: string, args: unknown][];
  /** Fields of the answer. */
  answer?: Record<string, unknown>;
}

const use = <Name extends CommandName>(
  name: Name,
  fields: Fields<Name>,
  expected: Omit<Case<Name>, 'name' | 'fields'> = {},
): Case => ({ name, fields, ...expected }) as unknown as Case;

const box = { x: 1, y: 2, z: 0, w: 3, h: 4, d: 1 };
const transfer = { box, offset: 64, resourceId: 3, level: 0, stride: 80, layerStride: 0 };

// The guest has context 1, a picture 2 and a texture 3 that context 1 may use.
const CASES: Case[] = [
  use(
    'RESOURCE_CREATE_2D',
    { resourceId: 7, format: 1, ...SIZE },
    {
      calls: [['resourceCreate', { resourceId: 7, target: 2, format: 1, bind: 2, flags: 1, ...SIZE }]],
    },
  ),
  use(
    'RESOURCE_CREATE_2D',
    { resourceId: 7, format: 121, ...SIZE },
    {
      calls: [['resourceCreate', { resourceId: 7, target: 2, format: 1, bind: 2, flags: 1, ...SIZE }]],
    },
  ),
  use('RESOURCE_UNREF', { resourceId: 2 }, { calls: [['resourceUnref', { resourceId: 2 }]] }),
  use('SET_SCANOUT', { rect: rect(0, 0, 16, 8), scanoutId: 0, resourceId: 2 }),
  use('SET_SCANOUT', { rect: rect(0, 0, 0, 0), scanoutId: 0, resourceId: 0 }),
  use('RESOURCE_FLUSH', { rect: rect(0, 0, 16, 8), resourceId: 2 }),
  use(
    'TRANSFER_TO_HOST_2D',
    { rect: rect(4, 2, 8, 3), offset: 144, resourceId: 2 },
    {
      calls: [
        ['transferWriteIov', { resourceId: 2, offset: 144, box: { x: 4, y: 2, z: 0, w: 8, h: 3, d: 1 } }],
      ],
    },
  ),
  use(
    'RESOURCE_ATTACH_BACKING',
    { resourceId: 4 },
    {
      tail: [ENTRY, { address: BASE + 8192, lengthBytes: 16 }],
      calls: [['resourceAttachIov', { resourceId: 4 }]],
    },
  ),
  use('RESOURCE_DETACH_BACKING', { resourceId: 2 }, { calls: [['resourceDetachIov', { resourceId: 2 }]] }),
  use('GET_DISPLAY_INFO', {}, {}),
  use('GET_CAPSET_INFO', { capsetIndex: 0 }, { answer: { capsetId: 1, maxVersion: 1, maxSize: 308 } }),
  use('GET_CAPSET_INFO', { capsetIndex: 1 }, { answer: { capsetId: 2, maxVersion: 2, maxSize: 1376 } }),
  use('GET_CAPSET', { capsetId: 2, version: 0 }, {}),
  use('GET_EDID', { scanoutId: 0 }, {}),
  use('RESOURCE_ASSIGN_UUID', { resourceId: 2 }, {}),
  use('RESOURCE_CREATE_BLOB', BLOB, {
    tail: [ENTRY],
    calls: [
      ['resourceCreateBlob', { resourceId: 8, contextId: 0, blobMem: 1, blobFlags: 1, sizeBytes: 512 }],
    ],
  }),
  use(
    'CTX_CREATE',
    { nameLength: 3, contextInit: 1, debugName: new Uint8Array(64).fill(0x61) },
    {
      header: { contextId: 5 },
      calls: [['contextCreate', { contextId: 5, capsetId: 1, name: 'aaa' }]],
    },
  ),
  use('CTX_DESTROY', {}, { header: { contextId: 1 }, calls: [['contextDestroy', { contextId: 1 }]] }),
  use(
    'CTX_ATTACH_RESOURCE',
    { resourceId: 2 },
    {
      header: { contextId: 1 },
      calls: [['ctxAttachResource', { contextId: 1, resourceId: 2 }]],
    },
  ),
  use('CTX_ATTACH_RESOURCE', { resourceId: 3 }, { header: { contextId: 1 } }),
  use(
    'CTX_DETACH_RESOURCE',
    { resourceId: 3 },
    {
      header: { contextId: 1 },
      calls: [['ctxDetachResource', { contextId: 1, resourceId: 3 }]],
    },
  ),
  use('CTX_DETACH_RESOURCE', { resourceId: 2 }, { header: { contextId: 1 } }),
  use('RESOURCE_CREATE_3D', texture3d(9), { calls: [['resourceCreate', texture3d(9)]] }),
  use('TRANSFER_TO_HOST_3D', transfer, {
    header: { contextId: 1 },
    calls: [['transferWriteIov', { ...transfer, contextId: 1 }]],
  }),
  use('TRANSFER_FROM_HOST_3D', transfer, { calls: [['transferReadIov', { ...transfer, contextId: 0 }]] }),
  use(
    'SUBMIT_3D',
    {},
    {
      header: { contextId: 1 },
      tail: new Uint8Array(8),
      calls: [['submitCmd', { contextId: 1, commands: new Uint32Array(2) }]],
    },
  ),
  use('UPDATE_CURSOR', { position: { scanoutId: 0, x: 1, y: 2 }, resourceId: 3, hotX: 0, hotY: 0 }, {}),
  use('MOVE_CURSOR', { position: { scanoutId: 0, x: 1, y: 2 }, resourceId: 3, hotX: 0, hotY: 0 }),
];

const boot = async (): Promise<Guest> => {
  const guest = await Guest.boot({ width: 1280, height: 720 });
  await guest.context(1, 'kmscube');
  await guest.picture(2, SIZE);
  await guest.ok('RESOURCE_CREATE_2D', { resourceId: 4, format: 2, ...SIZE });
  await guest.ok('RESOURCE_CREATE_3D', texture3d(3));
  await guest.ok('RESOURCE_ATTACH_BACKING', { resourceId: 3 }, {}, [ENTRY]);
  await guest.ok('CTX_ATTACH_RESOURCE', { resourceId: 3 }, { contextId: 1 });
  (guest.host as NullHost).calls.length = 0;
  return guest;
};

test.each(CASES.map((each, index) => [`${index}: ${each.name}`, each] as const))(
  '%s, without a fence and with one',
  async (_, { name, fields, header, tail, calls = [], answer }) => {
    for (const fenceId of [undefined, 77n]) {
      const guest = await boot();
      const response = await guest.send(name, fields, { ...header, fenceId }, tail);
      expect(guest.errors()).toEqual([]);
      expect(response.name).toBe(COMMANDS[name].response);
      expect(response.header).toEqual(
        fenceId === undefined ? { contextId: 0 } : { contextId: header?.contextId ?? 0, fenceId },
      );
      if (answer !== undefined) expect(response.fields).toEqual(answer);
      const made = (guest.host as NullHost).calls.filter(
        ({ name: call }) => call !== 'createFence' && name !== 'UPDATE_CURSOR',
      );
      expect(made.map((call) => call.name)).toEqual(calls.map(([call]) => call));
      made.forEach(({ args }, index) => expect(args).toMatchObject(calls[index][1] as object));
      await guest.shutDown();
    }
  },
);

const OTHERWISE_TESTED: CommandName[] = ['SET_SCANOUT_BLOB', 'RESOURCE_MAP_BLOB', 'RESOURCE_UNMAP_BLOB'];

test('that are all commands', () => {
  const tested = new Set([...CASES.map(({ name }) => name), ...OTHERWISE_TESTED]);
  expect([...tested].sort()).toEqual(Object.keys(COMMANDS).sort());
});

test('neighbouring pieces of memory are one', async () => {
  const guest = await boot();
  const entries = [0, 4096, 8192, 20480, 24576].map((offset) => ({
    address: BASE + offset,
    lengthBytes: 4096,
  }));
  await guest.ok('RESOURCE_ATTACH_BACKING', { resourceId: 4 }, {}, entries);
  const [{ args }] = (guest.host as NullHost).calls;
  expect((args as { backing: unknown[] }).backing).toMatchObject([
    { offsetBytes: 0, lengthBytes: 12288 },
    { offsetBytes: 20480, lengthBytes: 8192 },
  ]);
  await guest.shutDown();
});

test('a capability set is answered as the host filled it', async () => {
  const guest = await boot();
  const { bytes } = await guest.ok('GET_CAPSET', { capsetId: 1, version: 1 });
  expect(bytes).toEqual(new Uint8Array(308).fill(1));
  await guest.shutDown();
});

test('displays lie side by side, and only what is connected is there', async () => {
  const guest = await Guest.boot({ scanouts: 3, width: 800, height: 600 });
  guest.device.setDisplay(2, { width: 1280, height: 1024 });
  const { fields } = await guest.ok('GET_DISPLAY_INFO', {});
  const modes = fields.modes as { enabled: boolean }[];
  expect(modes).toHaveLength(16);
  expect(modes.filter(({ enabled }) => enabled)).toEqual([
    { rect: rect(0, 0, 800, 600), enabled: true, flags: 0 },
    { rect: rect(800, 0, 1280, 1024), enabled: true, flags: 0 },
  ]);
  expect(modes.indexOf(modes.filter(({ enabled }) => enabled)[1])).toBe(2);
  await guest.shutDown();
});

test('the EDID has the size of its display', async () => {
  const guest = await boot();
  const { fields } = await guest.ok('GET_EDID', { scanoutId: 0 });
  const { size, edid } = fields as { size: number; edid: Uint8Array };
  expect(size % 128).toBe(0);
  expect([edid[56] | ((edid[58] >> 4) << 8), edid[59] | ((edid[61] >> 4) << 8)]).toEqual([1280, 720]);
  expect(edid.subarray(size).every((byte) => byte === 0)).toBe(true);
  await guest.shutDown();
});

test('a UUID stays with its resource, and is no other', async () => {
  const guest = await boot();
  const uuid = async (resourceId: number) =>
    Buffer.from((await guest.ok('RESOURCE_ASSIGN_UUID', { resourceId })).fields.uuid as Uint8Array).toString(
      'hex',
    );
  expect(await uuid(2)).toBe(await uuid(2));
  expect(await uuid(3)).not.toBe(await uuid(2));
  await guest.shutDown();
});

test('names of contexts are cut to what the host takes', async () => {
  const guest = await Guest.boot();
  const name = async (contextId: number, bytes: number[], nameLength: number) => {
    const debugName = new Uint8Array(64);
    debugName.set(bytes);
    await guest.ok('CTX_CREATE', { nameLength, contextInit: 0, debugName }, { contextId });
    return (guest.host as NullHost).calls.at(-1)?.args;
  };
  expect(await name(1, [0x61, 0x62, 0, 0x63], 64)).toMatchObject({ name: 'ab', capsetId: 2 });
  expect(await name(2, new Array<number>(64).fill(0xff), 64)).toMatchObject({ name: '\ufffd'.repeat(21) });
  await guest.shutDown();
});
