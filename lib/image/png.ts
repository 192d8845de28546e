// Pixels to PNG and back.

import { PNG } from 'pngjs';

/** Pixels: four bytes each (red, green, blue, alpha), rows from top to bottom without gaps. */
export interface Image {
  width: number;
  height: number;
  data: Uint8Array;
}

/**
 * The bytes of a PNG file.
 * @throws RangeError if `data` has not width × height × 4 bytes
 */
export const encodePng = ({ width, height, data }: Image): Uint8Array => {
  if (data.byteLength !== width * height * 4) {
    throw new RangeError(
      `encodePng: expected ${width * height * 4} bytes of pixels but received ${data.byteLength}`,
    );
  }
  const png = new PNG({ width, height });
  png.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return PNG.sync.write(png);
};

/**
 * The pixels of a PNG file.
 * @throws Error if it is none
 */
export const decodePng = (bytes: Uint8Array): Image => {
  const { width, height, data } = PNG.sync.read(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  );
  return { width, height, data };
};
