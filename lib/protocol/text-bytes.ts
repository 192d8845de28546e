// UTF-8 that loses nothing: a byte that is not part of valid UTF-8 becomes a lone surrogate U+DC80…U+DCFF and
// turns back into that byte (as Python's "surrogateescape" does). So any payload survives as a string.

const ESCAPE = 0xdc00;

const isContinuation = (byte: number | undefined): byte is number =>
  byte !== undefined && (byte & 0xc0) === 0x80;

// Length of the well-formed sequence at `index`, or 0. Overlong forms, surrogates and values above U+10FFFF are not
// well-formed.
const sequenceLength = (bytes: Uint8Array, index: number): number => {
  const first = bytes[index] ?? 0;
  const second = bytes[index + 1];
  if (first < 0xc2 || first > 0xf4 || !isContinuation(second)) return 0;
  if (first < 0xe0) return 2;
  if (!isContinuation(bytes[index + 2])) return 0;
  if (first < 0xf0) return (first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f) ? 0 : 3;
  if (!isContinuation(bytes[index + 3])) return 0;
  return (first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f) ? 0 : 4;
};

const codePointAt = (bytes: Uint8Array, index: number, length: number): number => {
  let value = (bytes[index] ?? 0) & (0x7f >> length);
  for (let k = 1; k < length; k += 1) value = (value << 6) | ((bytes[index + k] ?? 0) & 0x3f);
  return value;
};

/**
 * Bytes as a string.
 * @param bytes UTF-8, or anything else
 */
export const textOf = (bytes: Uint8Array): string => {
  const parts: string[] = [];
  let run: number[] = [];
  let index = 0;
  while (index < bytes.length) {
    const byte = bytes[index] ?? 0;
    const length = byte < 0x80 ? 1 : sequenceLength(bytes, index);
    if (byte < 0x80) run.push(byte);
    else run.push(length === 0 ? ESCAPE + byte : codePointAt(bytes, index, length));
    index += Math.max(1, length);
    // Bounded, because the numbers are spread into arguments of one call.
    if (run.length === 4096) {
      parts.push(String.fromCodePoint(...run));
      run = [];
    }
  }
  parts.push(String.fromCodePoint(...run));
  return parts.join('');
};

/**
 * The bytes of a string, inverse of {@link textOf}. Other lone surrogates become U+FFFD, as in TextEncoder.
 * @param text any string
 */
export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    let code = text.charCodeAt(index);
    if (code < 0x80) {
      bytes[length++] = code;
      continue;
    }
    if (code >= 0xdc80 && code <= 0xdcff) {
      bytes[length++] = code - ESCAPE;
      continue;
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      const whole = text.codePointAt(index) ?? code;
      if (whole > 0xffff) {
        index += 1;
        bytes[length++] = 0xf0 | (whole >> 18);
        bytes[length++] = 0x80 | ((whole >> 12) & 0x3f);
        bytes[length++] = 0x80 | ((whole >> 6) & 0x3f);
        bytes[length++] = 0x80 | (whole & 0x3f);
        continue;
      }
      code = 0xfffd;
    }
    if (code < 0x800) bytes[length++] = 0xc0 | (code >> 6);
    else {
      bytes[length++] = 0xe0 | (code >> 12);
      bytes[length++] = 0x80 | ((code >> 6) & 0x3f);
    }
    bytes[length++] = 0x80 | (code & 0x3f);
  }
  return bytes.subarray(0, length);
};
