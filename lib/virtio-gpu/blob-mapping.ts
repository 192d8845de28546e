// Blobs of the host's memory in the host-visible window.

import type { DeviceState } from './device-state';
import type { HostBlob } from './host-window';
import type { BlobMapping, GpuResource } from './resources';

const showExported = async (state: DeviceState, blob: HostBlob): Promise<boolean> => {
  const { host, window } = state;
  let exported;
  try {
    exported = await host.resourceExportBlob({ resourceId: blob.resourceId });
  } catch {
    return false;
  }
  using fd = exported.fd;
  await window?.map({ ...blob, fd });
  return true;
};

/** Lays a blob into the window. */
export const mapBlob = (state: DeviceState, resource: GpuResource, offsetBytes: number): Promise<void> => {
  const { host, window } = state;
  const blob: HostBlob = { resourceId: resource.id, offsetBytes, sizeBytes: resource.sizeBytes };
  const mapping: BlobMapping = { offsetBytes, done: Promise.resolve(), isMappedHere: false };
  const map = async (): Promise<void> => {
    if (await showExported(state, blob)) return;
    const memory = await host.resourceMap({ resourceId: resource.id });
    mapping.isMappedHere = true;
    await window?.map({ ...blob, memory });
  };
  resource.mapping = mapping;
  mapping.done = map();
  return mapping.done.catch((error: unknown) => {
    if (resource.mapping === mapping) resource.mapping = undefined;
    throw error;
  });
};

/** Takes a blob out of the window. */
export const unmapBlob = async (state: DeviceState, resource: GpuResource): Promise<void> => {
  const { mapping, id: resourceId, sizeBytes } = resource;
  if (mapping === undefined) return;
  resource.mapping = undefined;
  const isThere = await mapping.done.then(
    () => true,
    () => false,
  );
  if (isThere) await state.window?.unmap({ resourceId, offsetBytes: mapping.offsetBytes, sizeBytes });
  if (mapping.isMappedHere) await state.host.resourceUnmap({ resourceId });
};
