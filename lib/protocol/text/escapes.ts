// Text inside of a dump: what is not printable is escaped, and bytes that are no UTF-8 come back as they were.

const FIRST_BYTE = 0xdc80;
const LAST_BYTE = 0xdcff;
const ESCAPE_START = 0xdc00;

// Backslash, controls, lone surrogates (which stand for bytes), line ends beyond ASCII, and marks that reorder text.
const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex -- controls are what is searched for
  /[\\\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/gu;

const SHORT: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\t': '\\t' };

const escapeOne = (character: string): string => {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code >= FIRST_BYTE && code <= LAST_BYTE) return `\\x${(code - ESCAPE_START).toString(16)}`;
  return `\\u{${code.toString(16)}}`;
};

/** Escapes everything but printable characters, for a line of its own. */
export const escapeLine = (line: string): string => line.replace(UNPRINTABLE, escapeOne);

/** A string in double quotes. */
export const quote = (text: string): string => `"${escapeLine(text).replaceAll('"', '\\"')}"`;

const ESCAPES = /\\(?:x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,6})\}|([\\nt"]))|\\/gu;

/**
 * Undoes {@link escapeLine} and the inside of {@link quote}.
 * @returns undefined for an escape that is none
 */
export const unescape = (text: string): string | undefined => {
  let valid = true;
  const result = text.replace(ESCAPES, (_, hex?: string, point?: string, plain?: string) => {
    if (hex !== undefined) {
      const code = Number.parseInt(hex, 16);
      return String.fromCharCode(code < 0x80 ? code : ESCAPE_START + code);
    }
    if (point !== undefined) {
      const code = Number.parseInt(point, 16);
      if (code <= 0x10ffff) return String.fromCodePoint(code);
    }
    if (plain !== undefined) return plain === 'n' ? '\n' : plain === 't' ? '\t' : plain;
    valid = false;
    return '';
  });
  return valid ? result : undefined;
};
