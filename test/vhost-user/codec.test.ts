// vhost-user messages: what each is as bytes, and what is wrong with wrong ones.

import { EventFd, UnixSocket } from '../../lib/host';
import {
  decodeHeader,
  encodeReply,
  encodeRequest,
  HEADER_BYTES,
} from '../../lib/vhost-user/protocol/message';
import { PAYLOADS } from '../../lib/vhost-user/protocol/payloads';
import { END, RequestReader } from '../../lib/vhost-user/protocol/request-reader';
import { type RequestName, REQUESTS, type RequestSpec } from '../../lib/vhost-user/protocol/requests';
import { openDescriptors } from '../support/sockets';

const REGION = {
  guestAddress: 0x1_0000_0000,
  sizeBytes: 0x4000_0000,
  userAddress: 0x7f12_3456_7000,
  mmapOffset: 0x8000_0000,
};
const SAMPLES = {
  none: undefined,
  u64: 0xfedc_ba98_7654_3210n,
  vringState: { index: 1, value: 256 },
  vringAddress: {
    index: 1,
    flags: 0,
    descriptors: 0x7f00_0000_1000,
    used: 0x7f00_0000_3000,
    available: 0x7f00_0000_2000,
    log: 0,
  },
  memoryTable: [REGION, { ...REGION, guestAddress: 0 }],
  memoryRegion: REGION,
  config: { offset: 4, flags: 0, bytes: Uint8Array.of(1, 2, 3) },
  log: { sizeBytes: 4096n, mmapOffset: 0n },
} as const;

const NOT_WAITING = { waitMs: 0 } as const;
const opened: Disposable[] = [];

const pair = (): { near: UnixSocket; reader: RequestReader } => {
  const [near, far] = UnixSocket.pair('stream');
  const reader = new RequestReader(far);
  opened.push(near, far, reader);
  return { near, reader };
};

