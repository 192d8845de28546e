// From the schema to codecs, once when the module loads: field tables become flat arrays of slots and tails over
// a template of defaults.

import { COMMANDS } from './commands';
import { FieldFault } from './field-fault';
import { makeHeader, MAX_PAYLOAD_DWORDS } from './header';
import { BlockCodec, ItemListCodec, ScalarListCodec } from './list-codec';
import { fixedDwords } from './layout-of';
import { OBJECTS } from './objects';
import { Plan, VariantCodec, type PlanCondition, type Slot, type Tail } from './record-codec';
import { scalarCodec } from './scalar-codec';
import type {
  BlockField,
  Condition,
  Field,
  Fields,
  Layout,
  LengthRule,
  ListField,
  Variant,
} from './schema-types';
import { DataCodec, TextCodec } from './tail-codec';
import type { Codec, Reader, WordBuffer } from './word-buffer';

const isTail = (field: Field): boolean =>
  field.kind === 'data' ||
  field.kind === 'text' ||
  field.kind === 'block' ||
  (field.kind === 'list' && field.count.kind !== 'fixed');

const listCodec = ({ item, strideDwords, count, filled = false }: ListField): Codec =>
  item.kind === 'scalar'
    ? new ScalarListCodec(scalarCodec(item), count, filled)
    : new ItemListCodec(fieldCodec(item), strideDwords, count, filled);

const blockCodec = ({ head, headDwords, itemsName, item, countDword, max }: BlockField): Codec =>
  new BlockCodec(
    recordCodec(head, undefined, [headDwords], 0),
    headDwords,
    itemsName,
    new ItemListCodec(fieldCodec(item), item.sizeDwords, { kind: 'counted', countDword, min: 1, max }, false),
    countDword,
  );

const fieldCodec = (field: Field): Codec => {
  switch (field.kind) {
    case 'struct':
      return recordCodec(field.fields, field.variants, [field.sizeDwords], 0);
    case 'list':
      return listCodec(field);
    case 'block':
      return blockCodec(field);
    case 'data':
      return new DataCodec(field.minDwords);
    case 'text':
      return new TextCodec(field);
    case 'scalar':
      return new ScalarListCodec(scalarCodec(field), { kind: 'fixed', count: 1 }, false);
  }
};

// What the template holds for a field that is not given; undefined if it must be given, or may be absent.
const fallbackOf = (field: Field): unknown => {
  if (field.kind === 'scalar') return field.default;
  if (field.kind === 'struct') return field.filled ? {} : undefined;
  if (field.kind !== 'list' || field.count.kind !== 'fixed') return undefined;
  if (field.filled) return [];
  return field.default === undefined ? undefined : new Array<number>(field.count.count).fill(field.default);
};

const mayBeLeftOut = (field: Field): boolean =>
  field.variant !== undefined ||
  field.optional === true ||
  field.kind === 'block' ||
  (field.kind === 'data' && field.minDwords === 0) ||
  fallbackOf(field) !== undefined;

const slotOf = ([name, field]: [string, Field]): Slot => ({
  name,
  dword: field.dword,
  end: field.dword + fixedDwords(field),
  scalar: field.kind === 'scalar' ? scalarCodec(field) : undefined,
  codec: field.kind === 'scalar' ? undefined : fieldCodec(field),
  required: !mayBeLeftOut(field),
  fallback: fallbackOf(field),
});

const tailOf = ([name, field]: [string, Field]): Tail => ({
  name,
  codec: fieldCodec(field),
  required: !mayBeLeftOut(field),
  isText: field.kind === 'text',
});

const conditionOf = (condition: Condition, fields: Fields): PlanCondition => {
  const field = fields[condition.field];
  if (field?.kind !== 'scalar') throw new TypeError(`schema: ${condition.field} is no scalar`);
  const accepts = (bits: number): boolean => {
    if ('is' in condition) return bits === condition.is;
    if ('isNot' in condition) return bits !== condition.isNot;
    return (bits & condition.hasBits) !== 0;
  };
  return { field: condition.field, dword: field.dword, scalar: scalarCodec(field), accepts };
};

/** The codec of a record; `sizes` are the possible lengths of its fixed part, `first` what its first dword holds. */
const recordCodec = (
  fields: Fields,
  variants: readonly Variant[] | undefined,
  sizes: readonly number[],
  first: number,
): Codec => {
  const planOf = (variant: Variant | undefined): Plan => {
    const entries = Object.entries(fields).filter(
      ([, field]) => field.variant === undefined || field.variant === variant?.name,
    );
    return new Plan(
      entries.filter(([, field]) => !isTail(field)).map(slotOf),
      entries.filter(([, field]) => isTail(field)).map(tailOf),
      sizes,
      first,
      variant?.when && conditionOf(variant.when, fields),
    );
  };
  const [preferred, ...others] = variants ?? [];
  const plan = planOf(preferred);
  return others.length === 0 ? plan : new VariantCodec([plan, ...others.map(planOf)]);
};

