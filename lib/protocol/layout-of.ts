// Finds the layout of a command by its names, with the fields that any command may have beside those of its schema.

import { COMMANDS } from './commands';
import { OBJECTS } from './objects';
import {
  data,
  list,
  struct,
  u32,
  type BlockField,
  type Field,
  type Fields,
  type Layout,
} from './schema-types';

/** What a command has beside its fields, described as if it were fields; see `Remainder`. */
export const REMAINDER_FIELDS = {
  extra: data(0, 'dwords behind the last field', { minDwords: 0, as: 'u32' }),
  residue: list(
    0,
    'dwords that the fields do not tell in full',
    struct(0, 3, 'such a dword', {
      dword: u32(0, 'dword of the command, 0 being the header'),
      replaces: u32(1, 'what the fields alone make of it'),
      value: u32(2, 'what it is'),
    }),
    { max: 0xffff },
  ),
} as const satisfies Fields;

/** What a command that could not be decoded consists of. */
export const UNKNOWN_FIELDS = {
  opcode: u32(0, 'bits 0–7 of the header', { bits: 8 }),
  objectType: u32(0, 'bits 8–15 of the header', { shift: 8, bits: 8 }),
  lengthDwords: u32(0, 'payload length that the header tells', { shift: 16, bits: 16 }),
  payload: data(1, 'what is there of the payload', { minDwords: 0, as: 'u32' }),
} as const satisfies Fields;

/** The words that a command is known by; `object` only for CREATE_OBJECT. */
export interface LayoutName {
  readonly name: string;
  readonly object?: string;
}

const COMMAND_LAYOUTS: ReadonlyMap<string, Layout> = new Map(
  Object.entries<Layout>(COMMANDS).filter(([name]) => name !== 'CREATE_OBJECT'),
);
const OBJECT_LAYOUTS: ReadonlyMap<string | undefined, Layout> = new Map(Object.entries<Layout>(OBJECTS));

/**
 * The layout of a command.
 * @returns undefined for names that stand for none, and for a CREATE_OBJECT without `object`
 */
export const layoutOf = ({ name, object }: LayoutName): Layout | undefined =>
  name === 'CREATE_OBJECT' ? OBJECT_LAYOUTS.get(object) : COMMAND_LAYOUTS.get(name);

/** Dwords that a field always takes; 0 for what fills the rest of a payload. */
export const fixedDwords = (field: Field): number => {
  if (field.kind === 'scalar') return field.type === 'f64' ? 2 : 1;
  if (field.kind === 'struct') return field.sizeDwords;
  return field.kind === 'list' && field.count.kind === 'fixed' ? field.strideDwords * field.count.count : 0;
};

/** A block as a record: its head, and its items under their name. */
export const blockFields = ({ head, headDwords, itemsName, item, countDword, max }: BlockField): Fields => ({
  ...head,
  [itemsName]: {
    kind: 'list',
    dword: headDwords,
    doc: '',
    item,
    strideDwords: item.sizeDwords,
    count: { kind: 'counted', countDword, min: 1, max },
  },
});

const ENTRIES = new WeakMap<Fields, readonly (readonly [string, Field])[]>();

/** `Object.entries` of fields, made once. */
export const entriesOf = (fields: Fields): readonly (readonly [string, Field])[] => {
  let entries = ENTRIES.get(fields);
  if (entries === undefined) ENTRIES.set(fields, (entries = Object.entries(fields)));
  return entries;
};

/** `CREATE_OBJECT BLEND`, `DRAW_VBO`: how texts and messages call a command. */
export const fullName = ({ name, object }: LayoutName): string =>
  object === undefined ? name : `${name} ${object}`;
