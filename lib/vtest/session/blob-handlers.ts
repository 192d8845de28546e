// Commands for blob resources.

import type { FileDescriptor } from '../../host';
import { invalidArgument, VirglError } from '../../protocol/error';
import type { Handler } from './handler';
import { reply } from './replies';
import { fieldsOf } from './request-reader';
import type { SessionState } from './state';

const OPERATION = 'RESOURCE_CREATE_BLOB';

/** `VCMD_BLOB_TYPE_*`, the same numbers as `VIRGL_RENDERER_BLOB_MEM_*`. */
const BLOB_TYPES = { guest: 1, host3d: 2, host3dGuest: 3 } as const;
/** `VIRGL_RENDERER_BLOB_FD_TYPE_*` that a client can map. */
const MAPPABLE_FD_TYPES: readonly number[] = [1, 3];

/** What a client maps: the host's own memory. */
const exportMemory = async (
  state: SessionState,
  operation: string,
  resourceId: number,
): Promise<FileDescriptor> => {
  const { fdType, fd } = await state.host.resourceExportBlob({ resourceId });
  if (MAPPABLE_FD_TYPES.includes(fdType)) return fd;
  fd.close();
  throw new VirglError(
    'ERR_VIRGL_UNSUPPORTED',
    `${operation}: the host's driver gives its memory only as an opaque descriptor, which a vtest client can't map; a driver with dma-buf export, or /dev/udmabuf, is needed`,
    { operation, resourceId },
  );
};

const sendBlob = async (state: SessionState, id: number, fd: FileDescriptor): Promise<void> => {
  await state.peer.send(reply(OPERATION, id));
  await state.peer.sendFd(fd);
};

const createBlob: Handler = async (state, request) => {
  const { type, flags, sizeLow, sizeHigh, blobIdLow, blobIdHigh } = fieldsOf(OPERATION, request);
  const sizeBytes = sizeHigh * 2 ** 32 + sizeLow;
  if (sizeBytes === 0) throw invalidArgument(OPERATION, 'size', 'at least 1', sizeBytes);
  if (!Object.values<number>(BLOB_TYPES).includes(type))
    throw invalidArgument(OPERATION, 'type', '1 GUEST, 2 HOST3D or 3 HOST3D_GUEST', type);
  state.checkMemory(OPERATION, 'size', sizeBytes);
  const id = state.takeId();
  const memory = type === BLOB_TYPES.host3d ? undefined : state.memories.take(sizeBytes, `vtest-res-${id}`);
  // Known before the host is asked, so that it is given back however this ends.
  const resource = { id, bytes: sizeBytes, memory, ownId: true };
  state.addResource(resource);
  await state.host.resourceCreateBlob({
    resourceId: id,
    contextId: state.contextId,
    blobMem: type,
    blobFlags: flags,
    blobId: (BigInt(blobIdHigh) << 32n) | BigInt(blobIdLow),
    sizeBytes,
    backing: memory === undefined ? undefined : [memory.memory.range()],
  });
  state.attach(resource);
  if (memory !== undefined) {
    await sendBlob(state, id, memory.fd);
    state.memories.sent(memory);
    return;
  }
  using fd = await exportMemory(state, OPERATION, id);
  await sendBlob(state, id, fd);
};

const exportFd: Handler = async (state, request) => {
  const { handle } = fieldsOf('RESOURCE_EXPORT_FD', request);
  const { id } = state.resource('RESOURCE_EXPORT_FD', handle);
  using fd = await exportMemory(state, 'RESOURCE_EXPORT_FD', id);
  await state.peer.send(reply('RESOURCE_EXPORT_FD'));
  await state.peer.sendFd(fd);
};

/** By command. */
export const BLOB_HANDLERS = {
  RESOURCE_CREATE_BLOB: createBlob,
  RESOURCE_EXPORT_FD: exportFd,
} as const satisfies Record<string, Handler>;
