// Results of queries: virglrenderer writes them to the backing of a buffer, on the server, sooner or later. They are fetched
// when somebody polls or has waited for a fence.

import { QueryState } from '../../protocol';
import { Spans } from './memory';
import type { HostResource } from './resource';
import type { HostState } from './state';
import type { Transfer } from './transfers';

/** Bytes of `struct virgl_host_query_state` in virgl_hw.h, and where its state stands. */
const RESULT_BYTES = 16;
const RESULT_STATE_OFFSET = 0;

/** A copy between a buffer of a query's result and memory. */
const resultTransfer = (resource: HostResource, memory: Spans): Transfer => {
  const w = Math.min(RESULT_BYTES, resource.args.width, memory.byteLength);
  const region = { level: 0, box: { x: 0, y: 0, z: 0, w, h: 1, d: 1 } };
  return { resource, region, placement: { offset: 0, stride: w, layerStride: w }, memory };
};

/** The state that the caller has put into the buffer of a result, which tells whether the result has come. */
export const sendResultState = (state: HostState, resource: HostResource): Promise<void> => {
  // The plan has only those with a backing.
  const spans = resource.backing?.spans ?? new Spans([]);
  return state.steps.push({
    waits: () => resource.arriving > 0,
    run: () => state.transfers.write(resultTransfer(resource, spans)),
  });
};

/** Looks for results of queries that were asked for. */
export const fetchResults = (state: HostState): Promise<void>[] =>
  [...state.results].map(([resource, submitted]) =>
    state.steps.push({
      waits: () => resource.arriving > 0,
      run: () => fetchResult(state, resource, submitted),
    }),
  );

const fetchResult = (state: HostState, resource: HostResource, submitted: symbol): Promise<void> =>
  resource.arrive(async () => {
    const bytes = new Uint8Array(RESULT_BYTES);
    await state.transfers.read(resultTransfer(resource, new Spans([bytes], true)));
    const resultState = new DataView(bytes.buffer).getUint32(RESULT_STATE_OFFSET, true);
    if (resultState !== QueryState.DONE || state.results.get(resource) !== submitted) return;
    state.results.delete(resource);
    const spans = resource.backing?.spans;
    spans?.write(0, bytes.subarray(0, Math.min(RESULT_BYTES, spans.byteLength)));
  });
