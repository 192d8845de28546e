// The spelling of numbers: as short as possible, and read back to the same bits.

const HEX_FROM = 0x80000000;
const EXACT_INTEGERS = 2 ** 24;
const MOST_DIGITS = 9;
// Six digits and a point.
const SURE_LENGTH = 7;
const CANONICAL_NAN = 0x7fc00000;
const EXPONENT = 0x7f800000;

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/** A dword; large ones, which are masks or all ones more often than counts, in hex. */
export const integerWord = (value: number): string =>
  value >= HEX_FROM ? `0x${value.toString(16)}` : String(value);

/** Eight hex digits. */
export const hexWord = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

/** A 64-bit float. */
export const doubleWord = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** A 32-bit float by the fewest digits that give it back. */
export const floatWord = (value: number): string => {
  const exact = Math.fround(value);
  if (!Number.isFinite(exact) || Object.is(exact, -0)) return doubleWord(exact);
  if (Number.isInteger(exact) && Math.abs(exact) <= EXACT_INTEGERS) return String(exact);
  // No two floats have the same six digits, so that nothing shorter means this one.
  const plain = String(exact);
  if (plain.length <= SURE_LENGTH) return plain;
  for (let digits = 1; digits < MOST_DIGITS; digits += 1) {
    const shorter = Number(exact.toPrecision(digits));
    if (Math.fround(shorter) === exact) return String(shorter);
  }
  return String(Number(exact.toPrecision(MOST_DIGITS)));
};

/** The float that a dword holds. */
export const floatOf = (dword: number): number => {
  floatBits[0] = dword;
  return float[0] ?? 0;
};

/** The dword that holds a float; every NaN becomes the same one. */
export const dwordOf = (value: number): number => {
  float[0] = value;
  return Number.isNaN(value) ? CANONICAL_NAN : (floatBits[0] ?? 0);
};

/**
 * Whether a dword reads well as a float: not for odd NaNs, which a float can't tell, nor for denormals, which are
 * integers nearly always.
 */
export const isPlainFloat = (dword: number): boolean => {
  const exponent = dword & EXPONENT;
  if (exponent === 0) return (dword & 0x7fffffff) === 0;
  return exponent !== EXPONENT || (dword & 0x7fffff) === 0 || dword === CANONICAL_NAN;
};
