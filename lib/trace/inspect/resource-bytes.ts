// How much memory a resource takes on a host, as far as its shape tells.

import { TextureTarget } from '../../protocol';
import { imageBytes, type ImageShape } from '../../protocol/image-bytes';
import type { CallValues } from './call-arguments';

const MOST_LEVELS = 32;

/** Bytes of all levels, layers and samples, without what drivers add; of a blob its size. */
export const resourceBytes = (args: CallValues): number => {
  if (args.sizeBytes !== undefined) return Number(args.sizeBytes);
  const shape = args as unknown as ImageShape & { target: number; lastLevel: number };
  if (shape.target === TextureTarget.BUFFER) return shape.width;
  const { width, height, depth } = shape;
  let bytes = 0;
  for (let level = 0; level <= Math.min(shape.lastLevel, MOST_LEVELS); level += 1) {
    const at = (side: number): number => Math.max(1, Math.floor(side / 2 ** level));
    bytes += imageBytes({ ...shape, width: at(width), height: at(height), depth: at(depth) });
  }
  return bytes;
};
