// Bytes from a client into requests: the lengths of all commands, fragments, odd lengths, limits.

import { VTEST_COMMAND_NAMES, VTEST_COMMANDS, type VtestCommandName } from '../../lib/vtest/commands';
import { RequestBuffer } from '../../lib/vtest/session/request-buffer';
import { RequestReader } from '../../lib/vtest/session/request-reader';
import { createRenderer, dwords, request, requests } from '../support/vtest-session';

const MIB = 1 << 20;

interface Read {
  name: VtestCommandName;
  fixed: number[];
  /** In hexadecimal, which compares quicker than bytes. */
  tail: string;
}

const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

const readAll = (reader: RequestReader): Read[] => {
  const all: Read[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next()) {
    const { name, fixed, tailOffset, tailBytes } = next;
    all.push({ name, fixed: [...fixed], tail: hexOf(reader.buffer.view(tailOffset, tailBytes)) });
    reader.release();
  }
  return all;
};

/** Gives it bytes, as many as there is room for at a time, and reads what is there. */
const feed = (reader: RequestReader, bytes: Uint8Array): Read[] => {
  const all: Read[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const space = reader.buffer.space();
    if (space.length === 0) throw new Error('the reader made no room');
    const length = Math.min(space.length, rest.length);
    space.set(rest.subarray(0, length));
    reader.buffer.received(length);
    rest = rest.subarray(length);
    all.push(...readAll(reader));
  }
  return all;
};

const newReader = (maxBytes = MIB): RequestReader => new RequestReader(new RequestBuffer(), maxBytes);

const read = (bytes: Uint8Array, maxBytes?: number): { all: Read[]; left: number } => {
  const reader = newReader(maxBytes);
  return { all: feed(reader, bytes), left: reader.buffer.length };
};

// Dwords after the header, by the table of vtest_protocol.h; what is counted elsewhere has count 0 here.
const FIXED_DWORDS: Readonly<Record<VtestCommandName, number>> = {
  GET_CAPS: 0,
  RESOURCE_CREATE: 10,
  RESOURCE_UNREF: 1,
  TRANSFER_GET: 11,
  TRANSFER_PUT: 11,
  SUBMIT_CMD: 0,
  RESOURCE_BUSY_WAIT: 2,
  CREATE_RENDERER: 0,
  GET_CAPS2: 0,
  PING_PROTOCOL_VERSION: 0,
  PROTOCOL_VERSION: 1,
  RESOURCE_CREATE2: 11,
  TRANSFER_GET2: 10,
  TRANSFER_PUT2: 10,
  GET_PARAM: 1,
  GET_CAPSET: 2,
  CONTEXT_INIT: 1,
  RESOURCE_CREATE_BLOB: 6,
  SYNC_CREATE: 2,
  SYNC_UNREF: 1,
  SYNC_READ: 1,
  SYNC_WRITE: 3,
  SYNC_WAIT: 0,
  SUBMIT_CMD2: 0,
  DRM_SYNC_CREATE: 1,
  DRM_SYNC_DESTROY: 1,
  DRM_SYNC_HANDLE_TO_FD: 1,
  DRM_SYNC_FD_TO_HANDLE: 0,
  DRM_SYNC_IMPORT_SYNC_FILE: 1,
  DRM_SYNC_EXPORT_SYNC_FILE: 1,
  DRM_SYNC_WAIT: 4,
  DRM_SYNC_RESET: 1,
  DRM_SYNC_SIGNAL: 1,
  DRM_SYNC_TIMELINE_SIGNAL: 1,
  DRM_SYNC_TIMELINE_WAIT: 4,
  DRM_SYNC_QUERY: 2,
  DRM_SYNC_TRANSFER: 7,
  RESOURCE_EXPORT_FD: 1,
};
const NAMES = Object.keys(FIXED_DWORDS) as VtestCommandName[];
/** Those whose header says how long they are. */
const SIZED: readonly VtestCommandName[] = ['SUBMIT_CMD', 'CREATE_RENDERER', 'SYNC_WAIT', 'SUBMIT_CMD2'];

