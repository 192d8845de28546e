// What a display shows as a dma-buf, for whoever can show that without copying its pixels.
// Facts: virgl_egl_get_fd_for_texture2() and virgl_egl_get_attrs_for_texture() in virglrenderer's vrend_winsys_egl.c; drm_fourcc.h.

import type { FileDescriptor, RenderHost, ResourceInfo } from '../host';
import { invalidArgument, VirglError } from '../protocol/error';
import { Format, formatName } from '../protocol/formats';
import { BLOB_MEM, type GpuResource } from './resources';
import type { ActiveScanout, BlobPicture } from './scanouts';
import type { Rect } from './wire-types';

/** The memory of a picture, and how to read it. */
export interface ScanoutBuffer {
  /** A dma-buf that begins with the picture. The caller closes it. */
  fd: FileDescriptor;
  /** `DRM_FORMAT_*`. */
  fourcc: number;
  /** `DRM_FORMAT_MOD_*`; undefined where the library does not say, and drivers have to know it of the memory itself. */
  modifier: bigint | undefined;
  strideBytes: number;
  /** Size of all of it. */
  width: number;
  height: number;
  /** The part that the display shows. */
  rect: Rect;
  /** `VIRGL_RESOURCE_*` of the texture. */
  flags: number;
}

const OPERATION = 'exportScanout';
/** `VIRGL_RENDERER_BLOB_FD_TYPE_DMABUF`. */
const DMABUF = 1;
const MODIFIER_INVALID = 0x00ff_ffff_ffff_ffffn;

/** `DRM_FORMAT_*` of blobs. DRM names channels from the highest bits, virtio-gpu from the first byte. */
const BLOB_FORMATS: ReadonlyMap<number, string> = new Map([
  [Format.B8G8R8A8_UNORM, 'AR24'],
  [Format.B8G8R8X8_UNORM, 'XR24'],
  [Format.A8R8G8B8_UNORM, 'BA24'],
  [Format.X8R8G8B8_UNORM, 'BX24'],
  [Format.R8G8B8A8_UNORM, 'AB24'],
  [Format.X8B8G8R8_UNORM, 'RX24'],
  [Format.A8B8G8R8_UNORM, 'RA24'],
  [Format.R8G8B8X8_UNORM, 'XB24'],
]);

const fourccOf = (name: string): number => Buffer.from(name, 'latin1').readUInt32LE(0);

const unsupported = (
  { id: resourceId }: GpuResource,
  field: string,
  expected: string,
  value: unknown,
): VirglError =>
  new VirglError(
    'ERR_VIRGL_UNSUPPORTED',
    `${OPERATION}: expected ${expected} for ${field} but found ${String(value)}`,
    { operation: OPERATION, field, value, resourceId },
  );

/** What the library says of a texture's memory. */
interface TextureLayout extends Pick<
  ResourceInfo,
  'format' | 'width' | 'height' | 'textureId' | 'drmFourcc'
> {
  planes: number;
  modifier: bigint | undefined;
}

const layoutOf = async (host: RenderHost, { id: resourceId }: GpuResource): Promise<TextureLayout> => {
  if (!host.features.resourceGetInfoExt) {
    const info = await host.resourceGetInfo({ resourceId });
    info.fd?.close();
    // Before 1.0 the library does not say how many; the addon refuses more than one.
    return { ...info, planes: 1, modifier: undefined };
  }
  const info = await host.resourceGetInfoExt({ resourceId });
  info.fd?.close();
  const { hasDmabufExport, modifiers } = info;
  if (!hasDmabufExport)
    throw new VirglError('ERR_VIRGL_REFUSED', `${OPERATION}: the driver can't export dma-bufs`, {
      operation: OPERATION,
      resourceId,
    });
  return { ...info, modifier: modifiers === MODIFIER_INVALID ? undefined : modifiers };
};

const checkLayout = (resource: GpuResource, { format, drmFourcc, planes }: TextureLayout): void => {
  // Formats that no GL has are kept in others, and converted when they are read back.
  if (format !== resource.format)
    throw unsupported(
      resource,
      'format',
      formatName(resource.format) ?? String(resource.format),
      formatName(format),
    );
  if (drmFourcc === 0) throw unsupported(resource, 'drm_fourcc', 'a format of DRM', drmFourcc);
  if (planes !== 1) throw unsupported(resource, 'planes', 'one plane', planes);
};

const exportTexture = async (host: RenderHost, { resource, rect }: ActiveScanout): Promise<ScanoutBuffer> => {
  const layout = await layoutOf(host, resource);
  checkLayout(resource, layout);
  const { textureId, drmFourcc: fourcc, modifier, width, height } = layout;
  const { fd, stride: strideBytes, offset } = await host.getFdForTexture2({ textureId });
  if (offset !== 0) {
    fd.close();
    throw unsupported(resource, 'offset', '0', offset);
  }
  return { fd, fourcc, modifier, strideBytes, width, height, rect, flags: resource.flags };
};

const exportBlob = async (
  host: RenderHost,
  { resource, rect }: ActiveScanout,
  { format, offsetBytes, strideBytes, width, height }: BlobPicture,
): Promise<ScanoutBuffer> => {
  const { id: resourceId, blob, flags } = resource;
  if (blob?.blobMem === BLOB_MEM.GUEST)
    throw unsupported(resource, 'blob_mem', 'memory of the host', 'memory of the guest');
  if (offsetBytes !== 0) throw unsupported(resource, 'offsets[0]', '0', offsetBytes);
  // SET_SCANOUT_BLOB takes no other format.
  const fourcc = fourccOf(BLOB_FORMATS.get(format) ?? '');
  const { fd, fdType } = await host.resourceExportBlob({ resourceId });
  if (fdType !== DMABUF) {
    fd.close();
    throw unsupported(resource, 'fd_type', `${DMABUF} DMABUF`, fdType);
  }
  return { fd, fourcc, modifier: undefined, strideBytes, width, height, rect, flags };
};

/**
 * Exports what a display shows.
 * @throws VirglError `ERR_VIRGL_UNSUPPORTED` for a picture that can't be shown that way, which says nothing of others; `ERR_VIRGL_REFUSED`
 * where the host exports nothing; `ERR_VIRGL_ARGUMENT` where nothing is shown
 */
export const exportScanout = async (
  host: RenderHost,
  scanout: ActiveScanout | undefined,
  index: number,
): Promise<ScanoutBuffer> => {
  if (scanout === undefined)
    throw invalidArgument(OPERATION, 'index', 'a display that shows something', index);
  return scanout.blob === undefined ? exportTexture(host, scanout) : exportBlob(host, scanout, scanout.blob);
};
