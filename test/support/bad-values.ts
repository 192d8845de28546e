// Values that a host call must refuse, by the type of the parameter in the call table.

import fs from 'node:fs';
import { FileDescriptor, type ParamSpec, SharedMemory } from '../../lib/host';

type Spec<Type extends ParamSpec['type']> = Extract<ParamSpec, { type: Type }>;

/** A value, the code it must be refused with (default `ERR_VIRGL_ARGUMENT`) and the field that is at fault. */
export interface BadValue {
  value: unknown;
  code?: string;
  /** Default: the parameter's name. */
  field?: string;
}

/** Ids that tests keep for this: one that exists, and one that existed. */
export const LIVE = 1;
export const DESTROYED = 5;
const UNKNOWN = 77;

const of = (...values: unknown[]): BadValue[] => values.map((value) => ({ value }));

/** What is no number at all, or no whole one. */
const notWhole = of('1', {}, Number.NaN, 1.5, Infinity, null, [1], true, Symbol('1'), () => 1);

const outside = (min: number | undefined, max: number | undefined, limit: number): BadValue[] =>
  of((min ?? 0) - 1, (max ?? limit) + 1, 1n);

const handles = (name: string, hasZero: boolean): BadValue[] => [
  ...notWhole,
  ...of(-1, 2 ** 31, 1n),
  ...(hasZero ? [] : of(0, undefined)),
  ...[UNKNOWN, DESTROYED].map((value) => ({ value, code: 'ERR_VIRGL_UNKNOWN_HANDLE', field: name })),
];

const newHandles = [
  ...notWhole,
  ...of(-1, 0, 2 ** 31, 1n, undefined),
  { value: LIVE, code: 'ERR_VIRGL_DUPLICATE_HANDLE' },
];

const box = { x: 0, y: 0, z: 0, w: 1, h: 1, d: 1 };

const boxes = (name: string): BadValue[] => [
  ...of('box', 5, null, undefined),
  ...of([], {}).map((bad) => ({ ...bad, field: `${name}.x` })),
  ...Object.keys(box).flatMap((side) =>
    [-1, 1.5, 2 ** 31, '1', null, undefined].map((value) => ({
      value: { ...box, [side]: value },
      field: `${name}.${side}`,
    })),
  ),
];

const closedMemory = (): SharedMemory => {
  const memory = SharedMemory.create(4096);
  memory.close();
  return memory;
};

/** Ranges that are none. `at` is where the range stands. */
const badRanges = (at: string): BadValue[] => {
  const memory = SharedMemory.create(4096);
  // Collected with the values; its size is all that matters.
  const range = (offsetBytes: unknown, lengthBytes: unknown) => ({ memory, offsetBytes, lengthBytes });
  return [
    ...of(null, {}, 5, 'range', { memory: {}, offsetBytes: 0, lengthBytes: 1 }).map((bad) => ({
      ...bad,
      field: `${at}.memory`,
    })),
    {
      value: { memory: closedMemory(), offsetBytes: 0, lengthBytes: 1 },
      code: 'ERR_VIRGL_CLOSED',
      field: at,
    },
    ...[-1, 1.5, 4097, 2 ** 53, null, '0', Number.NaN].map((offset) => ({
      value: range(offset, 0),
      field: `${at}.offsetBytes`,
    })),
    ...[-1, 1.5, 4097, 2 ** 53, null, '1', undefined].map((length) => ({
      value: range(0, length),
      field: `${at}.lengthBytes`,
    })),
    { value: range(4096, 1), field: `${at}.lengthBytes` },
  ];
};

const lists = (name: string): BadValue[] =>
  badRanges(`${name}[0]`).map((bad) => ({ ...bad, value: [bad.value] }));

const closedFd = (): FileDescriptor => {
  const fd = FileDescriptor.adopt(fs.openSync('/dev/null', 'r'));
  fd.close();
  return fd;
};

const resizable = (): Uint8Array => {
  const options = { maxByteLength: 8192 };
  return new Uint8Array(
    new (ArrayBuffer as new (size: number, options: object) => ArrayBuffer)(4096, options),
  );
};

const BAD: { [Type in ParamSpec['type']]: (param: Spec<Type>) => BadValue[] } = {
  u32: ({ min, max }) => [...notWhole, ...outside(min, max, 2 ** 32 - 1)],
  i32: ({ min, max }) => [...notWhole, ...outside(min ?? -(2 ** 31), max, 2 ** 31 - 1)],
  u64: ({ min }) => [...notWhole, ...of(-1, -1n, 2 ** 53, 2n ** 64n), ...of((min ?? 0n) - 1n)],
  boolean: () => of('true', 0, 1, null, {}, []),
  text: ({ maxBytes }) =>
    of(5, {}, null, ['a'], 'a\0b', 'a'.repeat(maxBytes + 1), 'é'.repeat(maxBytes / 2 + 1)),
  context: ({ name, zero }) => handles(name, zero !== undefined),
  resource: ({ name }) => handles(name, false),
  newContext: () => newHandles,
  newResource: () => newHandles,
  box: ({ name }) => boxes(name),
  commands: ({ name }) => [
    ...of('x', 5, null, undefined, {}, [0, 1], new Uint8Array(3), new Float32Array(4)),
    ...badRanges(name).filter(({ value }) => Object.hasOwn(Object(value) as object, 'memory')),
    ...[
      [2, 4],
      [0, 6],
    ].map(([offset, length]) => ({ value: SharedMemory.create(4096).range(offset, length) })),
  ],
  u64list: ({ name }) => [
    ...of('x', {}, null, 5),
    ...[[-1], [1.5], ['x'], [null], Array(1)].map((value) => ({ value, field: `${name}[0]` })),
  ],
  fd: () => [...of(3, 'x', null, undefined, {}), { value: closedFd(), code: 'ERR_VIRGL_CLOSED' }],
  ranges: ({ name, min }) => [
    ...of('x', {}, null, 5, new Uint8Array(4)),
    ...(min > 0 ? of(undefined, []) : []),
    ...lists(name),
    { value: Array(1), field: `${name}[0].memory` },
  ],
  range: ({ name }) => [
    ...badRanges(name),
    ...of([], undefined).map((bad) => ({ ...bad, field: `${name}.memory` })),
  ],
  memory: ({ name, required }) => [
    ...of('x', {}, null, 5, [], new Uint8Array(0), new Float32Array(4), resizable()),
    ...(required === true ? of(undefined) : []),
    ...lists(name),
  ],
  known: () => [],
};

/** Values that a call must refuse for this parameter. */
export const badValues = (param: ParamSpec): BadValue[] => {
  const make = BAD[param.type] as (param: ParamSpec) => BadValue[];
  return make(param);
};
