// Values of fields as expressions of the generated program, by the schema. Fields with their default are left out, as in a dump.

import type { DataField, Field, Fields, ListField, ScalarField } from '../../../protocol';
import { blockFields, entriesOf } from '../../../protocol/layout-of';
import { dwordsOf } from '../../../protocol/text/dwords';
import { doubleWord, floatOf, floatWord, integerWord, isPlainFloat } from '../../../protocol/text/numbers';
import { type Code, listCode, objectCode, quoted } from './code';
import type { DataFile } from './data-file';
import type { Names } from './names';

type Values = Readonly<Record<string, unknown>>;

/** Bytes that still stand in the program itself. */
const INLINE_BYTES = 256;

/** A text as a template string where that reads better and means the same. */
export const textCode = (text: string): string => {
  // A template string would turn carriage returns into line breaks.
  const plain = /^[\t\n\x20-\x7e\u00a0-\ud7ff]*$/.test(text);
  if (!text.includes('\n') || !plain) return quoted(text);
  return `\`${text.replace(/[\\`]|\$(?=\{)/g, '\\$&')}\``;
};

/** Turns values into code. */
export class ValueWriter {
  readonly names: Names;
  readonly #data: DataFile;

  constructor(names: Names, data: DataFile) {
    this.names = names;
    this.#data = data;
  }

  /** Bytes: in the program if short, otherwise beside it. */
  bytes(bytes: Uint8Array): Code {
    if (bytes.every((byte) => byte === 0)) return `new Uint8Array(${bytes.length})`;
    if (bytes.length > INLINE_BYTES) return `p.data(${this.#data.add(bytes)}, ${bytes.length})`;
    return listCode('Uint8Array.of(', Array.from(bytes, String), ')');
  }

  /** Dwords, as what they usually are. */
  dwords(view: ArrayBufferView, as: DataField['as']): Code {
    if (view.byteLength > INLINE_BYTES)
      return this.bytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    const dwords = dwordsOf(view);
    if (dwords.length > 0 && dwords.every((dword) => dword === 0)) return `new Uint32Array(${dwords.length})`;
    if (as === 'f32' && dwords.every(isPlainFloat))
      return listCode(
        'Float32Array.of(',
        Array.from(dwords, (dword) => floatWord(floatOf(dword))),
        ')',
      );
    return listCode('Uint32Array.of(', Array.from(dwords, integerWord), ')');
  }

  /** Dwords as a Float32Array. */
  floats(dwords: Uint32Array): Code {
    if (dwords.every((dword) => dword === 0)) return `new Float32Array(${dwords.length || ''})`;
    if (dwords.byteLength > INLINE_BYTES) {
      const bytes = new Uint8Array(dwords.buffer, dwords.byteOffset, dwords.byteLength);
      return `p.floats(${this.#data.add(bytes)}, ${dwords.length})`;
    }
    if (!dwords.every(isPlainFloat))
      return listCode(
        'new Float32Array(',
        [listCode('Uint32Array.of(', Array.from(dwords, integerWord), ').buffer')],
        ')',
      );
    return listCode(
      'Float32Array.of(',
      Array.from(dwords, (dword) => floatWord(floatOf(dword))),
      ')',
    );
  }

  /** A value of a field. */
  value(field: Field, value: unknown): Code {
    switch (field.kind) {
      case 'scalar':
        return this.#scalar(field, value);
      case 'struct':
        return this.record(field.fields, value as Values);
      case 'list':
        return this.#list(field, value as ArrayLike<unknown>);
      case 'block':
        return this.record(blockFields(field), value as Values);
      case 'data':
        return this.dwords(value as ArrayBufferView, field.as);
      case 'text':
        return textCode(value as string);
    }
  }

  /** The fields that `values` has. */
  record(fields: Fields, values: Values): Code {
    const entries: [string, Code][] = [];
    for (const [name, field] of entriesOf(fields)) {
      const value = values[name];
      if (value !== undefined) entries.push([name, this.value(field, value)]);
    }
    return objectCode(entries);
  }

  #scalar(field: ScalarField, value: unknown): Code {
    if (typeof value !== 'number') return String(value);
    if (field.type === 'f32') return floatWord(value);
    if (field.type === 'f64') return doubleWord(value);
    if (field.enum !== undefined) return this.names.enumeration(field.enum, value);
    if (field.flags !== undefined) return this.names.flags(field.flags, value);
    if (field.unit === 'resource') return this.names.id('resource', value);
    if (field.unit === 'object') return this.names.object(value);
    return integerWord(value);
  }

  #list({ item }: ListField, values: ArrayLike<unknown>): Code {
    return listCode(
      '[',
      Array.from(values, (value) => this.value(item, value)),
      ']',
    );
  }
}

const isEvery = (values: ArrayLike<unknown>, expected: unknown): boolean =>
  Array.from(values).every((value) => Object.is(value, expected));

const isDefault = (field: Field, value: unknown): boolean => {
  if (field.kind === 'scalar') return field.default !== undefined && Object.is(value, field.default);
  if (field.kind === 'data') return field.minDwords === 0 && (value as ArrayBufferView).byteLength === 0;
  if (field.kind !== 'list' || field.count.kind !== 'fixed' || field.default === undefined) return false;
  return isEvery(value as ArrayLike<unknown>, field.default);
};

const isNothing = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.every(isNothing);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  return Object.values(value).every(isNothing);
};

const withoutTail = (value: unknown): unknown => {
  if (!Array.isArray(value)) return value;
  const last = value.findLastIndex((item) => !isNothing(item));
  return value.slice(0, last + 1);
};

/** As {@link lean}, without what is left empty in structs and fixed lists that the encoder fills up by itself. */
export const leanest = (fields: Fields, values: Values): Record<string, unknown> => {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(lean(fields, values))) {
    const field = fields[name];
    const isFilled = field !== undefined && 'filled' in field && field.filled === true;
    const rest = isFilled ? withoutTail(value) : value;
    if (!isFilled || !isNothing(rest)) kept[name] = rest;
  }
  return kept;
};

const leanValue = (field: Field, value: unknown): unknown => {
  if (field.kind === 'struct') return lean(field.fields, value as Values);
  if (field.kind === 'block') return lean(blockFields(field), value as Values);
  if (field.kind === 'list' && field.item.kind !== 'scalar')
    return Array.from(value as ArrayLike<unknown>, (item) => leanValue(field.item, item));
  return value;
};

/** Values without those that the encoder puts there by itself. */
export const lean = (fields: Fields, values: Values): Record<string, unknown> => {
  const kept: Record<string, unknown> = {};
  for (const [name, field] of entriesOf(fields)) {
    const value = values[name];
    if (value !== undefined && !isDefault(field, value)) kept[name] = leanValue(field, value);
  }
  return kept;
};
