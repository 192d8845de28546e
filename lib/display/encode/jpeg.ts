// JPEG by libjpeg-turbo, in libuv's pool of threads.

import type * as JpegTurbo from '@julusian/jpeg-turbo';
import type { Subsampling } from './config';
import type { PixelView } from './pixel-view';

const loadTurbo = (): typeof JpegTurbo | undefined => {
  try {
    return require('@julusian/jpeg-turbo') as typeof JpegTurbo;
  } catch {
    return undefined;
  }
};

let turbo: typeof JpegTurbo | undefined | 'not tried' = 'not tried';

const library = (): typeof JpegTurbo | undefined => {
  if (turbo === 'not tried') turbo = loadTurbo();
  return turbo;
};

/** Whether the optional package that writes JPEG is there and runs on this system. */
export const canWriteJpeg = (): boolean => library() !== undefined;

const SAMPLINGS = {
  '4:4:4': 'SAMP_444',
  '4:2:2': 'SAMP_422',
  '4:2:0': 'SAMP_420',
  grey: 'SAMP_GRAY',
} as const satisfies Record<Subsampling, keyof typeof JpegTurbo>;

/** The bytes of a JPEG file. Only where {@link canWriteJpeg}. */
export const encodeJpeg = async (
  view: PixelView,
  { quality, subsampling }: { quality: number; subsampling: Subsampling },
): Promise<Uint8Array> => {
  const { pixels, first, stride, width, height } = view;
  const jpeg = library() as typeof JpegTurbo;
  const lengthPixels = (height - 1) * stride + width;
  const bytes = Buffer.from(pixels.buffer as ArrayBuffer, pixels.byteOffset + first * 4, lengthPixels * 4);
  // Its types say it resolves to a Buffer.
  const result: Buffer | { data: Buffer; size: number } = await jpeg.compress(bytes, {
    format: jpeg.FORMAT_BGRX,
    width,
    height,
    stride,
    quality,
    subsampling: jpeg[SAMPLINGS[subsampling]],
  });
  return 'data' in result ? result.data.subarray(0, result.size) : result;
};
