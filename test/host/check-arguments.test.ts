// What is said of arguments that are wrong, and what becomes of those that are right.

import { HOST_CALL_NAMES, type HostCallName } from '../../lib/host';
import { checkArguments } from '../../lib/host/check-arguments';
import { HostLedger } from '../../lib/host/ledger';
import { recordCall } from '../../lib/host/ledger-effects';
import { wrapMapped } from '../../lib/host/shared-memory';
import { Format, TextureTarget } from '../../lib/protocol';
import { VirglError } from '../../lib/protocol/error';
import { FakeNativeMemory, fakeFd, fakeMemory } from './fakes';

const U32_MAX = 0xffffffff;
const BOX = { x: 0, y: 0, z: 0, w: 1, h: 1, d: 1 };
const TEXTURE = 1;
const BLOB = 2;
const COMPRESSED = 3;
const BUFFER = 4;
const TEXTURE_ARGS = { target: TextureTarget.TEXTURE_2D, format: Format.R8G8B8A8_UNORM, bind: 2, width: 16 };

const ledger = new HostLedger();

const check = (name: HostCallName, args: unknown, chosen?: Record<string, unknown>) =>
  checkArguments(name, args, ledger, chosen);

beforeAll(() => {
  const make = (name: HostCallName, args: object) => recordCall(ledger, name, check(name, args));
  make('contextCreate', { contextId: 1 });
  make('contextCreate', { contextId: 9 });
  make('resourceCreate', { ...TEXTURE_ARGS, resourceId: TEXTURE, height: 8 });
  make('resourceCreateBlob', { resourceId: BLOB, blobMem: 2, sizeBytes: 4096 });
  make('resourceCreate', { ...TEXTURE_ARGS, resourceId: COMPRESSED, format: Format.DXT1_RGB });
  make('resourceCreate', {
    ...TEXTURE_ARGS,
    resourceId: BUFFER,
    target: TextureTarget.BUFFER,
    format: Format.R8_UNORM,
  });
});

const refusalOf = (name: HostCallName, args: unknown): VirglError => {
  try {
    check(name, args);
  } catch (error) {
    return error as VirglError;
  }
  throw new Error(`${name} took it`);
};

interface Refusal {
  name: HostCallName;
  args: unknown;
  field: string;
  says: string;
  code?: string;
}

const transfer = (args: object): object => ({ resourceId: TEXTURE, box: BOX, ...args });
const into = new Uint8Array(64);
const closed = fakeMemory();
closed.close();
const memory = fakeMemory(64);
const closedFd = fakeFd();
closedFd.close();
const mapped = wrapMapped(new FakeNativeMemory(4096));

