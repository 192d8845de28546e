// Between formats of eight bits per channel, such as B8G8R8A8 and R8G8B8A8, which differ in order and channels only.

import { type FormatLayout, formatLayout } from '../protocol';
import { invalidArgument } from '../protocol/error';

const OPAQUE = 255;
/** X is a channel that is there and means nothing. */
const UNUSED = 'X';

const channelBytes = (operation: string, field: string, layout: FormatLayout): readonly string[] => {
  const bytes = layout.channels.every(({ bits }) => bits === 8);
  if (layout.channels.length === 0 || !bytes) {
    throw invalidArgument(operation, field, 'a format of 8 bits per channel', layout.name);
  }
  return [...layout.channels].sort((a, b) => a.offsetBits - b.offsetBits).map(({ name }) => name);
};

/**
 * Converts texels. A channel that the source lacks becomes 0, alpha 255.
 * @param from the format of `source`, to the format of the result
 * @throws VirglError `ERR_VIRGL_ARGUMENT` for formats of other than 8 bits per channel
 */
export const convertPixels = (
  operation: string,
  source: Uint8Array,
  { from, to }: { from: number; to: number },
  into?: Uint8Array,
): Uint8Array => {
  const sourceChannels = channelBytes(operation, 'format', formatLayout(from));
  const targetChannels = channelBytes(operation, 'format', formatLayout(to));
  const texels = source.byteLength / sourceChannels.length;
  const target = into ?? new Uint8Array(texels * targetChannels.length);
  targetChannels.forEach((channel, targetAt) => {
    const sourceAt = channel === UNUSED ? -1 : sourceChannels.indexOf(channel);
    const missing = channel === 'A' || channel === UNUSED ? OPAQUE : 0;
    for (let texel = 0; texel < texels; texel += 1) {
      target[texel * targetChannels.length + targetAt] =
        sourceAt < 0 ? missing : source[texel * sourceChannels.length + sourceAt];
    }
  });
  return target;
};
