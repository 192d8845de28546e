// Layouts in words: one line per field, for `explain` and for the reference page.

import { fixedDwords } from '../layout-of';
import type {
  BlockField,
  Field,
  Fields,
  Layout,
  LengthRule,
  ListCount,
  ListField,
  ScalarField,
} from '../schema-types';

/** A field of a layout in words. */
export interface FieldLine {
  /** `1`, `2–4`, `5 bits 8–11`, or `3…` for what fills the rest; dwords of the command, or of the item for nested ones. */
  readonly place: string;
  /** `box.w`, `viewports[].scale`. */
  readonly name: string;
  /** `u32`, `Primitive`, `flags Bind`, `f32[4]`. */
  readonly type: string;
  readonly doc: string;
  /** The default, if the field may be left out. */
  readonly fallback?: string;
}

const bitsOf = ({ shift, bits }: ScalarField): string =>
  bits === 1 ? ` bit ${shift}` : ` bits ${shift}–${shift + bits - 1}`;

const placeOf = (field: Field, base: number): string => {
  const first = base + field.dword;
  if (field.kind === 'scalar' && field.bits < 32) return `${first}${bitsOf(field)}`;
  const size = fixedDwords(field);
  if (size === 0) return `${first}…`;
  return size === 1 ? String(first) : `${first}–${first + size - 1}`;
};

const countPhrase = (count: ListCount): string => {
  if (count.kind === 'fixed') return String(count.count);
  const range = `${count.min}–${count.max}`;
  return count.kind === 'counted' ? `${range}, counted in dword ${count.countDword}` : range;
};

const scalarType = ({ type, enum: enumName, flags, unit }: ScalarField): string => {
  if (enumName !== undefined) return enumName;
  if (flags !== undefined) return `flags ${flags}`;
  return unit === undefined ? type : `${type} ${unit}`;
};

const typeOf = (field: Field): string => {
  switch (field.kind) {
    case 'scalar':
      return scalarType(field);
    case 'struct':
      return 'struct';
    case 'list':
      return `${typeOf(field.item)}[${countPhrase(field.count)}]`;
    case 'block':
      return `struct, with 1–${field.max} ${field.itemsName}, counted in dword ${field.countDword}`;
    case 'data':
      return `${field.as}[]`;
    case 'text':
      return { terminated: 'text with NUL', open: 'text without NUL', counted: 'text' }[field.form];
  }
};

const fallbackOf = (field: Field): string | undefined => {
  if (field.kind === 'scalar' || (field.kind === 'list' && field.count.kind === 'fixed')) {
    return field.default === undefined ? undefined : String(field.default);
  }
  return undefined;
};

const docOf = (field: Field): string => {
  const notes = [
    ...(field.variant === undefined ? [] : [`variant ${field.variant}`]),
    ...(field.optional ? ['may be absent'] : []),
  ];
  return notes.length === 0 ? field.doc : `${field.doc} (${notes.join(', ')})`;
};

const nestedLines = (field: Field, name: string, base: number): FieldLine[] => {
  if (field.kind === 'struct') return fieldLines(field.fields, `${name}.`, base + field.dword);
  if (field.kind === 'list') return itemLines(field, name);
  return field.kind === 'block' ? blockLines(field, name) : [];
};

// The dwords of an item count from its own first.
const itemLines = ({ item }: ListField, name: string): FieldLine[] =>
  item.kind === 'struct' ? fieldLines(item.fields, `${name}[].`, 0) : [];

const blockLines = ({ head, item, itemsName }: BlockField, name: string): FieldLine[] => [
  ...fieldLines(head, `${name}.`, 0),
  ...fieldLines(item.fields, `${name}.${itemsName}[].`, 0),
];

const fieldLines = (fields: Fields, prefix: string, base: number): FieldLine[] =>
  Object.entries(fields).flatMap(([key, field]) => {
    const name = prefix + key;
    const fallback = fallbackOf(field);
    const line: FieldLine = {
      place: placeOf(field, base),
      name,
      type: typeOf(field),
      doc: docOf(field),
      ...(fallback !== undefined && { fallback }),
    };
    return [line, ...nestedLines(field, name, base)];
  });

/** The fields of a layout, nested ones behind the field that holds them. Dword 0 is the header. */
export const layoutLines = ({ fields }: Layout): FieldLine[] => fieldLines(fields, '', 0);

/** A length rule in words: `12, 14 or 20`. */
export const lengthPhrase = (rule: LengthRule): string => {
  if (rule.kind === 'atLeast') return `${rule.min} or more`;
  if (rule.kind === 'repeat')
    return `${rule.base === 0 ? '' : `${rule.base} + `}${rule.step === 1 ? 'n' : `n × ${rule.step}`}`;
  const [last = 0, ...others] = [...rule.lengths].reverse();
  return others.length === 0 ? String(last) : `${others.reverse().join(', ')} or ${last}`;
};

/** Whether a payload length is one that a rule allows. */
export const lengthFits = (rule: LengthRule, dwords: number): boolean => {
  if (rule.kind === 'exact') return rule.lengths.includes(dwords);
  if (rule.kind === 'atLeast') return dwords >= rule.min;
  return dwords >= rule.base && (dwords - rule.base) % rule.step === 0;
};