const failure = (attempt: () => unknown): string => {
  try {
    attempt();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
};

afterEach(() => {
  for (const thing of opened.splice(0)) thing[Symbol.dispose]();
});

describe('payloads', () => {
  test.each(Object.keys(PAYLOADS) as (keyof typeof PAYLOADS)[])('%s survives', (name) => {
    const codec = PAYLOADS[name];
    const bytes = codec.encode(SAMPLES[name] as never);
    expect(bytes.byteLength).toBeGreaterThanOrEqual(codec.sizes[0]);
    expect(bytes.byteLength).toBeLessThanOrEqual(codec.sizes[1]);
    expect(codec.decode(bytes)).toEqual(SAMPLES[name]);
  });

  test('a SET_VRING_ADDR is as QEMU sends it', () => {
    const bytes = Buffer.from(encodeRequest('SET_VRING_ADDR', SAMPLES.vringAddress));
    expect(bytes.toString('hex')).toBe(
      '09000000' +
        '01000000' +
        '28000000' +
        '01000000' +
        '00000000' +
        '00100000007f0000' +
        '00300000007f0000' +
        '00200000007f0000' +
        '0000000000000000',
    );
  });
});

describe('requests', () => {
  test.each(Object.keys(REQUESTS) as RequestName[])('%s arrives as it was sent', (name) => {
    const { near, reader } = pair();
    const spec: RequestSpec = REQUESTS[name];
    using bell = EventFd.create();
    const fds = Array.from({ length: spec.fds[0] }, () => bell.duplicateFd());
    const payload = SAMPLES[spec.payload];
    near.sendSync(encodeRequest(name, payload as never, { needsReply: true }), { fds });
    for (const fd of fds) fd.close();
    const request = reader.receive(NOT_WAITING);
    if (request === undefined || request === END) throw new Error('nothing came');
    expect(request).toMatchObject({ name, needsReply: true, fdCount: spec.fds[0] });
    expect(request.payload).toEqual(payload);
    request[Symbol.dispose]();
    expect(request.fdCount).toBe(0);
  });

  test('come in pieces of any size', () => {
    const { near, reader } = pair();
    const bytes = encodeRequest('SET_MEM_TABLE', [REGION]);
    for (const byte of bytes.subarray(0, -1)) {
      near.sendSync(Uint8Array.of(byte));
      expect(reader.receive(NOT_WAITING)).toBeUndefined();
    }
    near.sendSync(bytes.subarray(-1));
    expect(reader.receive(NOT_WAITING)).toMatchObject({ name: 'SET_MEM_TABLE' });
  });

  test('follow each other, with their own descriptors', () => {
    const { near, reader } = pair();
    using bell = EventFd.create();
    using fd = bell.duplicateFd();
    near.sendSync(encodeRequest('SET_OWNER', undefined));
    near.sendSync(encodeRequest('SET_VRING_CALL', 0n), { fds: [fd] });
    near.sendSync(encodeRequest('GET_FEATURES', undefined));
    const counts = ['SET_OWNER', 'SET_VRING_CALL', 'GET_FEATURES'].map((name) => {
      const request = reader.receive(NOT_WAITING);
      if (request === undefined || request === END) throw new Error('nothing came');
      expect(request.name).toBe(name);
      const { fdCount } = request;
      request[Symbol.dispose]();
      return fdCount;
    });
    expect(counts).toEqual([0, 1, 0]);
    near.close();
    expect(reader.receive(NOT_WAITING)).toBe(END);
  });
});

const header = (request: number, flags: number, size: number): Uint8Array => {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  [request, flags, size].forEach((word, index) => view.setUint32(index * 4, word, true));
  return bytes;
};

const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

describe('wrong messages', () => {
  const cases: { what: string; bytes: Uint8Array; fds?: number; message: string }[] = [
    {
      what: 'a number that no request has',
      bytes: header(99, 1, 0),
      message: 'vhost-user message: expected the number of a request but received 99',
    },
    {
      what: 'another version',
      bytes: header(1, 2, 0),
      message: 'vhost-user GET_FEATURES: expected version 1 for flags but received 0x2',
    },
    {
      what: 'a reply',
      bytes: header(1, 5, 8),
      message: 'vhost-user GET_FEATURES: expected a request but received a reply',
    },
    {
      what: 'a payload that is too short',
      bytes: header(REQUESTS.SET_FEATURES.id, 1, 4),
      message: 'vhost-user SET_FEATURES: expected 8 bytes of payload but received 4',
    },
    {
      what: 'a payload that never ends',
      bytes: header(REQUESTS.GET_CONFIG.id, 1, 0xffff_ffff),
      message: 'vhost-user GET_CONFIG: expected 12 to 268 bytes of payload but received 4294967295',
    },
    {
      what: 'a table with fewer regions than it says',
      bytes: joined(header(5, 1, 8), Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0)),
      message: 'vhost-user SET_MEM_TABLE: expected 72 bytes for a table of 2 regions but received 8',
    },
    {
      what: 'a configuration that is shorter than it says',
      bytes: joined(header(24, 1, 12), Uint8Array.of(0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0)),
      message: 'vhost-user GET_CONFIG: expected 21 bytes for a configuration of 9 bytes but received 12',
    },
    {
      what: 'a descriptor where there is none',
      bytes: encodeRequest('SET_OWNER', undefined),
      fds: 1,
      message: 'vhost-user SET_OWNER: expected 0 descriptors but received 1',
    },
    {
      what: 'no descriptor where there is one',
      bytes: encodeRequest('GPU_SET_SOCKET', undefined),
      message: 'vhost-user GPU_SET_SOCKET: expected 1 descriptors but received 0',
    },
    {
      what: 'more descriptors than any message has',
      bytes: encodeRequest('SET_MEM_TABLE', []),
      fds: 9,
      message: 'vhost-user message: expected at most 8 descriptors but received 9',
    },
  ];

  test.each(cases)('$what', ({ bytes, fds = 0, message }) => {
    const { near, reader } = pair();
    using bell = EventFd.create();
    const before = openDescriptors().length;
    const sent = Array.from({ length: fds }, () => bell.duplicateFd());
    near.sendSync(bytes, { fds: sent });
    for (const fd of sent) fd.close();
    expect(failure(() => reader.receive(NOT_WAITING))).toBe(message);
    reader[Symbol.dispose]();
    expect(openDescriptors()).toHaveLength(before);
  });

  test('an end in the middle', () => {
    const { near, reader } = pair();
    near.sendSync(encodeRequest('SET_FEATURES', 0n).subarray(0, 15));
    near.close();
    expect(failure(() => reader.receive(NOT_WAITING))).toBe(
      'vhost-user SET_FEATURES: the front-end left in the middle of it, after 15 bytes',
    );
  });

  test('descriptors of a message that did not come as a whole are closed', () => {
    const { near, reader } = pair();
    using bell = EventFd.create();
    const before = openDescriptors().length;
    using fd = bell.duplicateFd();
    near.sendSync(encodeRequest('SET_VRING_CALL', 0n).subarray(0, 14), { fds: [fd] });
    expect(reader.receive(NOT_WAITING)).toBeUndefined();
    reader[Symbol.dispose]();
    fd.close();
    expect(openDescriptors()).toHaveLength(before);
  });
});

test('replies repeat the number of the request, and say that they are replies', () => {
  const bytes = encodeReply('GET_VRING_BASE', { index: 1, value: 7 });
  expect(decodeHeader(bytes)).toEqual({
    name: 'GET_VRING_BASE',
    sizeBytes: 8,
    needsReply: false,
    isReply: true,
  });
  expect(Buffer.from(encodeReply('SET_MEM_TABLE', 0n)).toString('hex')).toBe(
    '05000000' + '05000000' + '08000000' + '0000000000000000',
  );
});