// Possible sizes of the part before any tail, header included.
const fixedSizes = ({ fields, length }: Layout): number[] => {
  if (length.kind === 'exact') return length.lengths.map((payload) => payload + 1);
  const all = Object.values(fields);
  const tail = all.find(isTail);
  if (tail) return [tail.dword];
  const least = length.kind === 'atLeast' ? length.min : length.base;
  const optional = all.filter((field) => field.optional).map((field) => field.dword + fixedDwords(field));
  return [least + 1, ...optional.sort((a, b) => a - b)];
};

const rulePhrase = (rule: LengthRule): string => {
  if (rule.kind === 'exact') return `a payload of ${rule.lengths.join(' or ')} dwords`;
  if (rule.kind === 'atLeast') return `a payload of at least ${rule.min} dwords`;
  return `a payload of ${rule.base} + n * ${rule.step} dwords`;
};

const ruleHolds = (rule: LengthRule, payload: number): boolean => {
  if (rule.kind === 'exact') return rule.lengths.includes(payload);
  if (rule.kind === 'atLeast') return payload >= rule.min;
  return payload >= rule.base && (payload - rule.base) % rule.step === 0;
};

/** Writes and reads one command, header included. */
export class LayoutCodec {
  private readonly record: Codec;
  private readonly rule: LengthRule;
  // The length, or the first of several, which is the usual one.
  private readonly exactLength: number;

  /**
   * @param name what errors call the command
   * @param opcode bits 0–7 of the header
   * @param objectType bits 8–15 of the header, unless a field stands there
   */
  constructor(
    readonly name: string,
    readonly opcode: number,
    readonly objectType: number,
    layout: Layout,
  ) {
    this.rule = layout.length;
    this.exactLength = this.rule.kind === 'exact' ? (this.rule.lengths[0] ?? -1) : -1;
    const header = makeHeader(opcode, objectType, 0);
    this.record = recordCodec(layout.fields, layout.variants, fixedSizes(layout), header);
  }

  /**
   * Writes the command behind the buffer's complete part, without making it part of it.
   * @returns the dword after the command
   * @throws FieldFault
   */
  write(out: WordBuffer, args: unknown): number {
    const at = out.length;
    const end = this.record.write(out, at, args, at);
    const payload = end - at - 1;
    if (payload !== this.exactLength && (payload > MAX_PAYLOAD_DWORDS || !ruleHolds(this.rule, payload))) {
      throw new FieldFault('lengthDwords', rulePhrase(this.rule), payload);
    }
    out.u32[at] = (out.u32[at] ?? 0) | (payload << 16);
    return end;
  }

  /**
   * Reads the fields of the command whose header is at `at`; the reader ends with its payload.
   * @throws FieldFault
   */
  read(reader: Reader, at: number): Readonly<Record<string, unknown>> {
    const payload = reader.end - at - 1;
    if (!ruleHolds(this.rule, payload)) throw new FieldFault('lengthDwords', rulePhrase(this.rule), payload);
    return this.record.read(reader, at, at) as Readonly<Record<string, unknown>>;
  }
}

const CREATE = COMMANDS.CREATE_OBJECT.opcode;

/** Codec of every command by opcode. That of CREATE_OBJECT is for tools only: see {@link OBJECT_CODECS}. */
export const COMMAND_CODECS: readonly (LayoutCodec | undefined)[] = (() => {
  const codecs: (LayoutCodec | undefined)[] = [];
  for (const [name, schema] of Object.entries(COMMANDS)) {
    codecs[schema.opcode] = new LayoutCodec(name, schema.opcode, 0, schema as Layout);
  }
  return codecs;
})();

/** Codec of CREATE_OBJECT by object type. */
export const OBJECT_CODECS: readonly (LayoutCodec | undefined)[] = (() => {
  const codecs: (LayoutCodec | undefined)[] = [];
  for (const [name, schema] of Object.entries(OBJECTS)) {
    codecs[schema.objectType] = new LayoutCodec(
      `CREATE_OBJECT ${name}`,
      CREATE,
      schema.objectType,
      schema as Layout,
    );
  }
  return codecs;
})();

/** The codec that reads and writes a command, or undefined if no release knows it. */
export const codecFor = (opcode: number, objectType: number): LayoutCodec | undefined =>
  opcode === CREATE ? OBJECT_CODECS[objectType] : COMMAND_CODECS[opcode];