test('there are the commands 1 to 38', () => {
  expect([...VTEST_COMMAND_NAMES.keys()].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 38 }, (_, index) => index + 1),
  );
  expect(Object.keys(VTEST_COMMANDS)).toEqual(NAMES);
});

test.each(NAMES)('%s has as many dwords as the table says, and the next command follows them', (name) => {
  const count = FIXED_DWORDS[name];
  const bytes = request(VTEST_COMMANDS[name].id, ...new Array<number>(count).fill(0));
  expect(read(bytes.subarray(0, -1))).toEqual({ all: [], left: 7 + 4 * count });
  const { all, left } = read(Buffer.concat([bytes, requests.ping]));
  expect(left).toBe(0);
  expect(all).toEqual([
    { name, fixed: new Array<number>(count).fill(0), tail: '' },
    { name: 'PING_PROTOCOL_VERSION', fixed: [], tail: '' },
  ]);
});

test.each(NAMES.filter((name) => !SIZED.includes(name)))('%s has them whatever its header says', (name) => {
  const fixed = new Array<number>(FIXED_DWORDS[name]).fill(0);
  for (const length of [0, 1, 1000, 0x7fffffff, 0xffffffff]) {
    const bytes = Buffer.concat([dwords(length, VTEST_COMMANDS[name].id, ...fixed), requests.ping]);
    expect(read(bytes).all.map((one) => one.name)).toEqual([name, 'PING_PROTOCOL_VERSION']);
  }
});

test.each<{ name: VtestCommandName; fixed: number[]; tailBytes: number }>([
  { name: 'TRANSFER_PUT', fixed: [1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 5], tailBytes: 5 },
  { name: 'DRM_SYNC_WAIT', fixed: [3, 0, 0, 0], tailBytes: 12 },
  { name: 'DRM_SYNC_RESET', fixed: [2], tailBytes: 8 },
  { name: 'DRM_SYNC_SIGNAL', fixed: [2], tailBytes: 8 },
  { name: 'DRM_SYNC_TIMELINE_SIGNAL', fixed: [2], tailBytes: 24 },
  { name: 'DRM_SYNC_TIMELINE_WAIT', fixed: [2, 0, 0, 0], tailBytes: 24 },
  { name: 'DRM_SYNC_QUERY', fixed: [2, 0], tailBytes: 8 },
])('$name is followed by what its fields count', ({ name, fixed, tailBytes }) => {
  const tail = Buffer.from(Array.from({ length: tailBytes }, (_, index) => index + 1));
  const bytes = Buffer.concat([request(VTEST_COMMANDS[name].id, ...fixed), tail, requests.ping]);
  expect(read(bytes).all).toEqual([
    { name, fixed, tail: hexOf(tail) },
    expect.objectContaining({ name: 'PING_PROTOCOL_VERSION' }),
  ]);
});

test('CREATE_RENDERER counts bytes, SUBMIT_CMD dwords', () => {
  const name = hexOf(Buffer.from('glxgears\0'));
  const bytes = Buffer.concat([createRenderer('glxgears\0'), requests.submit(7, 8, 9), requests.ping]);
  expect(read(bytes).all).toEqual([
    { name: 'CREATE_RENDERER', fixed: [], tail: name },
    { name: 'SUBMIT_CMD', fixed: [], tail: hexOf(dwords(7, 8, 9)) },
    expect.objectContaining({ name: 'PING_PROTOCOL_VERSION' }),
  ]);
});

// Data of an odd length leave what follows them on odd addresses.
const STREAM = Buffer.concat([
  createRenderer('odd\0\0'),
  requests.create(1),
  ...[1, 2, 3].map((length) => requests.transferPut(1, Buffer.alloc(length, length))),
  requests.submit(1, 2, 3),
  ...[4, 5, 65537].map((length) => requests.transferPut(1, Buffer.alloc(length, length))),
  requests.transferPut(1, Buffer.alloc(0)),
  requests.ping,
]);

