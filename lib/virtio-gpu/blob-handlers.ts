// Commands about blobs: memory of the guest or of the host that is nothing but bytes until somebody says how to read it.

import { mapBlob, unmapBlob } from './blob-mapping';
import type { CommandFields } from './commands';
import type { DeviceState } from './device-state';
import { CommandFault, invalidParameter } from './faults';
import { Backing } from './guest-memory';
import { answer, type Handlers, orUndo, type ReceivedCommand } from './handler';
import type { HostVisibleWindow } from './host-window';
import { decodeEntries } from './messages';
import { BLOB_FLAGS, BLOB_MEM, type GpuResource, type ResourceDescription } from './resources';

const ALL_FLAGS = BLOB_FLAGS.MAPPABLE | BLOB_FLAGS.SHAREABLE | BLOB_FLAGS.CROSS_DEVICE;
const PAGE_BYTES = 4096;

type CreateFields = CommandFields<'RESOURCE_CREATE_BLOB'>;

const describeBlob = ({ resourceId: id, blobMem, blobFlags, size }: CreateFields): ResourceDescription => ({
  id,
  target: 0,
  format: 0,
  width: size,
  height: 1,
  depth: 1,
  arraySize: 1,
  lastLevel: 0,
  bind: 0,
  flags: 0,
  sizeBytes: size,
  blob: { blobMem, blobFlags },
});

const checkKind = (state: DeviceState, { blobMem, blobFlags, size }: CreateFields): void => {
  if (!(Object.values(BLOB_MEM) as number[]).includes(blobMem))
    throw invalidParameter('blob_mem', '1 GUEST, 2 HOST3D or 3 HOST3D_GUEST', blobMem);
  if ((blobFlags & ~ALL_FLAGS) !== 0)
    throw invalidParameter('blob_flags', `flags in ${ALL_FLAGS}`, blobFlags);
  if (size === 0) throw invalidParameter('size', 'at least 1', size);
  if (blobMem === BLOB_MEM.GUEST) return;
  const lacks = state.accepted.has('VIRGL')
    ? 'this transport has no host-visible window'
    : 'VIRGL was not accepted';
  if (state.window === undefined || !state.accepted.has('VIRGL'))
    throw invalidParameter('blob_mem', `1 GUEST, because ${lacks},`, blobMem);
};

const backingFor = (
  state: DeviceState,
  fields: CreateFields,
  command: ReceivedCommand,
): Backing | undefined => {
  const { blobMem, entryCount, size } = fields;
  if (blobMem === BLOB_MEM.HOST3D) {
    if (entryCount !== 0) throw invalidParameter('nr_entries', '0 for memory of the host', entryCount);
    return undefined;
  }
  const backing = new Backing(state.memory, decodeEntries(command.view, command.tailAt, entryCount));
  if (backing.sizeBytes < size)
    throw invalidParameter('size', `at most the ${backing.sizeBytes} bytes of its entries`, size);
  return backing;
};

const windowOf = ({ window }: DeviceState): HostVisibleWindow => {
  if (window !== undefined) return window;
  throw new CommandFault('ERR_UNSPEC', 'this transport has no host-visible window');
};

const overlaps = (a: { at: number; end: number }, b: { at: number; end: number }): boolean =>
  a.at < b.end && b.at < a.end;

const placeOf = (resource: GpuResource, at: number) => ({ at, end: at + resource.sizeBytes });

const checkPlace = (state: DeviceState, resource: GpuResource, offset: number): void => {
  const { sizeBytes } = windowOf(state);
  const place = placeOf(resource, offset);
  if (offset % PAGE_BYTES !== 0) throw invalidParameter('offset', 'whole pages', offset);
  if (place.end > sizeBytes) throw invalidParameter('offset', `a place inside of ${sizeBytes} bytes`, offset);
  for (const other of state.guest.resources) {
    const { mapping } = other;
    if (mapping !== undefined && overlaps(place, placeOf(other, mapping.offsetBytes)))
      throw invalidParameter('offset', `a place that resource ${other.id} does not take`, offset);
  }
};

const mappable = (resource: GpuResource): GpuResource => {
  const { blob, id: resourceId } = resource;
  const isMappable =
    blob !== undefined && blob.blobMem !== BLOB_MEM.GUEST && (blob.blobFlags & BLOB_FLAGS.MAPPABLE) !== 0;
  if (!isMappable)
    throw invalidParameter('resource_id', 'a mappable blob of the host', resourceId, { resourceId });
  return resource;
};

/** By command. */
export const BLOB_HANDLERS: Handlers<'RESOURCE_CREATE_BLOB' | 'RESOURCE_MAP_BLOB' | 'RESOURCE_UNMAP_BLOB'> = {
  RESOURCE_CREATE_BLOB: (state, fields, command) => {
    const { guest, host, memory } = state;
    const { resourceId, blobMem, blobFlags, blobId, size } = fields;
    checkKind(state, fields);
    const { contextId } = command;
    if (contextId !== 0) guest.contexts.get(contextId);
    const backing = backingFor(state, fields, command);
    const resource = guest.resources.add(describeBlob(fields));
    resource.backing = backing;
    const call = host.resourceCreateBlob({
      resourceId,
      contextId,
      blobMem,
      blobFlags,
      blobId,
      sizeBytes: size,
      backing: backing?.ranges(memory),
    });
    return orUndo(call, () => guest.resources.remove(resource));
  },

  RESOURCE_MAP_BLOB: async (state, { resourceId, offset }) => {
    windowOf(state);
    const resource = mappable(state.guest.resources.get(resourceId));
    if (resource.mapping !== undefined)
      throw invalidParameter('resource_id', 'a blob that is not mapped', resourceId, { resourceId });
    checkPlace(state, resource, offset);
    await mapBlob(state, resource, offset);
    return answer('OK_MAP_INFO', { mapInfo: await state.host.resourceGetMapInfo({ resourceId }) });
  },

  RESOURCE_UNMAP_BLOB: (state, { resourceId }) => {
    const resource = mappable(state.guest.resources.get(resourceId));
    if (resource.mapping === undefined)
      throw invalidParameter('resource_id', 'a blob that is mapped', resourceId, { resourceId });
    return unmapBlob(state, resource);
  },
};
