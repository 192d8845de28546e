// Arguments that pass every check of a call, so that a test can spoil one of them.

import fs from 'node:fs';
import { FileDescriptor, HOST_CALLS, type HostCallName, type ParamSpec, SharedMemory } from '../../lib/host';
import { LIVE } from './bad-values';

const FREE = 900;

type Spec<Type extends ParamSpec['type']> = Extract<ParamSpec, { type: Type }>;

const GOOD: { [Type in ParamSpec['type']]?: (param: Spec<Type>) => unknown } = {
  u32: ({ min = 1, default: chosen = min }) => chosen,
  i32: ({ min = 0 }) => min,
  u64: ({ min = 1n }) => min,
  context: () => LIVE,
  resource: () => LIVE,
  newContext: () => FREE,
  newResource: () => FREE,
  box: () => ({ x: 0, y: 0, z: 0, w: 1, h: 1, d: 1 }),
  commands: () => new Uint32Array(0),
  fd: () => FileDescriptor.adopt(fs.openSync('/dev/null', 'r')),
  ranges: ({ min }) => (min === 0 ? [] : [SharedMemory.create(4096).range()]),
  range: () => SharedMemory.create(4096).range(),
  memory: () => new Uint8Array(64),
};

/** Arguments of a call; what has a default is left out. */
export const goodArguments = (name: HostCallName): Record<string, unknown> => {
  const args: Record<string, unknown> = {};
  for (const param of HOST_CALLS[name].params) {
    const make = GOOD[param.type] as ((param: ParamSpec) => unknown) | undefined;
    if (make !== undefined) args[param.name] = make(param);
  }
  return args;
};