const integers: Refusal[] = [
  {
    name: 'getCapSet',
    args: {},
    field: 'capsetId',
    says: 'an integer from 0 to 4294967295 for capsetId but received undefined',
  },
  { name: 'getCapSet', args: { capsetId: '1' }, field: 'capsetId', says: 'but received "1"' },
  { name: 'getCapSet', args: { capsetId: 1.5 }, field: 'capsetId', says: 'but received 1.5' },
  { name: 'getCapSet', args: { capsetId: -1 }, field: 'capsetId', says: 'but received -1' },
  { name: 'getCapSet', args: { capsetId: 2 ** 32 }, field: 'capsetId', says: 'but received 4294967296' },
  { name: 'getCapSet', args: { capsetId: 1n }, field: 'capsetId', says: 'but received 1n' },
  { name: 'getCapSet', args: { capsetId: Symbol('1') }, field: 'capsetId', says: 'received Symbol(1)' },
  { name: 'getCapSet', args: { capsetId: () => 1 }, field: 'capsetId', says: 'received a function' },
  {
    name: 'contextCreate',
    args: { contextId: 5, capsetId: 256 },
    field: 'capsetId',
    says: 'an integer from 1 to 255',
  },
  {
    name: 'transferReadIov',
    args: transfer({ level: 32 }),
    field: 'level',
    says: 'an integer from 0 to 31 for level but received 32',
  },
  {
    name: 'transferReadIov',
    args: transfer({ level: null }),
    field: 'level',
    says: 'for level but received null',
  },
  {
    name: 'getRect',
    args: { resourceId: TEXTURE, x: -1, y: 0, width: 1, height: 1, into },
    field: 'x',
    says: 'an integer from 0 to 2147483647 for x but received -1',
  },
  {
    name: 'getRect',
    args: { resourceId: TEXTURE, x: 0, y: 0, width: 0, height: 1, into },
    field: 'width',
    says: 'an integer from 1 to 2147483647 for width but received 0',
  },
  {
    name: 'exportFence',
    args: { fenceId: -1n },
    field: 'fenceId',
    says: 'an integer from 0 to 2^64-1 for fenceId but received -1n',
  },
  { name: 'exportFence', args: { fenceId: 2n ** 64n }, field: 'fenceId', says: '18446744073709551616n' },
  {
    name: 'exportFence',
    args: { fenceId: 2 ** 53 },
    field: 'fenceId',
    says: 'but received 9007199254740992',
  },
  {
    name: 'contextCreateFence',
    args: { contextId: 1, fenceId: 0n },
    field: 'fenceId',
    says: 'an integer from 1 to 2^64-1 for fenceId but received 0n',
  },
  {
    name: 'submitCmd2',
    args: { contextId: 1, commands: new Uint32Array(0), inFenceIds: [1, 2n, 1.5] },
    field: 'inFenceIds[2]',
    says: 'for inFenceIds[2] but received 1.5',
  },
  {
    name: 'submitCmd2',
    args: { contextId: 1, commands: new Uint32Array(0), inFenceIds: 1 },
    field: 'inFenceIds',
    says: 'an array of integers',
  },
];

const others: Refusal[] = [
  {
    name: 'resourceExportQuery',
    args: { resourceId: TEXTURE, exportFds: 1 },
    field: 'exportFds',
    says: 'a boolean for exportFds but received 1',
  },
  {
    name: 'contextCreate',
    args: { contextId: 5, name: 'x'.repeat(65) },
    field: 'name',
    says: `a string of at most 64 bytes without NUL for name but received "${'x'.repeat(60)}…"`,
  },
  { name: 'contextCreate', args: { contextId: 5, name: 'é'.repeat(33) }, field: 'name', says: '64 bytes' },
  { name: 'contextCreate', args: { contextId: 5, name: 'a\0' }, field: 'name', says: 'without NUL' },
  {
    name: 'contextDestroy',
    args: { contextId: 77 },
    code: 'ERR_VIRGL_UNKNOWN_HANDLE',
    field: 'contextId',
    says: 'contextDestroy: there is no context 77: it was never created, or was destroyed',
  },
  {
    name: 'contextDestroy',
    args: { contextId: 0 },
    field: 'contextId',
    says: 'an integer from 1 to 2147483647 for contextId but received 0',
  },
  {
    name: 'transferReadIov',
    args: transfer({ contextId: -1 }),
    field: 'contextId',
    says: 'an integer from 0 to 2147483647 for contextId but received -1',
  },
  {
    name: 'resourceUnref',
    args: { resourceId: 77 },
    code: 'ERR_VIRGL_UNKNOWN_HANDLE',
    field: 'resourceId',
    says: 'resourceUnref: there is no resource 77: it was never created, or was destroyed',
  },
  {
    name: 'contextCreate',
    args: { contextId: 1 },
    code: 'ERR_VIRGL_DUPLICATE_HANDLE',
    field: 'contextId',
    says: 'contextCreate: contextId 1 is already in use',
  },
  {
    name: 'resourceCreate',
    args: { ...TEXTURE_ARGS, resourceId: BLOB },
    code: 'ERR_VIRGL_DUPLICATE_HANDLE',
    field: 'resourceId',
    says: 'resourceCreate: resourceId 2 is already in use',
  },
  {
    name: 'resourceCreate',
    args: { ...TEXTURE_ARGS, resourceId: 2 ** 31 },
    field: 'resourceId',
    says: 'an integer from 1 to 2147483647 for resourceId but received 2147483648',
  },
  { name: 'transferReadIov', args: transfer({ box: null }), field: 'box', says: 'a box {x, y, z, w, h, d}' },
  {
    name: 'transferReadIov',
    args: transfer({ box: { ...BOX, d: 2 ** 31 } }),
    field: 'box.d',
    says: 'an integer from 0 to 2147483647 for box.d but received 2147483648',
  },
  {
    name: 'attachFence',
    args: { contextId: 1, fence: 3 },
    field: 'fence',
    says: 'a FileDescriptor for fence but received 3',
  },
  {
    name: 'attachFence',
    args: { contextId: 1, fence: closedFd },
    code: 'ERR_VIRGL_CLOSED',
    field: 'fence',
    says: 'attachFence: fence is closed',
  },
];

