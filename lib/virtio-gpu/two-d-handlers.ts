// 2D: pictures that the guest draws itself and uploads.

import { Bind, ResourceFlag, TextureTarget } from '../protocol/enums';
import { Format } from '../protocol/formats';
import { imageBytes } from '../protocol/image-bytes';
import { invalidParameter } from './faults';
import { type Handlers, orUndo } from './handler';
import { backingOf } from './resource-handlers';
import type { GpuResource, ResourceDescription } from './resources';
import { checkWithin } from './rect-checks';
import { checkFormat, PIXEL_BYTES } from './scanout-formats';
import type { Rect } from './wire-types';

/** What every GL can keep such a picture in; which byte is red matters only to who shows it. */
const CARRIERS: ReadonlySet<number> = new Set([
  Format.B8G8R8A8_UNORM,
  Format.B8G8R8X8_UNORM,
  Format.R8G8B8A8_UNORM,
]);

const describe2d = (
  id: number,
  format: number,
  { width, height }: Pick<Rect, 'width' | 'height'>,
): ResourceDescription => {
  const image = { format, width, height, depth: 1, arraySize: 1 };
  return {
    id,
    ...image,
    target: TextureTarget.TEXTURE_2D,
    lastLevel: 0,
    bind: Bind.RENDER_TARGET,
    flags: ResourceFlag.Y_0_TOP,
    sizeBytes: imageBytes({ ...image, nrSamples: 1 }),
  };
};

const checkUpload = (resource: GpuResource, rect: Rect, offset: number): void => {
  checkWithin('r', rect, resource);
  const { sizeBytes } = backingOf(resource);
  const end = offset + ((rect.height - 1) * resource.width + rect.width) * PIXEL_BYTES;
  if (end > sizeBytes)
    throw invalidParameter(
      'offset',
      `rows inside of ${sizeBytes} bytes of guest memory`,
      `${offset}, up to ${end}`,
    );
};

/** By command. */
export const TWO_D_HANDLERS: Handlers<'RESOURCE_CREATE_2D' | 'TRANSFER_TO_HOST_2D'> = {
  RESOURCE_CREATE_2D: ({ guest, host }, { resourceId, format, width, height }) => {
    checkFormat(format);
    if (width === 0) throw invalidParameter('width', 'at least 1', width);
    if (height === 0) throw invalidParameter('height', 'at least 1', height);
    const resource = guest.resources.add(describe2d(resourceId, format, { width, height }));
    const { target, bind, flags } = resource;
    const carrier = CARRIERS.has(format) ? format : Format.B8G8R8A8_UNORM;
    return orUndo(
      host.resourceCreate({ resourceId, target, format: carrier, bind, width, height, flags }),
      () => guest.resources.remove(resource),
    );
  },

  TRANSFER_TO_HOST_2D: ({ guest, host }, { rect, offset, resourceId }) => {
    const resource = guest.resources.get(resourceId);
    checkUpload(resource, rect, offset);
    const box = { x: rect.x, y: rect.y, z: 0, w: rect.width, h: rect.height, d: 1 };
    return host.transferWriteIov({ resourceId, box, offset });
  },
};
