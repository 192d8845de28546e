// What one viewer may use.

import { checkKeys } from '../../protocol/check-keys';
import { invalidArgument } from '../../protocol/error';
import type { RfbLimits } from './options';

const DEFAULTS: RfbLimits = {
  handshakeTimeoutMs: 10_000,
  maxClipboardBytes: 1024 * 1024,
  maxFramesPerSecond: 60,
  stallTimeoutMs: 60_000,
};

/** The least and the most that each may be: timers have 31 bits. */
const RANGES: Readonly<Record<keyof RfbLimits, readonly [number, number]>> = {
  handshakeTimeoutMs: [1, 0x7fffffff],
  maxClipboardBytes: [0, 256 * 1024 * 1024],
  maxFramesPerSecond: [1, 1000],
  stallTimeoutMs: [1, 0x7fffffff],
};

/**
 * Limits with their defaults.
 * @throws VirglError `ERR_VIRGL_ARGUMENT`
 */
export const checkRfbLimits = (operation: string, limits: Partial<RfbLimits> = {}): RfbLimits => {
  const names = Object.keys(DEFAULTS) as (keyof RfbLimits)[];
  checkKeys(operation, 'limits', limits, names);
  const checked = { ...DEFAULTS };
  for (const name of names) {
    const value = limits[name];
    if (value === undefined) continue;
    const [least, most] = RANGES[name];
    if (!Number.isInteger(value) || value < least || value > most)
      throw invalidArgument(operation, `limits.${name}`, `an integer from ${least} to ${most}`, value);
    checked[name] = value;
  }
  return checked;
};
