// Pixels of a resource into the caller's memory, as BGRA rows from top to bottom.

import type { MemoryRange, RenderHost } from '../host';
import { VirglError } from '../protocol/error';
import type { GuestMemory } from './guest-memory';
import { isBgra, pixelBytes, type PixelRows, toBgra } from './pixel-order';
import type { BlobPicture } from './scanouts';
import type { GpuResource } from './resources';
import type { Rect } from './wire-types';

/** What to read, and what it takes. */
export interface PixelSource {
  host: RenderHost;
  memory: GuestMemory | undefined;
  resource: GpuResource;
  /** How a blob is to be read. */
  blob?: BlobPicture;
}

/** Copies rows out of pieces of memory. */
const copyRows = (
  ranges: readonly MemoryRange[],
  from: { at: number; strideBytes: number },
  to: PixelRows,
  rows: number,
  rowBytes: number,
): void => {
  let piece = 0;
  let pieceStart = 0;
  for (let row = 0; row < rows; row += 1) {
    let at = from.at + row * from.strideBytes;
    let target = row * to.strideBytes;
    const end = at + rowBytes;
    // Rows come in order, and so do pieces; a row may span several.
    while (at < end && piece < ranges.length) {
      const { memory, offsetBytes, lengthBytes } = ranges[piece];
      if (at >= pieceStart + lengthBytes) {
        pieceStart += lengthBytes;
        piece += 1;
        continue;
      }
      const within = at - pieceStart;
      const count = Math.min(end - at, lengthBytes - within);
      to.bytes.set(memory.bytes.subarray(offsetBytes + within, offsetBytes + within + count), target);
      at += count;
      target += count;
    }
  }
};

const formatOf = ({ resource, blob }: PixelSource): number => blob?.format ?? resource.format;

const readGuestBlob = (
  source: PixelSource,
  rect: Rect,
  to: PixelRows,
  blob: BlobPicture,
  size: number,
): void => {
  const ranges = source.resource.backing?.ranges(source.memory) ?? [];
  const at = blob.offsetBytes + rect.y * blob.strideBytes + rect.x * size;
  copyRows(ranges, { at, strideBytes: blob.strideBytes }, to, rect.height, rect.width * size);
};

const readAsIs = async (source: PixelSource, rect: Rect, to: PixelRows, size: number): Promise<void> => {
  const { host, resource, blob } = source;
  if (blob !== undefined && resource.backing !== undefined) {
    readGuestBlob(source, rect, to, blob, size);
    return;
  }
  await host.transferReadIov({
    resourceId: resource.id,
    stride: to.strideBytes,
    box: { x: rect.x, y: rect.y, z: 0, w: rect.width, h: rect.height, d: 1 },
    into: to.bytes,
  });
};

/**
 * Reads a rectangle, which must lie inside of the picture.
 * @throws VirglError `ERR_VIRGL_UNSUPPORTED` for a format that has no red, green and blue
 */
export const readPixels = async (source: PixelSource, rect: Rect, to: PixelRows): Promise<void> => {
  const format = formatOf(source);
  const size = pixelBytes(format);
  if (size === undefined) {
    const { id: resourceId } = source.resource;
    throw new VirglError('ERR_VIRGL_UNSUPPORTED', `readPixels: format ${format} can't be shown`, {
      operation: 'readPixels',
      field: 'format',
      value: format,
      resourceId,
    });
  }
  if (isBgra(format)) return readAsIs(source, rect, to, size);
  const strideBytes = rect.width * size;
  const raw = { bytes: new Uint8Array(strideBytes * rect.height), strideBytes };
  await readAsIs(source, rect, raw, size);
  toBgra(format, raw, to, rect);
};
