// Every command of a virtio-gpu through vhost-user on the real library, right and wrong: what is answered, and what the log says.

import {
  type CommandName,
  COMMANDS,
  type ErrorResponseName,
  type MessageHeader,
  RESPONSES,
  type TailValue,
} from '../../lib/virtio-gpu';
import { FakeDriver } from '../guest/fake-driver/fake-driver';
import { FakeMemory } from '../guest/fake-driver/fake-memory';
import { GpuServer } from '../guest/fake-driver/gpu-server';
import { describeNative } from '../support/native-library';
import { socketPaths } from '../support/sockets';
import { BASE, type Fields, rect, texture3d } from '../virtio-gpu/support/guest';

const newPath = socketPaths();
const MEMORY_BYTES = 1 << 20;
const WHOLE = rect(0, 0, 16, 8);
const ENTRY = { address: BASE, lengthBytes: 16384 };
const NAME = { nameLength: 4, contextInit: 0, debugName: new Uint8Array(64).fill(0x61) };
const box = { x: 0, y: 0, z: 0, w: 16, h: 8, d: 1 };
const transfer = { box, offset: 0, level: 0, stride: 0, layerStride: 0 };
const blobScanout = {
  rect: WHOLE,
  scanoutId: 0,
  width: 16,
  height: 8,
  format: 2,
  strides: [64, 0, 0, 0],
  offsets: [0, 0, 0, 0],
};
const cursor = { position: { scanoutId: 0, x: 1, y: 2 }, hotX: 0, hotY: 0 };
const inContext1 = { contextId: 1 };
const NOP = new Uint8Array(4);

interface Try<Name extends CommandName = CommandName> {
  name: Name;
  fields: Fields<Name>;
  header?: MessageHeader;
  tail?: TailValue;
  /** The error that is answered; without one the command is right. */
  error?: ErrorResponseName;
  /** What the log says of it. */
  says?: string;
}

type Rest = Pick<Try, 'header' | 'tail' | 'says'>;

const right = <Name extends CommandName>(name: Name, fields: Fields<Name>, rest: Rest = {}): Try =>
  ({ name, fields, ...rest }) as unknown as Try;

const wrong = <Name extends CommandName>(
  error: ErrorResponseName,
  name: Name,
  fields: Fields<Name>,
  rest: Rest = {},
): Try => ({ name, fields, error, ...rest }) as unknown as Try;

