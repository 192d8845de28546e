// The words of requests that the table describes only by their length: waits for syncs and submits on timelines.
// Facts: virglrenderer vtest/vtest_protocol.h, `struct vcmd_submit_cmd2_batch`.

import { invalidArgument } from '../../protocol/error';
import { SUBMIT_CMD2_BATCH_DWORDS, SUBMIT_CMD2_FLAGS, SYNC_WAIT_FLAGS } from '../commands';
import { bytesOf, halvesOf } from './requests';

/** A sync object and a value of it. */
export interface SyncPoint {
  syncId: number;
  value: number | bigint;
}

/** Arguments of `VtestClient.syncWait`. */
export interface SyncWaitArgs {
  syncs: readonly SyncPoint[];
  /** Whether one of them is enough; default false: all. */
  any?: boolean;
  /** When the server stops looking; left out: never. */
  timeoutMs?: number;
}

/** Commands of one submit, and the syncs that they signal. */
export interface SubmitBatch {
  commands: Uint32Array;
  /** The timeline whose work signals the syncs when it is done; left out: they are signalled at once. */
  ringIndex?: number;
  syncs?: readonly SyncPoint[];
}

/** Servers take anything that is no positive int for "no limit". */
const NO_LIMIT = 0xffffffff;
const MAX_TIMEOUT_MS = 0x7fffffff;
const MAX_RING = 63;

const pointWords = (name: 'SYNC_WAIT' | 'SUBMIT_CMD2', syncs: readonly SyncPoint[]): number[] =>
  syncs.flatMap(({ syncId, value }) => {
    if (!Number.isInteger(syncId) || syncId < 0 || syncId > 0xffffffff)
      throw invalidArgument(name, 'syncId', 'an integer from 0 to 4294967295', syncId);
    const { low, high } = halvesOf(name, 'value', value);
    return [syncId, low, high];
  });

/** What follows the header of SYNC_WAIT. */
export const syncWaitTail = ({ syncs, any = false, timeoutMs }: SyncWaitArgs): Uint8Array => {
  if (
    timeoutMs !== undefined &&
    !(Number.isInteger(timeoutMs) && timeoutMs >= 0 && timeoutMs <= MAX_TIMEOUT_MS)
  )
    throw invalidArgument('SYNC_WAIT', 'timeoutMs', `an integer from 0 to ${MAX_TIMEOUT_MS}`, timeoutMs);
  const flags = any ? SYNC_WAIT_FLAGS.any : 0;
  return bytesOf(Uint32Array.from([flags, timeoutMs ?? NO_LIMIT, ...pointWords('SYNC_WAIT', syncs)]));
};

/** What follows the header of SUBMIT_CMD2: count, headers of the batches, then syncs and commands of each. */
export const submitCmd2Tail = (batches: readonly SubmitBatch[]): Uint8Array => {
  const headerDwords = 1 + batches.length * SUBMIT_CMD2_BATCH_DWORDS.server;
  const syncs = batches.map((batch) => pointWords('SUBMIT_CMD2', batch.syncs ?? []));
  const dataDwords = batches.reduce((sum, { commands }, at) => sum + syncs[at].length + commands.length, 0);
  const words = new Uint32Array(headerDwords + dataDwords);
  words[0] = batches.length;
  let at = headerDwords;
  batches.forEach(({ commands, ringIndex }, index) => {
    if (ringIndex !== undefined && !(Number.isInteger(ringIndex) && ringIndex >= 0 && ringIndex <= MAX_RING))
      throw invalidArgument('SUBMIT_CMD2', 'ringIndex', `an integer from 0 to ${MAX_RING}`, ringIndex);
    const points = syncs[index];
    const syncOffset = at;
    const commandOffset = at + points.length;
    words.set(points, syncOffset);
    words.set(commands, commandOffset);
    at = commandOffset + commands.length;
    const flags = ringIndex === undefined ? 0 : SUBMIT_CMD2_FLAGS.ringIndex;
    const syncCount = (batches[index].syncs ?? []).length;
    words.set(
      [flags, commandOffset, commands.length, syncOffset, syncCount, ringIndex ?? 0],
      1 + index * SUBMIT_CMD2_BATCH_DWORDS.server,
    );
  });
  return bytesOf(words);
};
