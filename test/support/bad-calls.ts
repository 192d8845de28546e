// Every way to call a host wrongly that the call table knows of.

import { HOST_CALLS, HOST_CALL_NAMES, type HostCallName, type RenderHost } from '../../lib/host';
import { type BadValue, badValues } from './bad-values';
import { goodArguments } from './good-arguments';

type AnyCall = (args?: unknown) => Promise<unknown>;

/** Makes a call whatever the types say. */
export const callHost = (host: RenderHost, name: HostCallName, args?: unknown): Promise<unknown> =>
  (host[name] as AnyCall)(args);

const describeValue = (value: unknown): string =>
  value === null || typeof value !== 'object'
    ? String(value)
    : `${value.constructor.name} ${JSON.stringify(value)}`;

/** Makes the call and describes how it ended: it must reject with what is said of the bad value. */
const tryBad = async (
  host: RenderHost,
  name: HostCallName,
  param: string,
  bad: BadValue,
): Promise<string[]> => {
  const { value, code = 'ERR_VIRGL_ARGUMENT', field = param } = bad;
  const wanted = `${code} for ${field} of ${name}`;
  let outcome: string;
  try {
    await callHost(host, name, { ...goodArguments(name), [param]: value });
    outcome = 'resolved';
  } catch (reason) {
    const error = reason as { name: string; code: string; field: string; operation: string };
    outcome = `${error.code} for ${error.field} of ${error.operation}`;
  }
  return outcome === wanted ? [] : [`${param} = ${describeValue(value)}: expected ${wanted}, got ${outcome}`];
};

/** Calls with one bad value each; returns those that were not refused as they should. */
export const refusedWrongly = async (host: RenderHost, name: HostCallName): Promise<string[]> => {
  const outcomes: string[] = [];
  for (const param of HOST_CALLS[name].params)
    for (const bad of badValues(param)) outcomes.push(...(await tryBad(host, name, param.name, bad)));
  return outcomes;
};

/** The names of calls, with a misspelled argument of each: `[name, misspelled, what the error must say]`. */
export const misspelled = HOST_CALL_NAMES.map((name): [HostCallName, string, string] => {
  const first = HOST_CALLS[name].params.find(({ type }) => type !== 'known');
  return first === undefined
    ? [name, 'nothing', 'it takes none']
    : [name, first.name.slice(0, -1), `did you mean ${first.name}?`];
});
