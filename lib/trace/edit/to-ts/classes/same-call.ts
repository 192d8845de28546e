// When two calls are the same call to virglrenderer: what is left out has its default, by the call table.

import { HOST_CALLS, type HostCallName, type ParamSpec } from '../../../../host';

const defaultOf = (param: ParamSpec): unknown => {
  if ('default' in param) return param.default;
  return param.type === 'ranges' && param.min === 0 ? [] : undefined;
};

/** Arguments of a call with the defaults of what was left out. */
export const completeArgs = (name: HostCallName, args: unknown): Readonly<Record<string, unknown>> => {
  const given = (args ?? {}) as Readonly<Record<string, unknown>>;
  const complete: Record<string, unknown> = { ...given };
  for (const param of HOST_CALLS[name].params) {
    const value = given[param.name] ?? defaultOf(param);
    complete[param.name] = param.type === 'u64' && typeof value === 'number' ? BigInt(value) : value;
  }
  return complete;
};

const isSameView = (a: Uint8Array | Uint32Array, b: unknown): boolean =>
  b?.constructor === a.constructor &&
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(
    Buffer.from((b as Uint8Array).buffer, (b as Uint8Array).byteOffset, (b as Uint8Array).byteLength),
  );

const isSame = (a: unknown, b: unknown): boolean => {
  if (a instanceof Uint8Array || a instanceof Uint32Array) return isSameView(a, b);
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return Object.is(a, b);
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) =>
    isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
};

/** Whether two calls say the same. */
export const isSameCall = (
  a: { readonly name: HostCallName; readonly args: unknown },
  b: { readonly name: HostCallName; readonly args: unknown },
): boolean => a.name === b.name && isSame(completeArgs(a.name, a.args), completeArgs(b.name, b.args));