const COMMANDS = 'a Uint32Array, or a Uint8Array or MemoryRange of whole dwords for commands';

const memories: Refusal[] = [
  {
    name: 'submitCmd',
    args: { contextId: 1, commands: [1] },
    field: 'commands',
    says: `${COMMANDS} but received Array of 1`,
  },
  {
    name: 'submitCmd',
    args: { contextId: 1, commands: new Uint8Array(7) },
    field: 'commands',
    says: `${COMMANDS} but received Uint8Array`,
  },
  {
    name: 'submitCmd',
    args: { contextId: 1, commands: { memory, offsetBytes: 2, lengthBytes: 4 } },
    field: 'commands',
    says: COMMANDS,
  },
  {
    name: 'submitCmd',
    args: { contextId: 1, commands: { memory, offsetBytes: 0, lengthBytes: 6 } },
    field: 'commands',
    says: COMMANDS,
  },
  {
    name: 'resourceAttachIov',
    args: { resourceId: TEXTURE, backing: [] },
    field: 'backing',
    says: 'an array of at least 1 MemoryRange for backing but received Array of 0',
  },
  {
    name: 'resourceAttachIov',
    args: { resourceId: TEXTURE, backing: [memory.range(), { memory: into }] },
    field: 'backing[1].memory',
    says: 'a SharedMemory for backing[1].memory but received Uint8Array',
  },
  {
    name: 'resourceAttachIov',
    args: { resourceId: TEXTURE, backing: [{ memory: closed, offsetBytes: 0, lengthBytes: 1 }] },
    code: 'ERR_VIRGL_CLOSED',
    field: 'backing[0]',
    says: 'resourceAttachIov: backing[0].memory is closed',
  },
  {
    name: 'resourceAttachIov',
    args: { resourceId: TEXTURE, backing: [{ memory, offsetBytes: 65, lengthBytes: 0 }] },
    field: 'backing[0].offsetBytes',
    says: 'an integer from 0 to 64 for backing[0].offsetBytes but received 65',
  },
  {
    name: 'resourceAttachIov',
    args: { resourceId: TEXTURE, backing: [{ memory, offsetBytes: 60, lengthBytes: 5 }] },
    field: 'backing[0].lengthBytes',
    says: 'an integer from 0 to 4 for backing[0].lengthBytes but received 5',
  },
  {
    name: 'resourceAttachIov',
    args: { resourceId: TEXTURE, backing: [mapped.range()] },
    field: 'backing[0].memory',
    says: 'a SharedMemory that was not made by resourceMap for backing[0].memory',
  },
  {
    name: 'resourceMapFixed',
    args: { resourceId: BLOB, range: mapped.range() },
    field: 'range.memory',
    says: 'not made by resourceMap',
  },
  {
    name: 'transferReadIov',
    args: transfer({ into: new Uint8Array(0) }),
    field: 'into',
    says: 'a Uint8Array that is not empty for into',
  },
  {
    name: 'transferWriteIov',
    args: transfer({ from: 'bytes' }),
    field: 'from',
    says: 'a Uint8Array or MemoryRange[] for from but received "bytes"',
  },
  {
    name: 'getRect',
    args: { resourceId: TEXTURE, x: 0, y: 0, width: 1, height: 1 },
    field: 'into',
    says: 'a Uint8Array or MemoryRange[] for into but received undefined',
  },
];

