// JPEG by libjpeg-turbo.

import { createRequire } from 'node:module';
import type * as JpegTurbo from '@julusian/jpeg-turbo';
import type { Subsampling } from './config';
import type { PixelView } from './pixel-view';

const loadTurbo = (): typeof JpegTurbo | undefined => {
  try {
    return createRequire(__filename)('@julusian/jpeg-turbo') as typeof JpegTurbo;
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

/** libjpeg-turbo wants whole rows, also the last; a part at the end of its memory has no room for that, and is copied. */
const wholeRows = ({
  pixels,
  first,
  stride,
  width,
  height,
}: PixelView): { rows: Uint32Array; stride: number } => {
  const end = first + height * stride;
  if (end <= pixels.length) return { rows: pixels.subarray(first, end), stride };
  const rows = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = first + y * stride;
    rows.set(pixels.subarray(row, row + width), y * width);
  }
  return { rows, stride: width };
};

let output = Buffer.alloc(0);

/** Room for the longest file that there could be: it is made once, because it is much longer than most files. */
const scratch = (
  jpeg: typeof JpegTurbo,
  width: number,
  height: number,
  subsampling: JpegTurbo.SubSampling,
): Buffer => {
  const lengthBytes = jpeg.bufferSize({ width, height, subsampling });
  if (output.length < lengthBytes) output = Buffer.alloc(lengthBytes);
  return output;
};

/**
 * The bytes of a JPEG file. Only where {@link canWriteJpeg}. Works on the thread of the caller: what the package would do in libuv's
 * pool kills the process if an encoder thread ends meanwhile.
 */
export const encodeJpeg = (
  view: PixelView,
  { quality, subsampling }: { quality: number; subsampling: Subsampling },
): Uint8Array => {
  const { width, height } = view;
  const { rows, stride } = wholeRows(view);
  const jpeg = library() as typeof JpegTurbo;
  const bytes = Buffer.from(rows.buffer as ArrayBuffer, rows.byteOffset, rows.byteLength);
  const file = jpeg.compressSync(bytes, scratch(jpeg, width, height, jpeg[SAMPLINGS[subsampling]]), {
    format: jpeg.FORMAT_BGRX,
    width,
    height,
    stride,
    quality,
    subsampling: jpeg[SAMPLINGS[subsampling]],
  });
  // The next one is written to the same place.
  return new Uint8Array(file);
};
