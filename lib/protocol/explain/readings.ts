// The parts of explanations that numbers and names have in common.

import { BSET_BITS, CAPABILITY_BITS, CAPABILITY_BITS_V2 } from '../capsets';
import { COMMANDS } from '../commands';
import * as enums from '../enums';
import { FLAGS, type FlagsName } from '../enum-registry';
import { formatLayout } from '../format-layout';
import { FORMAT_ALIASES, FORMAT_MAX, formatName } from '../formats';
import { layoutOf } from '../layout-of';
import { OBJECTS } from '../objects';
import type { Layout } from '../schema-types';
import { layoutLines, lengthPhrase } from './layout-lines';
import { CONTEXT_ERROR_MEANINGS } from './meanings';

/** What an explanation is about; `explain('format:22')` asks for one kind only. */
export type ExplanationKind =
  | 'header'
  | 'opcode'
  | 'object'
  | 'errno'
  | 'error'
  | 'format'
  | 'flags'
  | 'capability'
  | 'capset'
  | 'value'
  | 'field';

/** One reading of a number or name. */
export interface Explanation {
  readonly kind: ExplanationKind;
  /** `DRAW_VBO, 12 dwords`. */
  readonly title: string;
  /** The number behind a name, or the number itself. */
  readonly value: number;
  /** More about it, a line each. */
  readonly lines: readonly string[];
}

/** A reading, and how likely it is. */
export interface Ranked extends Explanation {
  /** Higher is likelier. */
  readonly rank: number;
}

type Numbers = Readonly<Record<string, number>>;

// These have a reading of their own.
const OWN_READING = new Set(['ContextError', 'CapsetId', 'ObjectType', 'Limit']);
/** Enumerations and flag sets by name. */
export const VALUES = (Object.entries(enums) as [string, Numbers][]).filter(
  ([name]) => !OWN_READING.has(name),
);
/** Whether a set of numbers is one of flags. */
export const isFlags = (name: string): name is FlagsName => name in FLAGS;

/** A number in hex. */
export const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

const tableOf = (layout: Layout): string[] => {
  const lines = layoutLines(layout);
  const wide = (pick: (line: (typeof lines)[number]) => string): number =>
    Math.max(0, ...lines.map((line) => pick(line).length));
  const [place, name, type] = [
    wide((line) => line.place),
    wide((line) => line.name),
    wide((line) => line.type),
  ];
  return lines.map(
    (line) =>
      `${line.place.padEnd(place)}  ${line.name.padEnd(name)}  ${line.type.padEnd(type)}  ${line.doc}` +
      (line.fallback === undefined ? '' : `; default ${line.fallback}`),
  );
};

/** A layout as lines. */
export const layoutText = (layout: Layout): string[] => [
  `${layout.doc} Since ${layout.since === '0.8' ? '0.8 or older' : layout.since}.`,
  `payload: ${lengthPhrase(layout.length)} dwords`,
  ...tableOf(layout),
];

/** A command. */
export const opcodeReading = (name: string, opcode: number): Ranked => {
  const layout = layoutOf({ name }) ?? COMMANDS.CREATE_OBJECT;
  return {
    kind: 'opcode',
    title: `opcode ${opcode}, ${name}`,
    value: opcode,
    lines: layoutText(layout),
    rank: 60,
  };
};

/** A kind of object. */
export const objectReading = (name: string, type: number): Ranked => ({
  kind: 'object',
  title: `object type ${type}, ${name}`,
  value: type,
  lines: layoutText((OBJECTS as Record<string, Layout>)[name] ?? COMMANDS.CREATE_OBJECT),
  rank: 50,
});

/** An errno. */
export const errnoReading = (
  name: string,
  { value, meaning }: { value: number; meaning: string },
  rank: number,
): Ranked => ({
  kind: 'errno',
  title: `errno ${value}, ${name}`,
  value,
  lines: [meaning],
  rank,
});

/** An error state of a context. */
export const errorReading = (name: string, value: number): Ranked => ({
  kind: 'error',
  title: `context error ${value}, ${name}`,
  value,
  lines: [CONTEXT_ERROR_MEANINGS[name] ?? ''],
  rank: 45,
});

const layoutLine = (format: number): string => {
  try {
    const { blockWidth, blockHeight, blockDepth, blockBytes, channels } = formatLayout(format);
    const block =
      blockWidth * blockHeight * blockDepth === 1
        ? 'texel'
        : `block of ${blockWidth}×${blockHeight}×${blockDepth}`;
    const parts = channels.map(
      ({ name, bits, offsetBits }) => `${name} bits ${offsetBits}–${offsetBits + bits - 1}`,
    );
    return `${blockBytes} bytes per ${block}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
  } catch {
    return 'no plain layout in memory';
  }
};

/** A format; none for a number that is none. */
export const formatReading = (format: number): Ranked[] => {
  const name = formatName(format);
  if (name === undefined) return [];
  const alias = Object.entries(FORMAT_ALIASES).find(([, long]) => long === name)?.[0];
  const since = Object.entries(FORMAT_MAX).find(([, max]) => format < max)?.[0] ?? '';
  const lines = [
    ...(format === 0 ? [] : [layoutLine(format)]),
    ...(alias === undefined ? [] : [`called ${alias} before 1.2`]),
    `known since ${since === '0.10' ? '0.10 or older' : since}`,
  ];
  return [{ kind: 'format', title: `format ${format}, ${name}`, value: format, lines, rank: 30 }];
};

/** A capability set by its id. */
export const capsetReadings = (value: number): Ranked[] =>
  Object.entries(enums.CapsetId)
    .filter(([, id]) => id === value)
    .map(([name, id]) => ({
      kind: 'capset',
      title: `capability set ${id}, ${name}`,
      value: id,
      lines: [],
      rank: 28,
    }));

/** Names of the bits of each mask of capabilities. */
export const CAPABILITY_SETS: readonly (readonly [string, readonly string[]])[] = [
  ['capabilityBits', CAPABILITY_BITS],
  ['capabilityBitsV2', CAPABILITY_BITS_V2],
  ['bset', BSET_BITS],
];