const names: Refusal[] = [
  { name: 'poll', args: 5, field: 'args', says: 'poll: expected an object for args but received 5' },
  { name: 'poll', args: { now: 1 }, field: 'now', says: 'poll: unknown argument "now"; it takes none' },
  {
    name: 'transferReadIov',
    args: transfer({ ofset: 1 }),
    field: 'ofset',
    says: 'transferReadIov: unknown argument "ofset"; did you mean offset?',
  },
  {
    name: 'ctxAttachResource',
    args: { everything: 1 },
    field: 'everything',
    says: 'it takes contextId, resourceId',
  },
  // What the ledger knows is not the caller's business.
  {
    name: 'getCursorData',
    args: { resourceId: TEXTURE, bytesPerBlock: 4 },
    field: 'bytesPerBlock',
    says: 'it takes resourceId',
  },
];

const rules: Refusal[] = [
  {
    name: 'transferReadIov',
    args: transfer({ stride: U32_MAX, box: { ...BOX, h: 3 } }),
    field: 'box',
    says: 'a box that spans less than 4 GiB with these strides for box but received "8589934594 bytes"',
  },
  {
    name: 'transferWriteIov',
    args: transfer({ layerStride: 2 ** 31, box: { ...BOX, d: 3 } }),
    field: 'box',
    says: '"4294967300 bytes"',
  },
  {
    name: 'getRect',
    args: { resourceId: BLOB, x: 0, y: 0, width: 1, height: 1, into },
    field: 'resourceId',
    says: 'a texture made by resourceCreate for resourceId but received 2',
  },
  {
    name: 'getCursorData',
    args: { resourceId: BLOB },
    field: 'resourceId',
    says: 'a texture made by resourceCreate',
  },
  {
    name: 'getCursorData',
    args: { resourceId: COMPRESSED },
    field: 'resourceId',
    says: 'an uncompressed texture with rows of whole dwords for resourceId but received 3',
  },
];

test.each([...integers, ...others, ...memories, ...names, ...rules])(
  '$name refuses $args: $says',
  ({ name, args, field, says, code = 'ERR_VIRGL_ARGUMENT' }) => {
    const error = refusalOf(name, args);
    expect(error).toBeInstanceOf(VirglError);
    expect(error).toMatchObject({ code, operation: name, field });
    expect(error.message).toContain(says);
    expect(error.message).toMatch(new RegExp(`^${name}: `));
  },
);

test('a context in its error state can only be destroyed', () => {
  const entry = ledger.context('submitCmd', 9);
  entry.lost = new VirglError('ERR_VIRGL_CONTEXT_LOST', 'it drew nonsense', { commandIndex: 3, errno: 22 });
  expect(refusalOf('submitCmd', { contextId: 9, commands: new Uint32Array(0) })).toMatchObject({
    code: 'ERR_VIRGL_CONTEXT_LOST',
    message: 'submitCmd: context 9 is in its error state since: it drew nonsense',
    operation: 'submitCmd',
    contextId: 9,
    commandIndex: 3,
    errno: 22,
    cause: entry.lost,
  });
  expect(check('contextDestroy', { contextId: 9 })).toEqual({ contextId: 9 });
});

