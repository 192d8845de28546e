// What pictures that the guest draws itself are made of. Facts: `enum virtio_gpu_formats`.

import { Format, formatName } from '../protocol/formats';
import { invalidParameter } from './faults';

/** Bytes of a pixel, in all of them. */
export const PIXEL_BYTES = 4;

/** What 2D resources and scanouts may be. */
export const SCANOUT_FORMATS: ReadonlySet<number> = new Set([
  Format.B8G8R8A8_UNORM,
  Format.B8G8R8X8_UNORM,
  Format.A8R8G8B8_UNORM,
  Format.X8R8G8B8_UNORM,
  Format.R8G8B8A8_UNORM,
  Format.X8B8G8R8_UNORM,
  Format.A8B8G8R8_UNORM,
  Format.R8G8B8X8_UNORM,
]);

/** @throws CommandFault for a format that is none of a picture */
export const checkFormat = (format: number): void => {
  if (SCANOUT_FORMATS.has(format)) return;
  const names = Array.from(SCANOUT_FORMATS, (known) => formatName(known)).join(', ');
  throw invalidParameter('format', `one of ${names}`, formatName(format) ?? format);
};
