// Numbers of a palette, several in a byte.

/** Numbers of a few bits, the first in the highest; rows begin with a new byte. */
export const packIndices = (indices: Uint8Array, width: number, bits: number): Uint8Array => {
  const height = indices.length / width;
  const rowBytes = Math.ceil((width * bits) / 8);
  const packed = new Uint8Array(rowBytes * height);
  let at = 0;
  for (let y = 0; y < height; y++) {
    let shift = 8 - bits;
    let byte = y * rowBytes;
    for (let x = 0; x < width; x++) {
      packed[byte] = (packed[byte] as number) | ((indices[at++] as number) << shift);
      shift -= bits;
      if (shift < 0) {
        shift = 8 - bits;
        byte += 1;
      }
    }
  }
  return packed;
};
