// How much memory a resource takes, near enough to stop a client or a guest before the system does.

import { formatLayout } from './format-layout';

/** What the size of a resource depends on, as vtest and virtio-gpu name it. */
export interface ImageShape {
  format: number;
  width: number;
  height: number;
  depth: number;
  arraySize: number;
  nrSamples: number;
}

const texelBytes = (format: number): number => {
  try {
    const { blockBytes, blockWidth, blockHeight } = formatLayout(format);
    return blockBytes / (blockWidth * blockHeight);
  } catch {
    return 1; // no plain layout: video, or nothing that virglrenderer would create
  }
};

/** Bytes of a texture or buffer without its mip levels, which add at most a third. */
export const imageBytes = (shape: ImageShape): number => {
  const { width, height, depth, arraySize, nrSamples } = shape;
  const texels = width * Math.max(1, height) * Math.max(1, depth) * Math.max(1, arraySize);
  return Math.ceil(texels * Math.max(1, nrSamples) * texelBytes(shape.format));
};
