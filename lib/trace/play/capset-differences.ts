// In what the capability sets of two hosts differ, by the names of fields, bits and formats.

import { type Capset, decodeCapset } from '../../protocol';

const named = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

const compareNames = (
  what: string,
  recorded: Iterable<string>,
  own: Iterable<string>,
  lines: string[],
): void => {
  const [then, now] = [new Set(recorded), new Set(own)];
  const missing = [...then].filter((name) => !now.has(name));
  const added = [...now].filter((name) => !then.has(name));
  if (missing.length > 0) lines.push(`${what}: this host lacks ${missing.join(', ')}`);
  if (added.length > 0) lines.push(`${what}: only this host has ${added.join(', ')}`);
};

/** Bits that have names of their own. */
const SPELT_OUT = new Set(['capabilityBits', 'capabilityBitsV2', 'bset', 'primMask']);

const compareFields = (recorded: Capset, own: Capset, lines: string[]): void => {
  const [then, now] = [recorded.fields, own.fields] as [Record<string, unknown>, Record<string, unknown>];
  for (const name of new Set([...Object.keys(then), ...Object.keys(now)])) {
    const [was, is] = [then[name], now[name]];
    if (SPELT_OUT.has(name)) continue;
    if (was instanceof Set && is instanceof Set)
      compareNames(name, was as Set<string>, is as Set<string>, lines);
    else if (named(was) !== named(is)) lines.push(`${name}: recorded ${named(was)}, this host ${named(is)}`);
  }
};

/**
 * A line for each difference.
 * @param recorded the set of the host that was recorded
 * @param own the set of the host that plays
 */
export const capsetDifferences = (capsetId: number, recorded: Uint8Array, own: Uint8Array): string[] => {
  if (Buffer.compare(recorded, own) === 0) return [];
  const lines: string[] = [];
  try {
    const [then, now] = [decodeCapset(capsetId, recorded), decodeCapset(capsetId, own)];
    compareFields(then, now, lines);
    compareNames('capability bits', then.capabilityBits, now.capabilityBits, lines);
    compareNames('features', then.features, now.features, lines);
    compareNames('primitives', then.primitives, now.primitives, lines);
  } catch {
    lines.push(`its ${recorded.length} bytes are others here, of which there are ${own.length}`);
  }
  return lines.map((line) => `capset ${capsetId}: ${line}`);
};
