// What is in a resource of a host: levels of textures and ranges of buffers, tight.

import type { RenderHost } from '../../host';
import { formatLayout, TextureTarget } from '../../protocol';
import type { Shape } from './resource-shape';

/** Which part. For a buffer `offset` and `length` count, for a texture the others. */
export interface ResourcePart {
  resourceId: number;
  level: number;
  layer: number;
  offset: number;
  length: number;
}

/** The bytes of a part, or why there are none. */
export type PartBytes = { bytes: Uint8Array; width: number; height: number } | { problem: string };

const minify = (size: number, level: number): number => Math.max(1, size >> level);

/**
 * Reads one layer of one level, or a range of a buffer.
 * @param shape as the resource was made
 */
export const readPart = async (
  host: RenderHost,
  shape: Shape,
  { resourceId, level, layer, offset, length }: ResourcePart,
): Promise<PartBytes> => {
  try {
    if (shape.target === TextureTarget.BUFFER) {
      const size = Math.max(0, Math.min(length, shape.width - offset));
      if (size === 0) return { problem: 'the range lies outside the buffer' };
      const into = new Uint8Array(size);
      await host.transferReadIov({ resourceId, box: { x: offset, y: 0, z: 0, w: size, h: 1, d: 1 }, into });
      return { bytes: into, width: size, height: 1 };
    }
    if (shape.nrSamples > 1) return { problem: `${shape.nrSamples} samples per texel can't be read back` };
    const { blockWidth, blockHeight, blockBytes } = formatLayout(shape.format);
    const width = minify(shape.width, level);
    const height = minify(shape.height, level);
    const stride = Math.ceil(width / blockWidth) * blockBytes;
    const layerStride = stride * Math.ceil(height / blockHeight);
    const into = new Uint8Array(layerStride);
    const box = { x: 0, y: 0, z: layer, w: width, h: height, d: 1 };
    await host.transferReadIov({ resourceId, level, stride, layerStride, box, into });
    return { bytes: into, width, height };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
};
