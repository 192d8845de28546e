// A capability set as lines of text: each field and each bit by name.

import type { Capset } from '../protocol';

const WIDTH = 100;

/** Words in lines of at most 100 characters. */
export const wrap = (words: readonly string[], indent: string): string[] => {
  const lines: string[] = [];
  let line = indent;
  for (const word of words) {
    if (line !== indent && line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  return line === indent ? lines : [...lines, line];
};

const fieldLines = ([name, value]: [string, unknown]): string[] => {
  if (value instanceof Set)
    return [`  ${name} (${value.size} formats)`, ...wrap([...value] as string[], '    ')];
  if (Array.isArray(value)) {
    const items = value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item)));
    return [`  ${name} ${items.join(', ') || 'none'}`];
  }
  return [`  ${name} ${String(value)}`];
};

/** The lines of a set. */
export const capsetLines = ({ fields, capabilityBits, features, primitives }: Capset): string[] => [
  ...Object.entries(fields).flatMap(fieldLines),
  `  bits of bset (${features.length})`,
  ...wrap(features, '    '),
  `  capability bits (${capabilityBits.length})`,
  ...wrap(capabilityBits, '    '),
  `  primitives (${primitives.length})`,
  ...wrap(primitives, '    '),
];
