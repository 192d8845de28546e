// The arguments of a host call as a trace keeps them: shared memory by its number, no descriptors, and of arrays that are to be filled
// only how long they are. Which arguments those are, the call table says.

import { HOST_CALLS, type HostCallName, HOST_CALL_NAMES, type MemoryRange, type ParamSpec } from '../../host';
import type { TraceArgs, TraceRange } from '../model';

type Convert = (value: unknown, nameOf: (range: MemoryRange) => TraceRange) => unknown;

const ranges: Convert = (value, nameOf) => (value as readonly MemoryRange[]).map(nameOf);

/** Zeroes to say how long an array is that is still to be filled. */
let zeroes = new Uint8Array(0);
const zeroesOf = (length: number): Uint8Array => {
  if (zeroes.length < length) zeroes = new Uint8Array(length);
  return zeroes.subarray(0, length);
};

const CONVERSIONS: { readonly [Type in ParamSpec['type']]?: Convert } = {
  fd: () => undefined,
  ranges,
  range: (value, nameOf) => nameOf(value as MemoryRange),
  commands: (value, nameOf) => (ArrayBuffer.isView(value) ? value : nameOf(value as MemoryRange)),
  memory: (value, nameOf) => (ArrayBuffer.isView(value) ? value : ranges(value, nameOf)),
};
const into: Convert = (value, nameOf) =>
  ArrayBuffer.isView(value) ? zeroesOf(value.byteLength) : ranges(value, nameOf);

/** By call: the arguments that are not kept as they are. */
const CONVERTED = new Map(
  HOST_CALL_NAMES.map((name) => {
    const conversions = HOST_CALLS[name].params.flatMap((param): [string, Convert][] => {
      const convert = param.name === 'into' ? into : CONVERSIONS[param.type];
      return convert === undefined ? [] : [[param.name, convert]];
    });
    return [name, conversions];
  }),
);

/** What a trace keeps of the arguments of a call. */
export const recordedArgs = (
  name: HostCallName,
  given: object | undefined,
  nameOf: (range: MemoryRange) => TraceRange,
): TraceArgs => {
  const conversions = CONVERTED.get(name) ?? [];
  if (given === undefined || conversions.length === 0) return given as TraceArgs;
  const args = { ...given } as Record<string, unknown>;
  for (const [key, convert] of conversions) {
    if (args[key] === undefined) continue;
    const value = convert(args[key], nameOf);
    if (value === undefined) delete args[key];
    else args[key] = value;
  }
  return args as unknown as TraceArgs;
};
