// Each command used wrongly: the right error, by name, and a fence that signals all the same.

import { NullHost } from '../../lib/host';
import { VirglError } from '../../lib/protocol/error';
import {
  type CommandName,
  encodeRequest,
  type ErrorResponseName,
  type MessageHeader,
  type TailValue,
  type VirtioGpuDeviceOptions,
} from '../../lib/virtio-gpu';
import { BASE, type Fields, Guest, rect, texture3d } from './support/guest';

const SIZE = { width: 16, height: 8 };
const ENTRY = { address: BASE, lengthBytes: 512 };
const NO_NAME = { nameLength: 0, contextInit: 0, debugName: new Uint8Array(64) };

interface Fault<Name extends CommandName = CommandName> {
  name: Name;
  fields: Fields<Name>;
  response: ErrorResponseName;
  field: string | undefined;
  header?: MessageHeader;
  tail?: TailValue;
  options?: Partial<VirtioGpuDeviceOptions>;
}

const wrong = <Name extends CommandName>(
  name: Name,
  fields: Fields<Name>,
  response: ErrorResponseName,
  field: string | undefined,
  more: Pick<Fault, 'header' | 'tail' | 'options'> = {},
): Fault => ({ name, fields, response, field, ...more }) as unknown as Fault;

const in1 = { header: { contextId: 1 } };
const box = { x: 0, y: 0, z: 0, w: 16, h: 8, d: 1 };
const transfer = { box, offset: 0, resourceId: 3, level: 0, stride: 0, layerStride: 0 };
const blob = { resourceId: 8, blobMem: 1, blobFlags: 0, blobId: 0n, size: 512 };
const cursor = { position: { scanoutId: 0, x: 0, y: 0 }, resourceId: 3, hotX: 0, hotY: 0 };
const scanoutBlob = {
  rect: rect(0, 0, 8, 8),
  scanoutId: 0,
  resourceId: 6,
  width: 8,
  height: 8,
  format: 2,
  strides: [32, 0, 0, 0],
  offsets: [0, 0, 0, 0],
};
const without = (...names: ('VIRGL' | 'EDID' | 'RESOURCE_UUID' | 'RESOURCE_BLOB' | 'CONTEXT_INIT')[]) => ({
  options: { features: Object.fromEntries(names.map((name) => [name, false])) },
});
const window = { hostVisible: { sizeBytes: 65536, map: () => undefined, unmap: () => undefined } };

