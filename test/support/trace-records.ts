// Records that are kept: recorders may use their bytes again.

import type { TraceRecord } from '../../lib/trace/model';

/** A record whose bytes are its own. */
export const ownRecord = (record: TraceRecord): TraceRecord => {
  const own = (value: unknown): unknown => {
    if (value instanceof Uint8Array || value instanceof Uint32Array) return value.slice();
    if (Array.isArray(value)) return value.map(own);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, own(item)]));
    return value;
  };
  return own(record) as TraceRecord;
};
