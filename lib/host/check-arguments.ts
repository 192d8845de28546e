// Checks a call's arguments against the call table and fills in defaults.

import { invalidArgument, VirglError } from '../protocol/error';
import { nearestName } from '../protocol/nearest-name';
import { type CheckedArguments, HOST_CALL_NAMES, HOST_CALLS, MAX_ID, type ParamSpec } from './call-table';
import { checkRules } from './check-rules';
import { FileDescriptor } from './file-descriptor';
import type { HostLedger } from './ledger';
import type { Box, HostCallName } from './render-host';
import {
  checkRange,
  copyOfGood,
  isLasting,
  type MemoryRange,
  notLasting,
  sharedMemoryOf,
} from './shared-memory';

/** Where a value stands, for its error. */
interface Place {
  operation: HostCallName;
  ledger: HostLedger;
  /** The other arguments. */
  args: Readonly<Record<string, unknown>>;
}

const U32_MAX = 0xffffffff;
const I32_MAX = 0x7fffffff;
const encoder = new TextEncoder();

/** Only what is left out gets the default: null is a value like any other. */
const or = (value: unknown, fallback: unknown): unknown => (value === undefined ? fallback : value);

const checkInteger = (operation: string, field: string, value: unknown, min: number, max: number): number => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw invalidArgument(operation, field, `an integer from ${min} to ${max}`, value);
  }
  return value;
};

const checkU64 = (operation: string, field: string, value: unknown, min: bigint): bigint => {
  const big = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof big !== 'bigint' || big < min || big > 0xffffffffffffffffn) {
    throw invalidArgument(operation, field, `an integer from ${min} to 2^64-1`, value);
  }
  return big;
};

const checkFree = (
  place: Place,
  field: string,
  value: unknown,
  taken: { has(id: number): boolean },
): number => {
  const id = checkInteger(place.operation, field, value, 1, MAX_ID);
  if (taken.has(id)) {
    throw new VirglError(
      'ERR_VIRGL_DUPLICATE_HANDLE',
      `${place.operation}: ${field} ${id} is already in use`,
      {
        operation: place.operation,
        field,
        value: id,
      },
    );
  }
  return id;
};

const checkRanges = (operation: string, field: string, value: unknown, min: number): MemoryRange[] => {
  if (!Array.isArray(value) || value.length < min) {
    throw invalidArgument(operation, field, `an array of at least ${min} MemoryRange`, value);
  }
  const ranges: MemoryRange[] = [];
  for (const range of value) {
    // The name of its place is only needed where it is wrong, and this is done for every transfer.
    ranges.push(copyOfGood(range) ?? checkRange(operation, `${field}[${ranges.length}]`, range));
  }
  return ranges;
};

// Memory that virglrenderer keeps for longer than the call.
const checkBacking = (operation: string, field: string, value: unknown, min: number): MemoryRange[] => {
  const ranges = checkRanges(operation, field, value, min);
  ranges.forEach((range, index) => {
    if (!isLasting(range)) throw notLasting(operation, `${field}[${index}]`, range);
  });
  return ranges;
};

// Bytes that the render thread will use where they are.
const checkView = (operation: string, field: string, view: Uint8Array): Uint8Array | MemoryRange[] => {
  if (view.byteLength === 0) throw invalidArgument(operation, field, 'a Uint8Array that is not empty', view);
  // Its owner may close it before the call is executed; lent as a range it stays mapped until then.
  const memory = sharedMemoryOf(view);
  if (memory !== undefined) return [memory.range(view.byteOffset, view.byteLength)];
  // Typed since ES2024.
  const { resizable } = view.buffer as { resizable?: boolean };
  if (resizable === true)
    throw invalidArgument(operation, field, 'a Uint8Array on a buffer of fixed length', view);
  return view;
};

// Unsigned in the header, but the library reads them as int, and not all are checked for being negative.
const checkSide = (operation: string, name: string, field: keyof Box, value: number): number =>
  Number.isInteger(value) && value >= 0 && value <= I32_MAX
    ? value
    : checkInteger(operation, `${name}.${field}`, value, 0, I32_MAX);

type Check<Type extends ParamSpec['type']> = (
  param: Extract<ParamSpec, { type: Type }>,
  value: unknown,
  place: Place,
) => unknown;