describe('arguments that are right', () => {
  const range = memory.range(8, 16);

  test.each<{ name: HostCallName; args: unknown; checked: object }>([
    { name: 'poll', args: undefined, checked: {} },
    { name: 'poll', args: null, checked: {} },
    {
      name: 'contextCreate',
      args: { contextId: 2 ** 31 - 1 },
      checked: { contextId: 2 ** 31 - 1, capsetId: 2, name: new Uint8Array(0) },
    },
    {
      name: 'contextCreate',
      args: { contextId: 5, name: 'é', capsetId: undefined },
      checked: { contextId: 5, capsetId: 2, name: Uint8Array.of(0xc3, 0xa9) },
    },
    { name: 'exportFence', args: { fenceId: 5 }, checked: { fenceId: 5n } },
    { name: 'exportFence', args: { fenceId: 2n ** 64n - 1n }, checked: { fenceId: 2n ** 64n - 1n } },
    {
      name: 'resourceExportQuery',
      args: { resourceId: TEXTURE },
      checked: { resourceId: TEXTURE, exportFds: false },
    },
    {
      name: 'transferReadIov',
      args: { resourceId: TEXTURE, box: { ...BOX, more: 1 } },
      checked: {
        resourceId: TEXTURE,
        contextId: 0,
        level: 0,
        stride: 0,
        layerStride: 0,
        box: BOX,
        offset: 0n,
        into: [],
      },
    },
    {
      name: 'submitCmd2',
      args: { contextId: 1, commands: Uint32Array.of(1, 2), inFenceIds: [1, 2n] },
      checked: { contextId: 1, commands: Uint32Array.of(1, 2), inFenceIds: [1n, 2n] },
    },
    {
      name: 'submitCmd2',
      args: { contextId: 1, commands: range },
      checked: { contextId: 1, commands: range, inFenceIds: [] },
    },
    {
      name: 'resourceAttachIov',
      args: { resourceId: BUFFER, backing: [range, range] },
      checked: { resourceId: BUFFER, backing: [range, range] },
    },
    {
      name: 'resourceMapFixed',
      args: { resourceId: BLOB, range },
      checked: { resourceId: BLOB, range, sizeBytes: 4096n },
    },
    {
      name: 'getCursorData',
      args: { resourceId: TEXTURE },
      checked: { resourceId: TEXTURE, bytesPerBlock: 4 },
    },
  ])('$name takes $args', ({ name, args, checked }) => {
    expect(check(name, args)).toEqual(checked);
  });

  test.each([0, 1, 2, 3])('bytes of commands at offset %d become the same dwords', (offset) => {
    const bytes = new Uint8Array(16).fill(0xff);
    bytes.set([1, 0, 0, 0, 2, 0, 0, 0], offset);
    const { commands } = check('submitCmd', { contextId: 1, commands: bytes.subarray(offset, offset + 8) });
    expect(commands).toEqual(Uint32Array.of(1, 2));
  });

  test('a view on shared memory is lent as the range it shows', () => {
    const view = memory.bytes.subarray(4, 12);
    expect(check('transferReadIov', transfer({ into: view }))).toMatchObject({
      into: [{ memory, offsetBytes: 4, lengthBytes: 8 }],
    });
  });

  test('what the host chooses fills only what is left out', () => {
    const chosen = { fenceId: 7n };
    expect(check('contextCreateFence', { contextId: 1 }, chosen)).toMatchObject({ fenceId: 7n });
    expect(check('contextCreateFence', { contextId: 1, fenceId: 3 }, chosen)).toMatchObject({ fenceId: 3n });
  });
});

test('every call without its required arguments names the first of them', () => {
  const required = HOST_CALL_NAMES.map((name) => {
    try {
      check(name, {});
      return [name, 'takes none'];
    } catch (error) {
      return [name, (error as VirglError).field];
    }
  });
  expect(Object.fromEntries(required)).toMatchObject({
    poll: 'takes none',
    reset: 'takes none',
    submitCmd: 'contextId',
    createFence: 'fenceId',
    resourceCreate: 'resourceId',
    transferReadIov: 'resourceId',
    fillCaps: 'capsetId',
  });
});
