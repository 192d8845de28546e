// Commands about what displays show.

import { TextureTarget } from '../protocol/enums';
import { formatName } from '../protocol/formats';
import { CommandFault, invalidParameter } from './faults';
import type { DeviceState } from './device-state';
import type { Handlers } from './handler';
import { pixelBytes } from './pixel-order';
import { checkWithin } from './rect-checks';
import type { GpuResource } from './resources';
import { checkFormat, PIXEL_BYTES } from './scanout-formats';
import type { BlobPicture } from './scanouts';

const PICTURE_TARGETS: readonly number[] = [TextureTarget.TEXTURE_2D, TextureTarget.TEXTURE_RECT];

const needsPicture = (resource: GpuResource): void => {
  if (resource.blob !== undefined) {
    throw new CommandFault(
      'ERR_INVALID_PARAMETER',
      `expected a picture but resource ${resource.id} is a blob: SET_SCANOUT_BLOB says how to read it`,
      { field: 'resource_id', value: resource.id, resourceId: resource.id },
    );
  }
  const { target, format } = resource;
  if (!PICTURE_TARGETS.includes(target) || pixelBytes(format) === undefined) {
    const found = `target ${target}, format ${formatName(format) ?? format}`;
    throw invalidParameter('resource_id', 'a 2D texture of pixels to show', found);
  }
};

type BlobScanoutFields = Parameters<Handlers<'SET_SCANOUT_BLOB'>['SET_SCANOUT_BLOB']>[1];

/** @throws CommandFault for rows that are not in the blob */
const pictureOf = (resource: GpuResource, fields: BlobScanoutFields): BlobPicture => {
  const { format, width, height } = fields;
  const [strideBytes] = fields.strides;
  const [offsetBytes] = fields.offsets;
  checkFormat(format);
  if (width === 0 || height === 0) throw invalidParameter('width', 'a size above 0', `${width}x${height}`);
  if (strideBytes < width * PIXEL_BYTES)
    throw invalidParameter('strides[0]', `at least ${width * PIXEL_BYTES}`, strideBytes);
  const end = offsetBytes + (height - 1) * strideBytes + width * PIXEL_BYTES;
  if (end > resource.sizeBytes)
    throw invalidParameter(
      'offsets[0]',
      `rows inside of ${resource.sizeBytes} bytes`,
      `${offsetBytes}, up to ${end}`,
    );
  return { format, offsetBytes, strideBytes, width, height };
};

/** Resource 0 turns a display off. */
const isOff = ({ scanouts }: DeviceState, scanoutId: number, resourceId: number): boolean => {
  scanouts.check(scanoutId);
  if (resourceId !== 0) return false;
  scanouts.set(scanoutId, undefined);
  return true;
};

/** By command. */
export const SCANOUT_HANDLERS: Handlers<'SET_SCANOUT' | 'SET_SCANOUT_BLOB' | 'RESOURCE_FLUSH'> = {
  SET_SCANOUT: (state, { rect, scanoutId, resourceId }) => {
    if (isOff(state, scanoutId, resourceId)) return undefined;
    const resource = state.guest.resources.get(resourceId);
    needsPicture(resource);
    checkWithin('r', rect, resource);
    state.scanouts.set(scanoutId, { resource, rect });
    return undefined;
  },

  SET_SCANOUT_BLOB: (state, fields) => {
    const { rect, scanoutId, resourceId } = fields;
    if (isOff(state, scanoutId, resourceId)) return undefined;
    const resource = state.guest.resources.get(resourceId);
    if (resource.blob === undefined)
      throw invalidParameter('resource_id', 'a blob', resourceId, { resourceId });
    const blob = pictureOf(resource, fields);
    checkWithin('r', rect, blob);
    state.scanouts.set(scanoutId, { resource, rect, blob });
    return undefined;
  },

  RESOURCE_FLUSH: ({ guest, scanouts }, { rect, resourceId }) => {
    const resource = guest.resources.get(resourceId);
    // How large a blob's picture is only its scanouts know; they take what lies inside.
    if (resource.blob === undefined) checkWithin('r', rect, resource);
    scanouts.flush(resource, rect);
    return undefined;
  },
};
