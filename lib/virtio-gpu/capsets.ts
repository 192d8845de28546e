// The capability sets that a host has. Kernels drop all of them when one is empty or has a strange id, so only those that
// have content are offered. Facts: virtio_gpu_get_capsets() in linux/drivers/gpu/drm/virtio/virtgpu_kms.c.

import type { RenderHost } from '../host';

/** A capability set with content. */
export interface OfferedCapset {
  readonly id: number;
  readonly maxVersion: number;
  readonly bytes: Uint8Array;
}

/** VIRGL, VIRGL2, VENUS, DRM. */
const KNOWN_IDS = [1, 2, 4, 6] as const;

const readCapset = async (host: RenderHost, id: number): Promise<OfferedCapset | undefined> => {
  const info = await host.getCapSet({ capsetId: id });
  if (info === undefined || info.maxSizeBytes === 0) return undefined;
  const bytes = await host.fillCaps({ capsetId: id });
  if (!bytes.some((byte) => byte !== 0)) return undefined;
  return { id, maxVersion: info.maxVersion, bytes };
};

/** Asks a host for its capability sets. */
export const readCapsets = async (host: RenderHost): Promise<readonly OfferedCapset[]> => {
  const found = await Promise.all(KNOWN_IDS.map((id) => readCapset(host, id)));
  return found.filter((capset) => capset !== undefined);
};
