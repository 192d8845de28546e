// Commands that submit command streams. Facts: vtest_submit_cmd() and vtest_submit_cmd2_batch() in vtest_renderer.c.

import { invalidArgument, VirglError } from '../../protocol/error';
import { MAX_TIMELINE_COUNT, SUBMIT_CMD2_BATCH_DWORDS, SUBMIT_CMD2_FLAGS } from '../commands';
import type { Handler } from './handler';
import type { SessionState } from './state';
import type { SyncPoint } from './syncs';

const DWORD = Uint32Array.BYTES_PER_ELEMENT;
// `VIRGL_RENDERER_FENCE_FLAG_MERGEABLE`: a later fence may stand for it.
const MERGEABLE = 1;
const POINT_DWORDS = 3;

const submit = (state: SessionState, commands: Uint32Array): void => {
  state.stats.submits += 1;
  state.track(state.host.submitCmd({ contextId: state.contextId, commands }));
};

const submitCmd: Handler = (state, { tailOffset, tailBytes }, buffer) => {
  if (tailBytes > 0) submit(state, buffer.dwords(tailOffset, tailBytes / DWORD));
  state.fences.submitted();
};

interface Batch {
  commands: Uint32Array;
  points: SyncPoint[];
  /** Undefined: the syncs are signalled at once. */
  ringIndex?: number;
  exportsFence: boolean;
}

const inside = (payload: Uint32Array, field: string, offset: number, length: number): void => {
  if (offset + length <= payload.length) return;
  const allowed = `${length} dwords within the ${payload.length} of the request`;
  throw invalidArgument('SUBMIT_CMD2', field, allowed, offset);
};

/** A batch; its data are found by their offsets alone, because Mesa 23.0 to 25.x writes shorter headers than servers read. */
const readBatch = (state: SessionState, payload: Uint32Array, index: number): Batch => {
  const at = 1 + index * SUBMIT_CMD2_BATCH_DWORDS.server;
  const [flags, commandOffset, commandDwords, syncOffset, syncCount, ringIndex] = payload.subarray(
    at,
    at + 6,
  );
  if (ringIndex >= MAX_TIMELINE_COUNT)
    throw invalidArgument('SUBMIT_CMD2', 'ringIdx', `less than ${MAX_TIMELINE_COUNT}`, ringIndex);
  inside(payload, 'cmdOffset', commandOffset, commandDwords);
  inside(payload, 'syncOffset', syncOffset, syncCount * POINT_DWORDS);
  const knowsFds = state.version >= 4;
  const exportsFence = knowsFds && (flags & SUBMIT_CMD2_FLAGS.outFenceFd) !== 0;
  const onRing = (flags & SUBMIT_CMD2_FLAGS.ringIndex) !== 0;
  // The C server asserts it; without an answer the client would wait for ever.
  if (exportsFence && !onRing)
    throw invalidArgument('SUBMIT_CMD2', 'flags', 'RING_IDX beside OUT_FENCE_FD', flags);
  if (knowsFds && (flags & SUBMIT_CMD2_FLAGS.inFenceFd) !== 0) {
    throw new VirglError('ERR_VIRGL_UNSUPPORTED', 'SUBMIT_CMD2: this server takes no fences from clients', {
      operation: 'SUBMIT_CMD2',
      field: 'flags',
      value: flags,
    });
  }
  const points = Array.from({ length: syncCount }, (_, point) =>
    state.syncs.point('SUBMIT_CMD2', payload, syncOffset + point * POINT_DWORDS),
  );
  return {
    commands: payload.subarray(commandOffset, commandOffset + commandDwords),
    points,
    ringIndex: onRing ? ringIndex : undefined,
    exportsFence,
  };
};

const readBatches = (state: SessionState, payload: Uint32Array): Batch[] => {
  const { server, packed } = SUBMIT_CMD2_BATCH_DWORDS;
  const count = payload[0];
  const room = payload.length - 1 >= packed ? 1 + Math.floor((payload.length - 1 - packed) / server) : 0;
  if (payload.length === 0 || count > room)
    throw invalidArgument('SUBMIT_CMD2', 'batchCount', `at most ${room} in this length`, count ?? 'nothing');
  return Array.from({ length: count }, (_, index) => readBatch(state, payload, index));
};

const runBatch = async (state: SessionState, batch: Batch): Promise<void> => {
  const { commands, points, ringIndex, exportsFence } = batch;
  const { host, contextId, syncs } = state;
  if (commands.length > 0) submit(state, commands);
  if (ringIndex === undefined) {
    syncs.signal(points);
    return;
  }
  const fenceId = state.nextFenceId(ringIndex);
  const reached = host.contextCreateFence({ contextId, ringIndex, flags: MERGEABLE, fenceId });
  state.await(reached.then(() => syncs.signal(points)));
  if (!exportsFence) return;
  using fd = await host.exportFence({ fenceId });
  await state.peer.sendFd(fd);
};

const submitCmd2: Handler = async (state, { tailOffset, tailBytes }, buffer) => {
  // All of it is looked at before any of it is done.
  const batches = readBatches(state, buffer.dwords(tailOffset, tailBytes / DWORD));
  for (const batch of batches) await runBatch(state, batch);
  // The commands are in the buffer; on a render thread they were copied.
  await state.settled();
};

/** By command. */
export const SUBMIT_HANDLERS = {
  SUBMIT_CMD: submitCmd,
  SUBMIT_CMD2: submitCmd2,
} as const satisfies Record<string, Handler>;
