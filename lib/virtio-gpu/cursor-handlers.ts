// Commands of the cursor queue.

import { Format } from '../protocol/formats';
import type { CommandFields } from './commands';
import { invalidParameter } from './faults';
import type { DeviceState } from './device-state';
import type { Handlers } from './handler';
import { pixelBytes } from './pixel-order';
import { type PixelSource, readPixels } from './read-pixels';
import type { GpuResource } from './resources';
import { PIXEL_BYTES } from './scanout-formats';

/** What virtio asks for; blobs are always so large. */
const CURSOR_SIZE = 64;
/** Nothing is gained by refusing larger ones, up to what viewers take. */
const MAX_CURSOR_SIZE = 256;

const ofBlob = ({ host, memory }: DeviceState, resource: GpuResource): PixelSource => {
  const size = { width: CURSOR_SIZE, height: CURSOR_SIZE };
  const strideBytes = CURSOR_SIZE * PIXEL_BYTES;
  if (resource.sizeBytes < strideBytes * CURSOR_SIZE)
    throw invalidParameter('resource_id', `a blob of ${strideBytes * CURSOR_SIZE} bytes`, resource.sizeBytes);
  const blob = { format: Format.B8G8R8A8_UNORM, offsetBytes: 0, strideBytes, ...size };
  return { host, memory, resource, blob };
};

const sourceOf = (state: DeviceState, resource: GpuResource): PixelSource => {
  if (resource.blob !== undefined) return ofBlob(state, resource);
  const { width, height, format } = resource;
  if (width > MAX_CURSOR_SIZE || height > MAX_CURSOR_SIZE || pixelBytes(format) === undefined) {
    const expected = `a picture of at most ${MAX_CURSOR_SIZE}x${MAX_CURSOR_SIZE}`;
    throw invalidParameter('resource_id', expected, `${width}x${height}, format ${format}`);
  }
  return { host: state.host, memory: state.memory, resource };
};

const readPicture = async (
  state: DeviceState,
  { position, resourceId, hotX, hotY }: CommandFields<'UPDATE_CURSOR'>,
): Promise<void> => {
  const source = sourceOf(state, state.guest.resources.get(resourceId));
  const { width, height } = source.blob ?? source.resource;
  const show = state.cursors.await(position.scanoutId, position);
  const strideBytes = width * PIXEL_BYTES;
  const pixels = new Uint8Array(strideBytes * height);
  await readPixels(source, { x: 0, y: 0, width, height }, { bytes: pixels, strideBytes });
  show({ resourceId, width, height, pixels, hotX, hotY });
};

/** By command. */
export const CURSOR_HANDLERS: Handlers<'UPDATE_CURSOR' | 'MOVE_CURSOR'> = {
  UPDATE_CURSOR: (state, fields) => {
    const { position, resourceId } = fields;
    state.scanouts.check(position.scanoutId);
    if (resourceId !== 0) return readPicture(state, fields);
    state.cursors.hide(position.scanoutId, position);
    return undefined;
  },

  // As QEMU: a move without a resource hides the pointer.
  MOVE_CURSOR: ({ scanouts, cursors }, { position, resourceId }) => {
    const { scanoutId } = position;
    scanouts.check(scanoutId);
    if (resourceId === 0) cursors.hide(scanoutId, position);
    else cursors.move(scanoutId, position);
    return undefined;
  },
};