describe('however the bytes come', () => {
  const whole = read(STREAM).all;

  test('all at once', () => {
    expect(whole).toHaveLength(11);
    const lengths = whole.filter(({ name }) => name === 'TRANSFER_PUT').map(({ tail }) => tail.length / 2);
    expect(lengths).toEqual([1, 2, 3, 4, 5, 65537, 0]);
    expect(whole[5]).toEqual({ name: 'SUBMIT_CMD', fixed: [], tail: hexOf(dwords(1, 2, 3)) });
  });

  test.each([1, 3, 7, 1000, 65535, 65536])('%d at a time', (size) => {
    const reader = newReader();
    const all: Read[] = [];
    for (let at = 0; at < STREAM.length; at += size) {
      all.push(...feed(reader, STREAM.subarray(at, at + size)));
    }
    expect(all).toEqual(whole);
    expect(reader.buffer.length).toBe(0);
  });

  test('a request is where it was received, on whole dwords', () => {
    const reader = newReader();
    const bytes = STREAM.subarray(0, 65536);
    reader.buffer.space().set(bytes);
    reader.buffer.received(bytes.length);
    for (let next = reader.next(); next !== undefined; next = reader.next()) {
      expect(next.fixed.byteOffset % 4).toBe(0);
      if (next.name === 'SUBMIT_CMD') expect([...reader.buffer.dwords(8, 3)]).toEqual([1, 2, 3]);
      reader.release();
    }
  });
});

test('a request as long as the limit is read, a longer one is refused by name', () => {
  const limit = MIB;
  const longest = Buffer.concat([dwords(limit / 4 - 2, 6), Buffer.alloc(limit - 8, 5)]);
  const { all } = read(longest, limit);
  expect(all[0].tail === hexOf(longest.subarray(8))).toBe(true);
  expect(() => read(dwords(limit / 4 - 1, 6), limit)).toThrow(
    expect.objectContaining({
      code: 'ERR_VIRGL_DECODE',
      operation: 'SUBMIT_CMD',
      field: 'length',
      message: `SUBMIT_CMD: length ${limit + 4}: a request may have at most ${limit} bytes`,
    }),
  );
});

const NOTHING_AND_COUNT = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xffffffff];

test.each<[what: string, bytes: Buffer]>([
  ['SUBMIT_CMD', dwords(0xffffffff, 6)],
  ['SUBMIT_CMD2', dwords(0x40000000, 24)],
  ['SYNC_WAIT', dwords(0x3fffffff, 23)],
  ['TRANSFER_PUT', request(5, ...NOTHING_AND_COUNT)],
  ['DRM_SYNC_WAIT', request(31, 0xffffffff, 0, 0, 0)],
  ['DRM_SYNC_TIMELINE_SIGNAL', request(34, 0xffffffff)],
  ['DRM_SYNC_QUERY', request(36, 0x80000000, 0)],
])('%s that announces gigabytes is refused as soon as it says so', (name, bytes) => {
  const refusal = expect.objectContaining({ code: 'ERR_VIRGL_DECODE', operation: name, field: 'length' });
  expect(() => read(bytes, 256 * MIB)).toThrow(refusal as Error);
});

test('what is only announced is not allocated', () => {
  const reader = newReader(2 ** 33);
  feed(reader, dwords(0x3fffffff, 6));
  // The buffer, seen through its free part.
  expect(reader.buffer.space().buffer.byteLength).toBeLessThanOrEqual(5 * MIB);
  feed(reader, Buffer.alloc(4 * MIB));
  expect(reader.buffer.space().buffer.byteLength).toBeLessThanOrEqual(9 * MIB);
});

test.each([0, 39, 40, 0xffffffff])('there is no command %d', (id) => {
  const message = `vtest: command ${id}: there is no such command`;
  const refusal = { code: 'ERR_VIRGL_DECODE', field: 'command', value: id, message };
  expect(() => read(dwords(0, id))).toThrow(expect.objectContaining(refusal) as Error);
});

test('a name may have 1 MiB', () => {
  expect(read(dwords(MIB, 8), 2 * MIB)).toEqual({ all: [], left: 8 });
  expect(() => read(dwords(MIB + 1, 8), 2 * MIB)).toThrow(
    `CREATE_RENDERER: length ${MIB + 1}: a name may have at most ${MIB} bytes`,
  );
});
