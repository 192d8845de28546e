// What is in a frame's target as an image file has it.

import { Format, formatLayout } from '../../protocol';
import { pixelConverter } from '../../renderer/pixel-conversion';
import type { Image } from '../../image';
import type { PlayedPicture } from './play-options';

/** The picture, eight bits a channel. @throws VirglError `ERR_VIRGL_ARGUMENT` for other formats */
export const imageOf = ({ width, height, format, pixels }: PlayedPicture): Image => {
  const converter = pixelConverter('imageOf', linearOf(format), Format.R8G8B8A8_UNORM);
  if (converter === undefined) return { width, height, data: pixels };
  const data = new Uint8Array(converter.sizeOf(pixels.byteLength));
  converter.convert(pixels, data);
  return { width, height, data };
};

/** sRGB formats hold the bytes that files hold. */
const linearOf = (format: number): number => {
  const { name } = formatLayout(format);
  const linear = name.endsWith('_SRGB') ? name.replace(/_SRGB$/, '_UNORM') : name;
  return linear in Format ? Format[linear as keyof typeof Format] : format;
};

/** The same picture with its last row first: targets of OpenGL programs begin at the bottom. */
export const flipped = ({ width, height, data }: Image): Image => {
  const rowBytes = data.byteLength / height;
  const rows = new Uint8Array(data.byteLength);
  for (let row = 0; row < height; row += 1)
    rows.set(data.subarray(row * rowBytes, (row + 1) * rowBytes), (height - 1 - row) * rowBytes);
  return { width, height, data: rows };
};