// In this order, by one guest. There are pictures 2 and 4, a texture 3, and context 1, which may use the texture.
const TRIES: Try[] = [
  right('GET_DISPLAY_INFO', {}),
  right('GET_EDID', { scanoutId: 0 }),
  wrong('ERR_INVALID_SCANOUT_ID', 'GET_EDID', { scanoutId: 16 }, { says: 'scanout' }),
  right('GET_CAPSET_INFO', { capsetIndex: 0 }),
  wrong('ERR_INVALID_PARAMETER', 'GET_CAPSET_INFO', { capsetIndex: 99 }, { says: 'capset' }),
  right('GET_CAPSET', { capsetId: 2, version: 2 }),
  wrong('ERR_INVALID_PARAMETER', 'GET_CAPSET', { capsetId: 60, version: 0 }, { says: 'capset' }),
  right('RESOURCE_CREATE_2D', { resourceId: 2, format: 2, width: 16, height: 8 }),
  right('RESOURCE_CREATE_2D', { resourceId: 4, format: 1, width: 64, height: 64 }),
  wrong('ERR_INVALID_RESOURCE_ID', 'RESOURCE_CREATE_2D', { resourceId: 2, format: 2, width: 1, height: 1 }),
  wrong('ERR_INVALID_RESOURCE_ID', 'RESOURCE_CREATE_2D', { resourceId: 0, format: 2, width: 1, height: 1 }),
  wrong(
    'ERR_INVALID_PARAMETER',
    'RESOURCE_CREATE_2D',
    { resourceId: 9, format: 999, width: 1, height: 1 },
    { says: 'format' },
  ),
  wrong(
    'ERR_OUT_OF_MEMORY',
    'RESOURCE_CREATE_2D',
    { resourceId: 9, format: 2, width: 16384, height: 16384 * 8 },
    {},
  ),
  right('RESOURCE_ATTACH_BACKING', { resourceId: 2 }, { tail: [ENTRY] }),
  right('RESOURCE_ATTACH_BACKING', { resourceId: 4 }, { tail: [ENTRY] }),
  wrong('ERR_UNSPEC', 'RESOURCE_ATTACH_BACKING', { resourceId: 2 }, { tail: [ENTRY] }),
  wrong('ERR_INVALID_RESOURCE_ID', 'RESOURCE_ATTACH_BACKING', { resourceId: 77 }, { tail: [ENTRY] }),
  right('TRANSFER_TO_HOST_2D', { rect: WHOLE, offset: 0, resourceId: 2 }),
  wrong(
    'ERR_INVALID_PARAMETER',
    'TRANSFER_TO_HOST_2D',
    { rect: rect(1, 0, 16, 8), offset: 0, resourceId: 2 },
    { says: 'rect' },
  ),
  wrong('ERR_INVALID_RESOURCE_ID', 'TRANSFER_TO_HOST_2D', { rect: WHOLE, offset: 0, resourceId: 77 }),
  right('SET_SCANOUT', { rect: WHOLE, scanoutId: 0, resourceId: 2 }),
  wrong('ERR_INVALID_SCANOUT_ID', 'SET_SCANOUT', { rect: WHOLE, scanoutId: 16, resourceId: 2 }),
  wrong('ERR_INVALID_RESOURCE_ID', 'SET_SCANOUT', { rect: WHOLE, scanoutId: 0, resourceId: 77 }),
  wrong('ERR_INVALID_PARAMETER', 'SET_SCANOUT', { rect: rect(0, 0, 17, 8), scanoutId: 0, resourceId: 2 }),
  right('RESOURCE_FLUSH', { rect: WHOLE, resourceId: 2 }),
  wrong('ERR_INVALID_RESOURCE_ID', 'RESOURCE_FLUSH', { rect: WHOLE, resourceId: 77 }),
  wrong('ERR_INVALID_PARAMETER', 'RESOURCE_FLUSH', { rect: rect(0, 0, 16, 9), resourceId: 2 }),
  right('RESOURCE_ASSIGN_UUID', { resourceId: 2 }),
  wrong('ERR_INVALID_RESOURCE_ID', 'RESOURCE_ASSIGN_UUID', { resourceId: 77 }),
  right('CTX_CREATE', NAME, { header: inContext1 }),
  wrong('ERR_INVALID_CONTEXT_ID', 'CTX_CREATE', NAME, { header: inContext1 }),
  wrong('ERR_INVALID_PARAMETER', 'CTX_CREATE', { ...NAME, contextInit: 63 }, { header: { contextId: 5 } }),
  right('RESOURCE_CREATE_3D', texture3d(3)),
  wrong('ERR_INVALID_RESOURCE_ID', 'RESOURCE_CREATE_3D', texture3d(3)),
  wrong('ERR_INVALID_PARAMETER', 'RESOURCE_CREATE_3D', texture3d(9, { target: 77 }), { says: 'target' }),
  right('RESOURCE_ATTACH_BACKING', { resourceId: 3 }, { tail: [ENTRY] }),
  right('CTX_ATTACH_RESOURCE', { resourceId: 3 }, { header: inContext1 }),
  wrong('ERR_INVALID_RESOURCE_ID', 'CTX_ATTACH_RESOURCE', { resourceId: 77 }, { header: inContext1 }),
  wrong('ERR_INVALID_CONTEXT_ID', 'CTX_ATTACH_RESOURCE', { resourceId: 3 }, { header: { contextId: 9 } }),
  right('TRANSFER_TO_HOST_3D', { ...transfer, resourceId: 3 }, { header: inContext1 }),
  wrong(
    'ERR_INVALID_RESOURCE_ID',
    'TRANSFER_TO_HOST_3D',
    { ...transfer, resourceId: 77 },
    { header: inContext1 },
  ),
  right('TRANSFER_FROM_HOST_3D', { ...transfer, resourceId: 3 }, { header: inContext1 }),
  wrong(
    'ERR_INVALID_PARAMETER',
    'TRANSFER_FROM_HOST_3D',
    { ...transfer, box: { ...box, w: 17 }, resourceId: 3 },
    { header: inContext1 },
  ),
  right('SUBMIT_3D', {}, { header: { ...inContext1, fenceId: 5n }, tail: NOP }),
  wrong('ERR_INVALID_CONTEXT_ID', 'SUBMIT_3D', {}, { header: { contextId: 9 }, tail: NOP }),
  wrong('ERR_INVALID_PARAMETER', 'SUBMIT_3D', { size: 8 }, { header: inContext1, tail: NOP, says: 'size' }),
  right('CTX_DETACH_RESOURCE', { resourceId: 3 }, { header: inContext1 }),
  wrong('ERR_INVALID_CONTEXT_ID', 'CTX_DETACH_RESOURCE', { resourceId: 3 }, { header: { contextId: 9 } }),
  right('CTX_DESTROY', {}, { header: inContext1 }),
  wrong('ERR_INVALID_CONTEXT_ID', 'CTX_DESTROY', {}, { header: inContext1 }),
  right(
    'RESOURCE_CREATE_BLOB',
    { resourceId: 8, blobMem: 1, blobFlags: 1, blobId: 0n, size: 4096 },
    { tail: [{ ...ENTRY, lengthBytes: 4096 }] },
  ),
  wrong(
    'ERR_INVALID_PARAMETER',
    'RESOURCE_CREATE_BLOB',
    { resourceId: 9, blobMem: 9, blobFlags: 1, blobId: 0n, size: 4096 },
    { tail: [ENTRY] },
  ),
  right('SET_SCANOUT_BLOB', { ...blobScanout, resourceId: 8 }),
  wrong('ERR_INVALID_PARAMETER', 'SET_SCANOUT_BLOB', {
    ...blobScanout,
    strides: [4096, 0, 0, 0],
    resourceId: 8,
  }),
  wrong('ERR_UNSPEC', 'RESOURCE_MAP_BLOB', { resourceId: 8, offset: 0 }),
  wrong('ERR_INVALID_PARAMETER', 'RESOURCE_UNMAP_BLOB', { resourceId: 8 }),
  right('SET_SCANOUT', { rect: rect(0, 0, 0, 0), scanoutId: 0, resourceId: 0 }),
  right('UPDATE_CURSOR', { ...cursor, resourceId: 4 }),
  wrong('ERR_INVALID_RESOURCE_ID', 'UPDATE_CURSOR', { ...cursor, resourceId: 77 }),
  right('MOVE_CURSOR', { ...cursor, resourceId: 4 }),
  wrong('ERR_INVALID_SCANOUT_ID', 'MOVE_CURSOR', {
    ...cursor,
    position: { scanoutId: 16, x: 0, y: 0 },
    resourceId: 4,
  }),
  right('RESOURCE_DETACH_BACKING', { resourceId: 2 }),
  wrong('ERR_UNSPEC', 'RESOURCE_DETACH_BACKING', { resourceId: 2 }),
  right('RESOURCE_UNREF', { resourceId: 2 }),
  wrong('ERR_INVALID_RESOURCE_ID', 'RESOURCE_UNREF', { resourceId: 2 }),
];

