// Pixels of any plain format into BGRA, which is what screens, pictures and RFB have.

import { Format } from '../protocol/formats';
import { type FormatChannel, formatLayout } from '../protocol/format-layout';

const OPAQUE = 255;
const BGRA = ['B', 'G', 'R', 'A'] as const;
/** Formats whose bytes are in this order already. */
const SAME: ReadonlySet<number> = new Set([
  Format.B8G8R8A8_UNORM,
  Format.B8G8R8X8_UNORM,
  Format.B8G8R8A8_SRGB,
  Format.B8G8R8X8_SRGB,
]);
const MAX_BLOCK_BYTES = 4;

/** Whether pixels of a format need no conversion. */
export const isBgra = (format: number): boolean => SAME.has(format);

/** Bytes of a pixel; undefined for a format that can't be shown. */
export const pixelBytes = (format: number): number | undefined => {
  try {
    const { blockBytes, blockWidth, channels } = formatLayout(format);
    const isPlain = blockWidth === 1 && blockBytes <= MAX_BLOCK_BYTES;
    return isPlain && channels.some(({ name }) => name === 'R') ? blockBytes : undefined;
  } catch {
    return undefined;
  }
};

/** How to take one channel out of a pixel's bits, scaled to a byte. */
type Take = (pixel: number) => number;

const takerOf = (channel: FormatChannel | undefined, missing: number): Take => {
  if (channel === undefined) return () => missing;
  const { bits, offsetBits } = channel;
  const most = 2 ** bits - 1;
  if (bits === 8) return (pixel) => (pixel >>> offsetBits) & 0xff;
  return (pixel) => Math.round((((pixel >>> offsetBits) & most) * 0xff) / most);
};

const takersOf = (format: number): readonly Take[] => {
  const { channels } = formatLayout(format);
  return BGRA.map((wanted) =>
    takerOf(
      channels.find(({ name }) => name === wanted),
      wanted === 'A' ? OPAQUE : 0,
    ),
  );
};

const readPixel = (bytes: Uint8Array, at: number, size: number): number => {
  let pixel = 0;
  for (let index = 0; index < size; index += 1) pixel |= bytes[at + index] << (8 * index);
  return pixel >>> 0;
};

/** Rows of pixels in an array. */
export interface PixelRows {
  bytes: Uint8Array;
  strideBytes: number;
}

/** Converts pixels of a format for which {@link pixelBytes} has a size. */
export const toBgra = (
  format: number,
  from: PixelRows,
  to: PixelRows,
  { width, height }: { width: number; height: number },
): void => {
  const size = pixelBytes(format) ?? MAX_BLOCK_BYTES;
  const takers = takersOf(format);
  for (let y = 0; y < height; y += 1) {
    let source = y * from.strideBytes;
    let target = y * to.strideBytes;
    for (let x = 0; x < width; x += 1, source += size, target += 4) {
      const pixel = readPixel(from.bytes, source, size);
      for (let channel = 0; channel < 4; channel += 1) to.bytes[target + channel] = takers[channel](pixel);
    }
  }
};
