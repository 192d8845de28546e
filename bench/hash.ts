// How contestants show in a few characters that they have made the same bytes.

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a in hexadecimal digits, as peers/c/common.h. */
export const hashOf = (bytes: Uint8Array): string => {
  let hash = FNV_OFFSET;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return (hash >>> 0).toString(16).padStart(8, '0');
};

/** {@link hashOf} of the bytes of dwords. */
export const hashOfDwords = ({ buffer, byteOffset, byteLength }: Uint32Array): string =>
  hashOf(new Uint8Array(buffer, byteOffset, byteLength));