test('these are all commands, and all errors', () => {
  expect([...new Set(TRIES.map(({ name }) => name))].sort()).toEqual(Object.keys(COMMANDS).sort());
  const errors = new Set(TRIES.map(({ error }) => error).filter((error) => error !== undefined));
  expect([...errors].sort()).toEqual(
    Object.keys(RESPONSES)
      .filter((name) => name.startsWith('ERR_'))
      .sort(),
  );
});

describeNative('every command through a ring', () => {
  let server: GpuServer;
  let guest: FakeDriver;
  const memory = new FakeMemory(MEMORY_BYTES, BASE);

  beforeAll(async () => {
    server = await GpuServer.start(newPath());
    guest = await server.guest({ more: [memory] });
    guest.display.serve();
  });
  afterAll(async () => {
    guest[Symbol.dispose]();
    memory[Symbol.dispose]();
    await server.server.close();
  });

  test.each(TRIES.map((each, index) => [index, each.name, each.error ?? 'right', each] as const))(
    '%i %s: %s',
    async (_index, _name, _expected, { name, fields, header = {}, tail, error, says }) => {
      const before = server.warnings.length;
      const response = await guest.command(name, fields as never, { fenceId: 7n, ...header }, tail);
      const said = (): string[] => server.warnings.slice(before);
      // A wrong command completes its fence like any other.
      expect(response.header.fenceId).toBe(header.fenceId ?? 7n);
      if (error === undefined) {
        expect([response.name, ...said()]).toEqual([COMMANDS[name].response]);
        return;
      }
      expect(response.name).toBe(error);
      await server.until('warning', before + 1);
      expect(said()).toEqual([expect.stringMatching(`^${name}.*; answered ${error}$`)]);
      if (says !== undefined) expect(said()[0]).toContain(says);
    },
  );
});
