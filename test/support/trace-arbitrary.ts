// Generated records of traces: every kind, every call of the table, arguments that fit their types and some that don't.

import fc from 'fast-check';
import { HOST_CALL_NAMES, HOST_CALLS, type ParamSpec } from '../../lib/host/call-table';
import type { HostCallName } from '../../lib/host/render-host';
import { ERROR_CODES } from '../../lib/protocol/error';
import type { TraceRange, TraceRecord } from '../../lib/trace/model';

const u32 = fc.nat(0xffffffff);
const size = fc.maxSafeNat();
const u64 = fc.oneof(size, fc.bigInt(0n, 0xffffffffffffffffn));
const text = fc.string({ unit: 'binary', maxLength: 40 });
const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constant(new Uint8Array(3000).fill(7)));

const range: fc.Arbitrary<TraceRange> = fc.record({ memoryId: u32, offsetBytes: size, lengthBytes: size });
const ranges = fc.array(range, { maxLength: 4 });

const VALUES: { [Type in Exclude<ParamSpec['type'], 'fd' | 'known'>]: fc.Arbitrary<unknown> } = {
  u32,
  context: u32,
  resource: u32,
  newContext: u32,
  newResource: u32,
  i32: fc.integer(),
  u64,
  boolean: fc.boolean(),
  text,
  box: fc.record({ x: u32, y: u32, z: u32, w: u32, h: u32, d: u32 }),
  commands: fc.oneof(fc.uint32Array({ maxLength: 60 }), fc.uint8Array({ maxLength: 60 }), range),
  u64list: fc.oneof(
    fc.array(size, { maxLength: 4 }),
    fc.array(fc.bigInt(0n, 0xffffffffffffffffn), { maxLength: 4 }),
  ),
  ranges,
  range,
  memory: fc.oneof(bytes, ranges),
};

const MISFITS = fc.oneof(
  fc.constantFrom(
    null,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -1,
    0.5,
    2 ** 32,
    2 ** 60,
    -5n,
    1n << 70n,
    'text',
    true,
  ),
  fc.constant([1, 'two', { three: 3n }]),
  fc.constant({ memoryId: -1, offsetBytes: 0, lengthBytes: 0.5 }),
);

// An array that is read into is kept as its length.
const emptied = (value: unknown): unknown =>
  value instanceof Uint8Array ? new Uint8Array(value.length) : value;

const valueOf = (param: ParamSpec): fc.Arbitrary<unknown> => {
  const value = VALUES[param.type as keyof typeof VALUES];
  return param.name === 'into' ? value.map(emptied) : value;
};

/** Calls of one name; with `misfits`, some arguments are of the wrong type. */
export const callArbitrary = (name: HostCallName, misfits: boolean): fc.Arbitrary<TraceRecord> => {
  const params = HOST_CALLS[name].params.filter(({ type }) => type !== 'fd' && type !== 'known');
  const model = Object.fromEntries(
    params.map((param) => [
      param.name,
      misfits
        ? fc.oneof({ weight: 2, arbitrary: valueOf(param) }, { weight: 1, arbitrary: MISFITS })
        : valueOf(param),
    ]),
  );
  const given = fc.record(model, { requiredKeys: [] });
  const args = misfits
    ? fc.oneof(
        given,
        given.map((fields) => ({ ...fields, unheardOf: 5n })),
        fc.constantFrom(null, 'text', 7),
      )
    : params.length === 0
      ? fc.constant(undefined)
      : given;
  return args.map((some) => ({ kind: 'call', name, args: some }) as unknown as TraceRecord);
};

const digest = {
  sha256: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => Buffer.from(hash).toString('hex')),
  lengthBytes: size,
  differing: size,
};

const picture = fc.record({
  ...digest,
  resourceId: u32,
  contextId: u32,
  width: u32,
  height: u32,
  format: u32,
});

const of = <Kind extends TraceRecord['kind']>(
  kind: Kind,
  model: object,
  optional: string[] = [],
): fc.Arbitrary<TraceRecord> => {
  const required = Object.keys(model).filter((key) => !optional.includes(key));
  return fc.record(
    { kind: fc.constant(kind), ...model },
    { requiredKeys: ['kind', ...required] as never },
  ) as never;
};

/** Records of every kind but calls. */
export const otherRecords: readonly fc.Arbitrary<TraceRecord>[] = [
  of('memory', { memoryId: u32, sizeBytes: size }),
  of('memoryEnd', { memoryId: u32 }),
  of('write', { memoryId: u32, offsetBytes: size, bytes }),
  of('readback', { call: u32, part: u32, ...digest }),
  of('answer', { call: u32, bytes }),
  of('error', { call: u32, code: fc.constantFrom(...ERROR_CODES), message: text, errno: u32 }, ['errno']),
  of('fenceReached', { call: u32 }),
  of('frame', { picture }, ['picture']),
  of('marker', { text }),
  of('time', { microseconds: size }),
  of('log', { text }),
];

/** Records of any kind. */
export const recordArbitrary: fc.Arbitrary<TraceRecord> = fc.oneof(
  ...otherRecords,
  ...HOST_CALL_NAMES.map((name) => callArbitrary(name, false)),
  ...HOST_CALL_NAMES.map((name) => callArbitrary(name, true)),
);
