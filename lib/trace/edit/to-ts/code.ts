// Expressions of the generated program, laid out: in one line where they fit, one item a line where they don't.

/** An expression: finished text, or a list in brackets. */
export type Code = string | { open: string; close: string; items: readonly Code[] };

const WIDTH = 110;
const INDENT = '  ';

/** An object literal. */
export const objectCode = (entries: readonly (readonly [string, Code])[]): Code => ({
  open: '{',
  close: '}',
  items: entries.map(([key, code]) => prefixed(`${key}: `, code)),
});

/** An array literal, or the arguments of a call behind its name. */
export const listCode = (open: string, items: readonly Code[], close: string): Code => ({
  open,
  close,
  items,
});

/** An expression behind some words. */
export const prefixed = (words: string, code: Code): Code =>
  typeof code === 'string' ? words + code : { ...code, open: words + code.open };

/** A text in quotes. */
export const quoted = (text: string): string => {
  const json = JSON.stringify(text);
  return /['"\\]/.test(text) || json.length !== text.length + 2 ? json : `'${text}'`;
};

const flat = (code: Code): string => {
  if (typeof code === 'string') return code;
  if (code.items.length === 0) return code.open + code.close;
  const inside = code.items.map(flat).join(', ');
  return code.close === '}' ? `${code.open} ${inside} ${code.close}` : code.open + inside + code.close;
};

// Alternatives go one to a line where they are many.
const wrapped = (text: string, indent: string, room: number): string =>
  text.length <= room || /\n|['"`]/.test(text) ? text : text.replaceAll(' | ', ` |\n${indent}${INDENT}`);

const isShort = (code: Code, room: number): boolean => {
  const line = flat(code);
  return line.length <= room && !line.includes('\n');
};

// Numbers go many to a line.
const packed = (items: readonly string[], indent: string): string => {
  const lines: string[] = [];
  let line = '';
  for (const item of items) {
    if (line !== '' && indent.length + line.length + item.length + 2 > WIDTH) {
      lines.push(line);
      line = '';
    }
    line += `${line === '' ? '' : ' '}${item},`;
  }
  if (line !== '') lines.push(line);
  return lines.map((each) => `${indent}${each}\n`).join('');
};

/** An expression as text, for a place behind `indent` and as many other characters. */
export const layOut = (code: Code, indent: string, others = 0): string => {
  const room = WIDTH - indent.length - others;
  if (typeof code === 'string') return wrapped(code, indent, room);
  if (isShort(code, room)) return flat(code);
  const inner = indent + INDENT;
  const words = code.items.filter((item) => typeof item === 'string');
  if (
    code.items.length > 4 &&
    words.length === code.items.length &&
    words.every((word) => word.length < 16)
  ) {
    return `${code.open}\n${packed(words, inner)}${indent}${code.close}`;
  }
  // A call with one argument hugs it.
  const [only] = code.items;
  if (code.close === ')' && code.items.length === 1 && only !== undefined)
    return code.open + layOut(only, indent, others + code.open.length + 1) + code.close;
  const items = code.items.map((item) => `${inner}${layOut(item, inner)},\n`).join('');
  return `${code.open}\n${items}${indent}${code.close}`;
};
