// The arguments of a recorded call as a host takes them again.

import {
  type HostCallArgs,
  HOST_CALLS,
  type HostCallName,
  HOST_CALL_NAMES,
  type MemoryRange,
} from '../../host';
import { VirglError } from '../../protocol/error';
import type { CallRecord, TraceRange } from '../model';

/** What a player does about a call. */
export type CallPolicy = 'play' | 'skip' | 'refuse';

/** Calls that answer with descriptors, for whoever asked then. */
const ANSWERED_BY_DESCRIPTORS: readonly HostCallName[] = [
  'contextGetPollFd',
  'exportFence',
  'exportSignalledFence',
  'getDevFd',
  'getFdForTexture',
  'getFdForTexture2',
  'getFenceFd',
  'getPollFd',
  'resourceExportBlob',
  'resourceExportQuery',
  'resourceGetInfo',
  'resourceGetInfoExt',
];
/** Calls that change nothing: a host that hasn't got them can do without. */
const QUESTIONS: ReadonlySet<HostCallName> = new Set([
  'contextPoll',
  'forceCtx0',
  'getCapSet',
  'getCursorData',
  'getRect',
  'poll',
  'resourceGetMapInfo',
  'supportedStructures',
]);
const SKIPPED: ReadonlySet<HostCallName> = new Set(ANSWERED_BY_DESCRIPTORS);
const REFUSED: ReadonlySet<HostCallName> = new Set(
  HOST_CALL_NAMES.filter((name) => HOST_CALLS[name].params.some(({ type }) => type === 'fd')),
);
const RANGE_NAMES = ['memoryId', 'offsetBytes', 'lengthBytes'];

/** What to do about a call on a host that has it or not. */
export const policyOf = (name: HostCallName, hasCall: boolean): CallPolicy => {
  if (SKIPPED.has(name)) return 'skip';
  if (REFUSED.has(name)) return 'refuse';
  if (hasCall) return 'play';
  return QUESTIONS.has(name) ? 'skip' : 'refuse';
};

/** The error about a call that can't be played. */
export const refusedCall = (name: HostCallName, number: number): VirglError => {
  const why = REFUSED.has(name)
    ? 'it took a descriptor, which a trace can not hold'
    : 'this host can not do it';
  return new VirglError('ERR_VIRGL_UNSUPPORTED', `play: call ${number}, ${name}: ${why}`, {
    operation: name,
  });
};

const isRange = (value: unknown): value is TraceRange =>
  typeof value === 'object' && value !== null && RANGE_NAMES.every((key) => key in value);

/** The arguments for a host. What a read fills is new, and what a write sends is copied: it is used until the call settles. */
export const playedArgs = (
  { name, args }: CallRecord,
  rangeOf: (range: TraceRange) => MemoryRange,
): HostCallArgs<HostCallName> => {
  if (args === undefined) return undefined as HostCallArgs<HostCallName>;
  const played: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(args as unknown as Record<string, unknown>)) {
    // Fences are not asked for by their ids here, and each host counts its own.
    if (key === 'fenceId') continue;
    if (isRange(value)) played[key] = rangeOf(value);
    else if (Array.isArray(value) && value.some(isRange)) played[key] = (value as TraceRange[]).map(rangeOf);
    else if (key === 'into' && value instanceof Uint8Array) played[key] = new Uint8Array(value.byteLength);
    else if (key === 'from' && value instanceof Uint8Array) played[key] = value.slice();
    // Fences that it waited for had ids of their own.
    else if (name === 'submitCmd2' && key === 'inFenceIds') continue;
    else played[key] = value;
  }
  return played as unknown as HostCallArgs<HostCallName>;
};