const CHECKS: { [Type in ParamSpec['type']]: Check<Type> } = {
  u32: (param, value, { operation }) =>
    checkInteger(operation, param.name, or(value, param.default), param.min ?? 0, param.max ?? U32_MAX),
  i32: (param, value, { operation }) =>
    checkInteger(
      operation,
      param.name,
      or(value, param.default),
      param.min ?? -0x80000000,
      param.max ?? 0x7fffffff,
    ),
  u64: (param, value, { operation }) =>
    checkU64(operation, param.name, or(value, param.default), param.min ?? 0n),
  boolean: (param, value, { operation }) => {
    const given = or(value, param.default);
    if (typeof given !== 'boolean') throw invalidArgument(operation, param.name, 'a boolean', value);
    return given;
  },
  text: (param, value, { operation }) => {
    const given = or(value, param.default);
    if (typeof given !== 'string' || given.includes('\0') || encoder.encode(given).length > param.maxBytes) {
      throw invalidArgument(
        operation,
        param.name,
        `a string of at most ${param.maxBytes} bytes without NUL`,
        value,
      );
    }
    return encoder.encode(given);
  },
  context: (param, value, { operation, ledger }) => {
    const id = checkInteger(
      operation,
      param.name,
      param.zero ? or(value, 0) : value,
      param.zero ? 0 : 1,
      MAX_ID,
    );
    if (id !== 0) ledger.context(operation, id);
    return id;
  },
  resource: (param, value, { operation, ledger }) => {
    const id = checkInteger(operation, param.name, value, 1, MAX_ID);
    ledger.resource(operation, id);
    return id;
  },
  newContext: (param, value, place) => checkFree(place, param.name, value, place.ledger.contexts),
  newResource: (param, value, place) => checkFree(place, param.name, value, place.ledger.resources),
  box: (param, value, { operation }) => {
    if (value === null || typeof value !== 'object') {
      throw invalidArgument(operation, param.name, 'a box {x, y, z, w, h, d}', value);
    }
    const { name } = param;
    const box = value as Box;
    const side = (field: keyof Box): number => checkSide(operation, name, field, box[field]);
    return { x: side('x'), y: side('y'), z: side('z'), w: side('w'), h: side('h'), d: side('d') };
  },
  commands: (param, value, { operation }) => checkCommands(operation, param.name, value),
  u64list: (param, value, { operation }) => {
    const list = or(value, []);
    if (!Array.isArray(list)) throw invalidArgument(operation, param.name, 'an array of integers', value);
    return Array.from(list, (entry, index) => checkU64(operation, `${param.name}[${index}]`, entry, 0n));
  },
  fd: (param, value, { operation }) => {
    if (!(value instanceof FileDescriptor))
      throw invalidArgument(operation, param.name, 'a FileDescriptor', value);
    if (value.closed)
      throw new VirglError('ERR_VIRGL_CLOSED', `${operation}: ${param.name} is closed`, {
        operation,
        field: param.name,
      });
    return value;
  },
  ranges: (param, value, { operation }) =>
    checkBacking(operation, param.name, param.min === 0 ? or(value, []) : value, param.min),
  range: (param, value, { operation }) => {
    const range = checkRange(operation, param.name, value);
    if (!isLasting(range)) throw notLasting(operation, param.name, range);
    return range;
  },
  memory: (param, value, { operation }) => {
    if (value === undefined && !param.required) return [];
    if (value instanceof Uint8Array) return checkView(operation, param.name, value);
    if (!Array.isArray(value))
      throw invalidArgument(operation, param.name, 'a Uint8Array or MemoryRange[]', value);
    return checkRanges(operation, param.name, value, 1);
  },
  known: (param, _value, { operation, ledger, args }) =>
    ledger.known(operation, Number(args.resourceId), param.of),
};

const WHOLE_DWORDS = 'a Uint32Array, or a Uint8Array or MemoryRange of whole dwords';

const isRange = (value: unknown): boolean => value !== null && typeof value === 'object' && 'memory' in value;

/** Throws unless `value` is whole dwords, and aligned where they are used in place. */
const checkCommands = (operation: string, field: string, value: unknown): Uint32Array | MemoryRange => {
  if (value instanceof Uint32Array) return value;
  if (isRange(value)) {
    const range = checkRange(operation, field, value);
    const wholeDwords = range.offsetBytes % 4 === 0 && range.lengthBytes % 4 === 0;
    if (!wholeDwords) throw invalidArgument(operation, field, WHOLE_DWORDS, value);
    return range;
  }
  if (!(value instanceof Uint8Array) || value.byteLength % 4 !== 0) {
    throw invalidArgument(operation, field, WHOLE_DWORDS, value);
  }
  return value.byteOffset % 4 === 0
    ? new Uint32Array(value.buffer, value.byteOffset, value.byteLength / 4)
    : new Uint32Array(value.slice().buffer);
};

/** The names of each call's arguments. */
const PARAM_NAMES = new Map<string, ReadonlySet<string>>(
  HOST_CALL_NAMES.map((operation) => {
    const given = HOST_CALLS[operation].params.filter(({ type }) => type !== 'known');
    return [operation, new Set(given.map(({ name }) => name))];
  }),
);

const rejectUnknownKeys = (operation: HostCallName, args: object): void => {
  const names = PARAM_NAMES.get(operation);
  for (const key of Object.keys(args)) {
    if (names?.has(key) === true) continue;
    const known = [...(names ?? [])];
    const near = nearestName(key, known);
    const hint = near === undefined ? `it takes ${known.join(', ') || 'none'}` : `did you mean ${near}?`;
    throw new VirglError(
      'ERR_VIRGL_ARGUMENT',
      `${operation}: unknown argument ${JSON.stringify(key)}; ${hint}`,
      {
        operation,
        field: key,
        value: (args as Record<string, unknown>)[key],
      },
    );
  }
};

/**
 * Checks every argument of a call.
 * @param chosen what the host chooses for arguments that are left out
 * @throws VirglError naming the call, the field and the value
 */
export const checkArguments = (
  operation: HostCallName,
  given: unknown,
  ledger: HostLedger,
  chosen: Readonly<Record<string, unknown>> = {},
): CheckedArguments => {
  const args = given ?? {};
  if (typeof args !== 'object') throw invalidArgument(operation, 'args', 'an object', given);
  rejectUnknownKeys(operation, args);
  const place: Place = { operation, ledger, args: args as Record<string, unknown> };
  const checked: CheckedArguments = {};
  for (const param of HOST_CALLS[operation].params) {
    const check = CHECKS[param.type] as Check<typeof param.type>;
    checked[param.name] = check(param as never, or(place.args[param.name], chosen[param.name]), place);
  }
  checkRules(operation, checked, ledger);
  return checked;
};
