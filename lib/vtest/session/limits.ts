// What one client may use.

import { invalidArgument } from '../../protocol/error';
import { checkKeys } from '../../protocol/check-keys';

/** Limits on one client of a server. */
export interface SessionLimits {
  /** Longest request, and longest reply that a client may ask for. Default 256 MiB. */
  maxRequestBytes: number;
  /** Estimated size of all resources, shared memory included. Default 4 GiB. */
  maxMemoryBytes: number;
}

const MIB = 1024 * 1024;

/** What a client may use where nobody says otherwise. */
export const DEFAULT_LIMITS: Readonly<SessionLimits> = {
  maxRequestBytes: 256 * MIB,
  maxMemoryBytes: 4096 * MIB,
};

const NAMES = Object.keys(DEFAULT_LIMITS) as (keyof SessionLimits)[];

/**
 * Limits with their defaults.
 * @throws VirglError `ERR_VIRGL_ARGUMENT`
 */
export const checkLimits = (operation: string, given: Partial<SessionLimits> = {}): SessionLimits => {
  checkKeys(operation, 'limits', given, NAMES);
  const limits = { ...DEFAULT_LIMITS };
  for (const name of NAMES) {
    const value = given[name];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 1)
      throw invalidArgument(operation, `limits.${name}`, 'a number of bytes', value);
    limits[name] = value;
  }
  return limits;
};
