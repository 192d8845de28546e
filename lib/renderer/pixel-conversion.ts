// Between formats of eight bits per channel, such as B8G8R8A8 and R8G8B8A8, which differ in order and channels only.

import { type FormatLayout, formatLayout } from '../protocol';
import { invalidArgument } from '../protocol/error';

const OPAQUE = 255;
/** X is a channel that is there and means nothing. */
const UNUSED = 'X';

/** Turns texels of one format into texels of another. */
export interface PixelConverter {
  /** Bytes of the result. */
  sizeOf(sourceBytes: number): number;
  /** A channel that the source lacks becomes 0, alpha 255. */
  convert(source: Uint8Array, target: Uint8Array): void;
}

const channelsOf = (operation: string, layout: FormatLayout): readonly string[] => {
  const bytes = layout.channels.every(({ bits }) => bits === 8);
  if (layout.channels.length === 0 || !bytes) {
    throw invalidArgument(operation, 'format', 'a format of 8 bits per channel', layout.name);
  }
  return [...layout.channels].sort((a, b) => a.offsetBits - b.offsetBits).map(({ name }) => name);
};

/**
 * How to convert; undefined if there is nothing to do.
 * @throws VirglError `ERR_VIRGL_ARGUMENT` for formats of other than 8 bits per channel
 */
export const pixelConverter = (operation: string, from: number, to: number): PixelConverter | undefined => {
  if (from === to) return undefined;
  const sourceChannels = channelsOf(operation, formatLayout(from));
  const targetChannels = channelsOf(operation, formatLayout(to));
  const texelsOf = (sourceBytes: number): number => sourceBytes / sourceChannels.length;
  return {
    sizeOf: (sourceBytes) => texelsOf(sourceBytes) * targetChannels.length,
    convert: (source, target) => {
      const texels = texelsOf(source.byteLength);
      targetChannels.forEach((channel, targetAt) => {
        const sourceAt = channel === UNUSED ? -1 : sourceChannels.indexOf(channel);
        const missing = channel === 'A' || channel === UNUSED ? OPAQUE : 0;
        for (let texel = 0; texel < texels; texel += 1) {
          target[texel * targetChannels.length + targetAt] =
            sourceAt < 0 ? missing : source[texel * sourceChannels.length + sourceAt];
        }
      });
    },
  };
};
