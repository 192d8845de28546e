// Copies between memory and resources: those that are asked for by calls, and those by commands of a stream.

import type { Box, HostCallName, MemoryRange } from '../../host';
import type { CheckedArguments } from '../../host/call-table';
import { refusal } from './errors';
import { tightPlacement } from './layout';
import { gather, scatter, Spans } from './memory';
import type { HostResource } from './resource';
import type { HostState } from './state';
import type { Transfer } from './transfers';

/** Copies inside of this process, for buffers that live in their backing. */
const moveLocally = async (transfer: Transfer, direction: 'in' | 'out'): Promise<void> => {
  const { resource, region, placement, memory } = transfer;
  const spans = resource.backing?.spans;
  if (spans === undefined) return;
  const extent = resource.layout.extent(region);
  const bytes = new Uint8Array(extent.rowBytes);
  const tight = tightPlacement(extent);
  const at = tightPlacement(extent, region.box.x);
  const [from, to] = [
    { memory, at: placement },
    { memory: spans, at },
  ];
  if (direction === 'in') {
    gather(extent, from, bytes, tight);
    scatter(extent, bytes, tight, to);
  } else {
    gather(extent, to, bytes, tight);
    scatter(extent, bytes, tight, from);
  }
};

const livesHere = ({ resource }: Transfer): boolean =>
  resource.livesInBacking && resource.backing !== undefined;

const checkMade = ({ resource }: Transfer): void => {
  if (resource.failure !== undefined) throw resource.failure;
};

/** Copies memory into a resource; `source` is whose backing the memory is. */
export const moveIn = (state: HostState, transfer: Transfer, source?: HostResource): Promise<void> =>
  state.steps.push({
    waits: () => !transfer.resource.isReady || livesHere(transfer) || (source?.arriving ?? 0) > 0,
    run: async () => {
      checkMade(transfer);
      await (livesHere(transfer) ? moveLocally(transfer, 'in') : state.transfers.write(transfer));
    },
  });

/** Copies a resource into memory; `target` is whose backing the memory is. */
export const moveOut = (state: HostState, transfer: Transfer, target?: HostResource): Promise<void> =>
  state.steps.push({
    waits: () => !transfer.resource.isReady || livesHere(transfer),
    run: async () => {
      checkMade(transfer);
      const read = (): Promise<void> => state.transfers.read(transfer);
      if (livesHere(transfer)) await moveLocally(transfer, 'out');
      else await (target === undefined ? read() : target.arrive(read));
    },
  });

/** What a call asks to be moved. */
const transferOf = (
  state: HostState,
  name: HostCallName,
  args: CheckedArguments,
  given: Uint8Array | readonly MemoryRange[],
): { transfer: Transfer; backing: HostResource | undefined } => {
  const { contextId, resourceId, level, box, stride, layerStride, offset } = args as {
    contextId: number;
    resourceId: number;
    level: number;
    box: Box;
    stride: number;
    layerStride: number;
    offset: bigint;
  };
  // The ledger has checked that both exist.
  const resource = state.resources.get(resourceId) as HostResource;
  if (contextId !== 0 && state.contexts.get(contextId)?.attached.has(resourceId) !== true)
    throw refusal(name, args, `resource ${resourceId} is not attached to context ${contextId}`);
  const isBacking = given.length === 0;
  const isMissing = resource.backing === undefined && (isBacking || resource.isStaging);
  if (isMissing) throw refusal(name, args, `resource ${resourceId} has no backing`);
  const memory = isBacking && resource.backing !== undefined ? resource.backing.spans : Spans.of(given);
  const region = resource.layout.normalize({ level, box });
  const at = { offset: Number(offset), stride, layerStride };
  const fault = resource.layout.fault(region, at, memory.byteLength);
  if (fault !== undefined) throw refusal(name, args, fault);
  const transfer = { resource, region, placement: resource.layout.placement(region, at), memory };
  return { transfer, backing: isBacking ? resource : undefined };
};

/** transferWriteIov. */
export const transferWrite = (state: HostState, args: CheckedArguments): Promise<void> => {
  const from = args.from as Uint8Array | readonly MemoryRange[];
  const { transfer, backing } = transferOf(state, 'transferWriteIov', args, from);
  return moveIn(state, transfer, backing);
};

/** transferReadIov. */
export const transferRead = (state: HostState, args: CheckedArguments): Promise<void> => {
  const into = args.into as Uint8Array | readonly MemoryRange[];
  const { transfer, backing } = transferOf(state, 'transferReadIov', args, into);
  return moveOut(state, transfer, backing);
};