// The guest has contexts 1 and 2, a picture 2 with memory, a texture 3 that context 1 may use, a picture 4 without memory, a
// texture 5 that nobody may use, and a blob 6.
const FAULTS: Fault[] = [
  wrong('RESOURCE_CREATE_2D', { resourceId: 0, format: 2, ...SIZE }, 'ERR_INVALID_RESOURCE_ID', 'resource_id'),
  wrong('RESOURCE_CREATE_2D', { resourceId: 2, format: 2, ...SIZE }, 'ERR_INVALID_RESOURCE_ID', 'resource_id'),
  wrong('RESOURCE_CREATE_2D', { resourceId: 0x8000_0000, format: 2, ...SIZE }, 'ERR_INVALID_RESOURCE_ID', 'resource_id'),
  wrong('RESOURCE_CREATE_2D', { resourceId: 7, format: 5, ...SIZE }, 'ERR_INVALID_PARAMETER', 'format'),
  wrong('RESOURCE_CREATE_2D', { resourceId: 7, format: 2, width: 0, height: 8 }, 'ERR_INVALID_PARAMETER', 'width'),
  wrong('RESOURCE_CREATE_2D', { resourceId: 7, format: 2, width: 8, height: 0 }, 'ERR_INVALID_PARAMETER', 'height'),
  wrong('RESOURCE_CREATE_2D', { resourceId: 7, format: 2, width: 0xffff_ffff, height: 0xffff_ffff }, 'ERR_OUT_OF_MEMORY', 'resource_id'),
  wrong('RESOURCE_UNREF', { resourceId: 99 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id'),
  wrong('SET_SCANOUT', { rect: rect(0, 0, 16, 8), scanoutId: 1, resourceId: 2 }, 'ERR_INVALID_SCANOUT_ID', 'scanout_id'),
  wrong('SET_SCANOUT', { rect: rect(0, 0, 16, 8), scanoutId: 0, resourceId: 99 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id'),
  wrong('SET_SCANOUT', { rect: rect(1, 0, 16, 8), scanoutId: 0, resourceId: 2 }, 'ERR_INVALID_PARAMETER', 'r'),
  wrong('SET_SCANOUT', { rect: rect(0, 0, 16, 0), scanoutId: 0, resourceId: 2 }, 'ERR_INVALID_PARAMETER', 'r'),
  wrong('SET_SCANOUT', { rect: rect(0xffff_ffff, 0, 2, 8), scanoutId: 0, resourceId: 2 }, 'ERR_INVALID_PARAMETER', 'r'),
  wrong('SET_SCANOUT', { rect: rect(0, 0, 8, 8), scanoutId: 0, resourceId: 6 }, 'ERR_INVALID_PARAMETER', 'resource_id'),
  wrong('RESOURCE_FLUSH', { rect: rect(0, 0, 1, 1), resourceId: 99 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id'),
  wrong('RESOURCE_FLUSH', { rect: rect(0, 0, 17, 8), resourceId: 2 }, 'ERR_INVALID_PARAMETER', 'r'),
  wrong('TRANSFER_TO_HOST_2D', { rect: rect(0, 0, 16, 8), offset: 0, resourceId: 99 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id'),
  wrong('TRANSFER_TO_HOST_2D', { rect: rect(0, 0, 16, 9), offset: 0, resourceId: 2 }, 'ERR_INVALID_PARAMETER', 'r'),
  wrong('TRANSFER_TO_HOST_2D', { rect: rect(0, 0, 16, 8), offset: 4, resourceId: 2 }, 'ERR_INVALID_PARAMETER', 'offset'),
  wrong('TRANSFER_TO_HOST_2D', { rect: rect(0, 0, 1, 1), offset: 2 ** 52, resourceId: 2 }, 'ERR_INVALID_PARAMETER', 'offset'),
  wrong('TRANSFER_TO_HOST_2D', { rect: rect(0, 0, 16, 8), offset: 0, resourceId: 4 }, 'ERR_UNSPEC', 'resource_id'),
  wrong('RESOURCE_ATTACH_BACKING', { resourceId: 99 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id', { tail: [ENTRY] }),
  wrong('RESOURCE_ATTACH_BACKING', { resourceId: 2 }, 'ERR_UNSPEC', 'resource_id', { tail: [ENTRY] }),
  wrong('RESOURCE_ATTACH_BACKING', { resourceId: 6 }, 'ERR_UNSPEC', 'resource_id', { tail: [ENTRY] }),
  wrong('RESOURCE_ATTACH_BACKING', { resourceId: 4, entryCount: 2 }, 'ERR_INVALID_PARAMETER', 'nr_entries', { tail: [ENTRY] }),
  wrong('RESOURCE_ATTACH_BACKING', { resourceId: 4, entryCount: 0xffff_ffff }, 'ERR_INVALID_PARAMETER', 'nr_entries'),
  wrong('RESOURCE_ATTACH_BACKING', { resourceId: 4 }, 'ERR_INVALID_PARAMETER', 'backing'),
  wrong('RESOURCE_ATTACH_BACKING', { resourceId: 4 }, 'ERR_INVALID_PARAMETER', 'entries[1].address', { tail: [ENTRY, { address: 0, lengthBytes: 4 }] }),
  wrong('RESOURCE_ATTACH_BACKING', { resourceId: 4 }, 'ERR_INVALID_PARAMETER', 'entries[0].length', { tail: [{ address: BASE, lengthBytes: 0 }] }),
  wrong('RESOURCE_ATTACH_BACKING', { resourceId: 4 }, 'ERR_UNSPEC', undefined, { tail: [ENTRY], options: { memory: undefined } }),
  wrong('RESOURCE_DETACH_BACKING', { resourceId: 99 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id'),
  wrong('RESOURCE_DETACH_BACKING', { resourceId: 4 }, 'ERR_UNSPEC', 'resource_id'),
  wrong('GET_CAPSET_INFO', { capsetIndex: 2 }, 'ERR_INVALID_PARAMETER', 'capset_index'),
  wrong('GET_CAPSET', { capsetId: 4, version: 0 }, 'ERR_INVALID_PARAMETER', 'capset_id'),
  wrong('GET_CAPSET', { capsetId: 1, version: 2 }, 'ERR_INVALID_PARAMETER', 'capset_version'),
  wrong('GET_CAPSET_INFO', { capsetIndex: 0 }, 'ERR_UNSPEC', 'type', without('VIRGL')),
  wrong('GET_EDID', { scanoutId: 1 }, 'ERR_INVALID_SCANOUT_ID', 'scanout_id'),
  wrong('GET_EDID', { scanoutId: 0 }, 'ERR_UNSPEC', 'type', without('EDID')),
  wrong('RESOURCE_ASSIGN_UUID', { resourceId: 99 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id'),
  wrong('RESOURCE_ASSIGN_UUID', { resourceId: 2 }, 'ERR_UNSPEC', 'type', without('RESOURCE_UUID')),
  wrong('RESOURCE_CREATE_BLOB', { ...blob, resourceId: 2 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id', { tail: [ENTRY] }),
  wrong('RESOURCE_CREATE_BLOB', { ...blob, blobMem: 4 }, 'ERR_INVALID_PARAMETER', 'blob_mem', { tail: [ENTRY] }),
  wrong('RESOURCE_CREATE_BLOB', { ...blob, blobMem: 2 }, 'ERR_INVALID_PARAMETER', 'blob_mem'),
  wrong('RESOURCE_CREATE_BLOB', { ...blob, blobMem: 2 }, 'ERR_INVALID_PARAMETER', 'nr_entries', { tail: [ENTRY], options: window }),
  wrong('RESOURCE_CREATE_BLOB', { ...blob, blobFlags: 8 }, 'ERR_INVALID_PARAMETER', 'blob_flags', { tail: [ENTRY] }),
  wrong('RESOURCE_CREATE_BLOB', { ...blob, size: 0 }, 'ERR_INVALID_PARAMETER', 'size', { tail: [ENTRY] }),
  wrong('RESOURCE_CREATE_BLOB', { ...blob, size: 513 }, 'ERR_INVALID_PARAMETER', 'size', { tail: [ENTRY] }),
  wrong('RESOURCE_CREATE_BLOB', blob, 'ERR_INVALID_CONTEXT_ID', 'ctx_id', { tail: [ENTRY], header: { contextId: 9 } }),
  wrong('RESOURCE_CREATE_BLOB', blob, 'ERR_UNSPEC', 'type', { tail: [ENTRY], ...without('RESOURCE_BLOB') }),
  wrong('SET_SCANOUT_BLOB', { ...scanoutBlob, scanoutId: 1 }, 'ERR_INVALID_SCANOUT_ID', 'scanout_id'),
  wrong('SET_SCANOUT_BLOB', { ...scanoutBlob, resourceId: 99 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id'),
  wrong('SET_SCANOUT_BLOB', { ...scanoutBlob, resourceId: 2 }, 'ERR_INVALID_PARAMETER', 'resource_id'),
  wrong('SET_SCANOUT_BLOB', { ...scanoutBlob, format: 64 }, 'ERR_INVALID_PARAMETER', 'format'),
  wrong('SET_SCANOUT_BLOB', { ...scanoutBlob, width: 0 }, 'ERR_INVALID_PARAMETER', 'width'),
  wrong('SET_SCANOUT_BLOB', { ...scanoutBlob, strides: [31, 0, 0, 0] }, 'ERR_INVALID_PARAMETER', 'strides[0]'),
  wrong('SET_SCANOUT_BLOB', { ...scanoutBlob, offsets: [300, 0, 0, 0] }, 'ERR_INVALID_PARAMETER', 'offsets[0]'),
  wrong('SET_SCANOUT_BLOB', { ...scanoutBlob, rect: rect(1, 1, 8, 8) }, 'ERR_INVALID_PARAMETER', 'r'),
  wrong('RESOURCE_MAP_BLOB', { resourceId: 6, offset: 0 }, 'ERR_UNSPEC', undefined),
  wrong('RESOURCE_MAP_BLOB', { resourceId: 6, offset: 0 }, 'ERR_INVALID_PARAMETER', 'resource_id', { options: window }),
  wrong('RESOURCE_MAP_BLOB', { resourceId: 99, offset: 0 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id', { options: window }),
  wrong('RESOURCE_UNMAP_BLOB', { resourceId: 6 }, 'ERR_INVALID_PARAMETER', 'resource_id'),
  wrong('CTX_CREATE', NO_NAME, 'ERR_INVALID_CONTEXT_ID', 'ctx_id'),
  wrong('CTX_CREATE', NO_NAME, 'ERR_INVALID_CONTEXT_ID', 'ctx_id', in1),
  wrong('CTX_CREATE', NO_NAME, 'ERR_INVALID_CONTEXT_ID', 'ctx_id', { header: { contextId: 0xffff_ffff } }),
  wrong('CTX_CREATE', { ...NO_NAME, nameLength: 65 }, 'ERR_INVALID_PARAMETER', 'nlen', { header: { contextId: 5 } }),
  wrong('CTX_CREATE', { ...NO_NAME, contextInit: 4 }, 'ERR_INVALID_PARAMETER', 'context_init', { header: { contextId: 5 } }),
  wrong('CTX_CREATE', { ...NO_NAME, contextInit: 2 }, 'ERR_INVALID_PARAMETER', 'context_init', { header: { contextId: 5 }, ...without('CONTEXT_INIT') }),
  wrong('CTX_DESTROY', {}, 'ERR_INVALID_CONTEXT_ID', 'ctx_id', { header: { contextId: 9 } }),
  wrong('CTX_ATTACH_RESOURCE', { resourceId: 2 }, 'ERR_INVALID_CONTEXT_ID', 'ctx_id', { header: { contextId: 9 } }),
  wrong('CTX_ATTACH_RESOURCE', { resourceId: 99 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id', in1),
  wrong('CTX_DETACH_RESOURCE', { resourceId: 2 }, 'ERR_INVALID_CONTEXT_ID', 'ctx_id'),
  wrong('CTX_DETACH_RESOURCE', { resourceId: 99 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id', in1),
  wrong('RESOURCE_CREATE_3D', texture3d(2), 'ERR_INVALID_RESOURCE_ID', 'resource_id'),
  wrong('RESOURCE_CREATE_3D', texture3d(7, { width: 1 << 30, height: 1 << 10 }), 'ERR_OUT_OF_MEMORY', 'resource_id'),
  wrong('RESOURCE_CREATE_3D', texture3d(7, { depth: 2 }), 'ERR_INVALID_PARAMETER', 'depth', { options: { strict: true } }),
  wrong('TRANSFER_TO_HOST_3D', transfer, 'ERR_INVALID_CONTEXT_ID', 'ctx_id', { header: { contextId: 9 } }),
  wrong('TRANSFER_TO_HOST_3D', { ...transfer, resourceId: 99 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id', in1),
  wrong('TRANSFER_TO_HOST_3D', { ...transfer, resourceId: 2 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id', in1),
  wrong('TRANSFER_TO_HOST_3D', { ...transfer, level: 1 }, 'ERR_INVALID_PARAMETER', 'level', in1),
  wrong('TRANSFER_TO_HOST_3D', { ...transfer, box: { ...box, w: 17 } }, 'ERR_INVALID_PARAMETER', 'box', in1),
  wrong('TRANSFER_FROM_HOST_3D', { ...transfer, box: { ...box, z: 1 } }, 'ERR_INVALID_PARAMETER', 'box', in1),
  wrong('TRANSFER_FROM_HOST_3D', { ...transfer, resourceId: 5 }, 'ERR_UNSPEC', 'resource_id'),
  wrong('SUBMIT_3D', {}, 'ERR_INVALID_CONTEXT_ID', 'ctx_id', { tail: new Uint8Array(4) }),
  wrong('SUBMIT_3D', { size: 12 }, 'ERR_INVALID_PARAMETER', 'size', { ...in1, tail: new Uint8Array(8) }),
  wrong('SUBMIT_3D', {}, 'ERR_INVALID_PARAMETER', 'lengthDwords', { ...in1, tail: new Uint8Array(4).fill(0xff), options: { strict: true } }),
  wrong('UPDATE_CURSOR', { ...cursor, position: { scanoutId: 1, x: 0, y: 0 } }, 'ERR_INVALID_SCANOUT_ID', 'scanout_id'),
  wrong('UPDATE_CURSOR', { ...cursor, resourceId: 99 }, 'ERR_INVALID_RESOURCE_ID', 'resource_id'),
  wrong('UPDATE_CURSOR', { ...cursor, resourceId: 5 }, 'ERR_INVALID_PARAMETER', 'resource_id'),
  wrong('UPDATE_CURSOR', { ...cursor, resourceId: 6 }, 'ERR_INVALID_PARAMETER', 'resource_id'),
  wrong('MOVE_CURSOR', { ...cursor, position: { scanoutId: 16, x: 0, y: 0 } }, 'ERR_INVALID_SCANOUT_ID', 'scanout_id'),
]; // prettier-ignore

const boot = async (options: Partial<VirtioGpuDeviceOptions> = {}): Promise<Guest> => {
  const guest = await Guest.boot(options);
  const isPossible = (feature: bigint) => (guest.device.features & feature) !== 0n;
  if (isPossible(1n)) {
    await guest.context(1, 'kmscube');
    await guest.context(2, 'other');
    await guest.ok('RESOURCE_CREATE_3D', texture3d(3));
    await guest.ok('CTX_ATTACH_RESOURCE', { resourceId: 3 }, { contextId: 1 });
    await guest.ok('RESOURCE_CREATE_3D', texture3d(5, { width: 512 }));
  }
  await guest.ok('RESOURCE_CREATE_2D', { resourceId: 2, format: 2, ...SIZE });
  await guest.ok('RESOURCE_CREATE_2D', { resourceId: 4, format: 2, ...SIZE });
  if (guest.device.memory === undefined) return guest;
  await guest.ok('RESOURCE_ATTACH_BACKING', { resourceId: 2 }, {}, [ENTRY]);
  if (isPossible(1n)) await guest.ok('RESOURCE_ATTACH_BACKING', { resourceId: 3 }, {}, [ENTRY]);
  if (isPossible(8n)) await guest.ok('RESOURCE_CREATE_BLOB', { ...blob, resourceId: 6 }, {}, [ENTRY]);
  return guest;
};

test.each(FAULTS.map((fault, index) => [`${index}: ${fault.name}`, fault] as const))(
  '%s',
  async (_, { name, fields, response, field, header = {}, tail, options }) => {
    const guest = await boot(options);
    const before = guest.device.counts();
    const plain = await guest.send(name, fields, header, tail);
    const fenced = await guest.send(name, fields, { ...header, fenceId: 5n }, tail);
    expect([plain.name, fenced.name]).toEqual([response, response]);
    expect(fenced.header).toEqual({ contextId: header.contextId ?? 0, fenceId: 5n });
    const [error] = guest.errors();
    expect(error).toMatchObject({ command: name, response, contextId: header.contextId ?? 0 });
    expect(error.field).toBe(field);
    expect(error.message).not.toBe('');
    if (header.contextId === 1) expect(error.contextName).toBe('kmscube');
    expect(guest.device.counts()).toEqual(before);
    await guest.shutDown();
  },
);

test('the same for every response that says what is wrong', () => {
  const responses = new Set(FAULTS.map((fault) => fault.response));
  expect([...responses].sort()).toEqual([
    'ERR_INVALID_CONTEXT_ID',
    'ERR_INVALID_PARAMETER',
    'ERR_INVALID_RESOURCE_ID',
    'ERR_INVALID_SCANOUT_ID',
    'ERR_OUT_OF_MEMORY',
    'ERR_UNSPEC',
  ]);
});

test.each(['control', 'cursor'] as const)('what is no command of the %s queue', async (queue) => {
  const guest = await Guest.boot();
  const other =
    queue === 'control'
      ? encodeRequest('MOVE_CURSOR', cursor)
      : encodeRequest('RESOURCE_UNREF', { resourceId: 2 });
  for (const request of [other, new Uint8Array(24), new Uint8Array(24).fill(0xff)])
    expect((await guest.raw(request, queue)).name).toBe('ERR_UNSPEC');
  expect(guest.errors().map(({ command }) => command)).toEqual([
    queue === 'control' ? 'MOVE_CURSOR' : 'RESOURCE_UNREF',
    'UNKNOWN',
    'UNKNOWN',
  ]);
  await guest.shutDown();
});

test('requests that are too short', async () => {
  const guest = await Guest.boot();
  const request = encodeRequest('RESOURCE_CREATE_2D', { resourceId: 2, format: 2, ...SIZE });
  for (let length = 0; length < request.byteLength; length += 1) {
    const { name } = await guest.raw(request.slice(0, length));
    expect(name).toBe(length < 24 ? 'ERR_UNSPEC' : 'ERR_INVALID_PARAMETER');
  }
  expect((await guest.raw(request)).name).toBe('OK_NODATA');
  await guest.shutDown();
});

describe('what the host refuses', () => {
  const refuse =
    (details: { errno?: number; code?: 'ERR_VIRGL_REFUSED' | 'ERR_VIRGL_CONTEXT_LOST' }) => () => {
      const { errno, code = 'ERR_VIRGL_REFUSED' } = details;
      throw new VirglError(code, 'virglrenderer said no', { errno, log: 'no, it said\n' });
    };

  test('is taken back and told with its log', async () => {
    const guest = await Guest.boot({}, { resourceCreate: refuse({ errno: 22 }) });
    expect((await guest.send('RESOURCE_CREATE_3D', texture3d(2))).name).toBe('ERR_INVALID_PARAMETER');
    expect(guest.device.counts().resources).toBe(0);
    expect(guest.heard('library')).toEqual([['no, it said\n']]);
    expect(guest.errors()).toMatchObject([{ message: 'virglrenderer said no', cause: { errno: 22 } }]);
    await guest.shutDown();
  });

  test('has a better reason where the checks know one', async () => {
    const guest = await Guest.boot({}, { resourceCreate: refuse({ errno: 22 }) });
    await guest.send('RESOURCE_CREATE_3D', texture3d(2, { target: 4, bind: 2, height: 4 }));
    expect(guest.errors()[0]).toMatchObject({
      field: 'arraySize',
      message: expect.stringContaining('cube map'),
    });
    await guest.shutDown();
  });

  test('for lack of memory says so', async () => {
    const guest = await Guest.boot({}, { resourceCreate: refuse({ errno: 12 }) });
    const { name } = await guest.send('RESOURCE_CREATE_2D', { resourceId: 2, format: 2, ...SIZE });
    expect(name).toBe('ERR_OUT_OF_MEMORY');
    await guest.shutDown();
  });

  test('attaching is taken back', async () => {
    const guest = await Guest.boot({}, { resourceAttachIov: refuse({}), ctxAttachResource: refuse({}) });
    await guest.context(1);
    await guest.ok('RESOURCE_CREATE_2D', { resourceId: 2, format: 2, ...SIZE });
    const { name } = await guest.send('RESOURCE_ATTACH_BACKING', { resourceId: 2 }, {}, [ENTRY]);
    expect([name, guest.device.counts().backings]).toEqual(['ERR_INVALID_PARAMETER', 0]);
    await guest.send('CTX_ATTACH_RESOURCE', { resourceId: 2 }, in1.header);
    const { name: used } = await guest.send(
      'TRANSFER_TO_HOST_3D',
      { ...transfer, resourceId: 2 },
      in1.header,
    );
    expect(used).toBe('ERR_INVALID_RESOURCE_ID');
    await guest.shutDown();
  });

  test('a lost context is told once, with the command at fault', async () => {
    const guest = await Guest.boot({}, { submitCmd: refuse({ code: 'ERR_VIRGL_CONTEXT_LOST' }) });
    await guest.context(1, 'kmscube');
    const stream = new Uint8Array(Uint32Array.of(0, 0x0001_00ff, 0).buffer);
    const submit = () => guest.send('SUBMIT_3D', {}, { contextId: 1, fenceId: 1n }, stream);
    expect((await submit()).name).toBe('ERR_INVALID_PARAMETER');
    expect((await submit()).name).toBe('ERR_INVALID_CONTEXT_ID');
    expect((await submit()).header.fenceId).toBe(1n);
    expect(guest.errors()).toMatchObject([
      {
        command: 'SUBMIT_3D',
        contextName: 'kmscube',
        message: expect.stringMatching(/^command 1 \(UNKNOWN.*byte offset 4/),
      },
    ]);
    await guest.ok('CTX_DESTROY', {}, { contextId: 1 });
    await guest.shutDown();
  });
});

test('a strict device does not submit what is wrong; after that it goes on', async () => {
  const guest = await Guest.boot({ strict: true, features: { RESOURCE_BLOB: false } });
  await guest.context(1, 'kmscube');
  const host = guest.host as NullHost;
  // CLEAR without its payload, then NOP.
  const send = (...words: number[]) =>
    guest.send('SUBMIT_3D', {}, { contextId: 1 }, new Uint8Array(Uint32Array.from(words).buffer));
  expect((await send(7)).name).toBe('ERR_INVALID_PARAMETER');
  expect((await send(0)).name).toBe('OK_NODATA');
  expect(host.calls.filter(({ name }) => name === 'submitCmd')).toHaveLength(1);
  expect(guest.errors()).toMatchObject([
    { command: 'SUBMIT_3D', message: expect.stringContaining('(CLEAR') },
  ]);
  await guest.shutDown();
});
