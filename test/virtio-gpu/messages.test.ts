// Requests and responses as bytes: sizes of the specification, both directions, and what is too short.

import fc from 'fast-check';
import {
  type CommandName,
  COMMANDS,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type ResponseName,
  RESPONSES,
  type StructLayout,
  type WireType,
} from '../../lib/virtio-gpu';

// Bytes of whole structures in linux/virtio_gpu.h, without what follows them.
const REQUEST_BYTES: Record<CommandName, number> = {
  GET_DISPLAY_INFO: 24,
  RESOURCE_CREATE_2D: 40,
  RESOURCE_UNREF: 32,
  SET_SCANOUT: 48,
  RESOURCE_FLUSH: 48,
  TRANSFER_TO_HOST_2D: 56,
  RESOURCE_ATTACH_BACKING: 32,
  RESOURCE_DETACH_BACKING: 32,
  GET_CAPSET_INFO: 32,
  GET_CAPSET: 32,
  GET_EDID: 32,
  RESOURCE_ASSIGN_UUID: 32,
  RESOURCE_CREATE_BLOB: 56,
  SET_SCANOUT_BLOB: 96,
  CTX_CREATE: 96,
  CTX_DESTROY: 24,
  CTX_ATTACH_RESOURCE: 32,
  CTX_DETACH_RESOURCE: 32,
  RESOURCE_CREATE_3D: 72,
  TRANSFER_TO_HOST_3D: 72,
  TRANSFER_FROM_HOST_3D: 72,
  SUBMIT_3D: 32,
  RESOURCE_MAP_BLOB: 40,
  RESOURCE_UNMAP_BLOB: 32,
  UPDATE_CURSOR: 56,
  MOVE_CURSOR: 56,
};
const RESPONSE_BYTES: Partial<Record<ResponseName, number>> = {
  OK_DISPLAY_INFO: 408,
  OK_CAPSET_INFO: 40,
  OK_EDID: 1056,
  OK_RESOURCE_UUID: 40,
  OK_MAP_INFO: 32,
};

const u32 = fc.nat({ max: 0xffff_ffff });
const i32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const rects = fc.record({ x: u32, y: u32, width: u32, height: u32 });
const VALUES: Record<Exclude<WireType, 'pad24' | 'pad32'>, fc.Arbitrary<unknown>> = {
  u8: fc.nat({ max: 255 }),
  u32,
  u64: fc.maxSafeNat(),
  id64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  rect: rects,
  box: fc.record({ x: u32, y: u32, z: u32, w: u32, h: u32, d: u32 }),
  cursorPosition: fc.record({ scanoutId: u32, x: i32, y: i32 }),
  u32x4: fc.array(u32, { minLength: 4, maxLength: 4 }),
  uuid: bytes(16),
  name64: bytes(64),
  edid1024: bytes(1024),
  displayModes: fc.array(fc.record({ rect: rects, enabled: fc.boolean(), flags: u32 }), {
    minLength: 16,
    maxLength: 16,
  }),
};

const fieldsOf = (layout: StructLayout): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(
    Object.fromEntries(
      Object.entries(layout)
        .filter(([, type]) => !type.startsWith('pad'))
        .map(([name, type]) => [name, VALUES[type as keyof typeof VALUES]]),
    ),
  );

const headers = fc.record(
  { contextId: u32, fenceId: VALUES.id64 as fc.Arbitrary<bigint>, ringIndex: fc.nat({ max: 63 }) },
  { requiredKeys: ['contextId'] },
);
const tails = {
  memoryEntries: fc.array(fc.record({ address: fc.maxSafeNat(), lengthBytes: u32 }), { maxLength: 20 }),
  bytes: fc.uint8Array({ maxLength: 100 }),
};
const RUNS = { numRuns: 30, seed: 1 };

describe.each(Object.keys(COMMANDS) as CommandName[])('%s', (name) => {
  const { layout, tail } = COMMANDS[name] as {
    layout: StructLayout;
    tail?: { kind: keyof typeof tails; count: string };
  };

  test('comes back as it was written', () => {
    const content = tail === undefined ? fc.constant(undefined) : tails[tail.kind];
    fc.assert(
      fc.property(fieldsOf(layout), headers, content, (fields, header, follows) => {
        const counted = tail === undefined ? fields : { ...fields, [tail.count]: follows?.length };
        const message = encodeRequest(name, counted as never, header, follows as never);
        expect(decodeRequest(message)).toEqual({
          name,
          header,
          fields: counted,
          ...(follows !== undefined && { tail: follows }),
        });
      }),
      RUNS,
    );
  });

  test('has the size of its structure, and is not read when it is shorter', () => {
    const empty = new Uint8Array(REQUEST_BYTES[name]);
    new DataView(empty.buffer).setUint32(0, COMMANDS[name].id, true);
    expect(decodeRequest(empty).name).toBe(name);
    expect(() => decodeRequest(empty.subarray(0, -1))).toThrow(/expected at least \d+ bytes/);
  });
});

describe.each(Object.keys(RESPONSES) as ResponseName[])('%s', (name) => {
  test('comes back as it was written', () => {
    fc.assert(
      fc.property(fieldsOf(RESPONSES[name].layout), headers, fc.uint8Array(), (fields, header, follows) => {
        const message = encodeResponse(name, fields as never, header, follows);
        expect(message.byteLength).toBe((RESPONSE_BYTES[name] ?? 24) + follows.byteLength);
        expect(decodeResponse(message)).toEqual({ name, header, fields, bytes: follows });
      }),
      { ...RUNS, numRuns: 10 },
    );
  });
});

test('what nobody knows is not read', () => {
  expect(() => decodeRequest(new Uint8Array(23))).toThrow('expected at least 24 bytes for length');
  expect(() => decodeRequest(new Uint8Array(24))).toThrow('number of a command');
  expect(() => decodeResponse(new Uint8Array(24))).toThrow('number of a response');
  expect(() => decodeResponse(new Uint8Array(3))).toThrow('expected at least 24 bytes for length');
  const submit = encodeRequest('SUBMIT_3D', { size: 5 }, {}, new Uint8Array(4));
  expect(() => decodeRequest(submit)).toThrow('SUBMIT_3D: expected a count of what is in 4 bytes for size');
});
