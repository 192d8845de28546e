// What a display shows, into the caller's memory.

import { invalidArgument } from '../protocol/error';
import type { PixelRows } from './pixel-order';
import { type PixelSource, readPixels } from './read-pixels';
import type { ActiveScanout } from './scanouts';
import type { Rect } from './wire-types';

const OPERATION = 'readScanout';
const BGRX_BYTES = 4;

const isWithin = ({ x, y, width, height }: Rect, size: { width: number; height: number }): boolean =>
  [x, y, width, height].every(Number.isSafeInteger) &&
  Math.min(x, y) >= 0 &&
  Math.min(width, height) > 0 &&
  x + width <= size.width &&
  y + height <= size.height;

const checkRead = (shown: Rect, rect: Rect, { bytes, strideBytes }: PixelRows): void => {
  const { x, y, width, height } = rect;
  if (!isWithin(rect, shown)) {
    const expected = `a rectangle inside of ${shown.width}x${shown.height}`;
    throw invalidArgument(OPERATION, 'rect', expected, `${width}x${height} at ${x},${y}`);
  }
  const rowBytes = width * BGRX_BYTES;
  if (!Number.isSafeInteger(strideBytes) || strideBytes < rowBytes)
    throw invalidArgument(OPERATION, 'strideBytes', `an integer from ${rowBytes}`, strideBytes);
  const needed = (height - 1) * strideBytes + rowBytes;
  if (!(bytes instanceof Uint8Array) || bytes.byteLength < needed)
    throw invalidArgument(OPERATION, 'into', `a Uint8Array of ${needed} bytes`, bytes);
};

/**
 * Reads a rectangle of what a display shows, in the display's pixels.
 * @throws VirglError `ERR_VIRGL_ARGUMENT` for what is not there
 */
export const readScanout = async (
  source: PixelSource & Pick<ActiveScanout, 'rect'>,
  rect: Rect,
  to: PixelRows,
): Promise<void> => {
  const shown = source.rect;
  checkRead(shown, rect, to);
  await readPixels(source, { ...rect, x: shown.x + rect.x, y: shown.y + rect.y }, to);
};
