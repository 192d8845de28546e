// What one client may use.

import { invalidArgument } from '../../protocol/error';

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

/**
 * Limits with their defaults.
 * @throws VirglError `ERR_VIRGL_ARGUMENT`
 */
export const checkLimits = (operation: string, given: Partial<SessionLimits> = {}): SessionLimits => {
  const limits = { ...DEFAULT_LIMITS };
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof SessionLimits)[]) {
    const value = given[name];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 1)
      throw invalidArgument(operation, name, 'a number of bytes', value);
    limits[name] = value;
  }
  return limits;
};
