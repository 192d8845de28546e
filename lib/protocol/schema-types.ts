// The words that the schema tables are written in: kinds of fields, length rules, layouts, and the TypeScript
// types that follow from them. Everything here is plain data at run time; what a field means for the encoder and
// the decoder is in *-codec.ts. Dword numbers are those of src/virgl_protocol.h: 0 is the header, the payload
// starts at 1. Inside a struct that is an item of a list, 0 is the item's first dword.

import type { EnumName, EnumValue, FlagsName } from './enum-registry';

/** First virglrenderer release line that knows something; `0.8` stands for "0.8 or older". */
export type Release = '0.8' | '0.9' | '0.10' | '1.0' | '1.1' | '1.2' | '1.3';

/** How the bits of a scalar are read. `f64` takes two dwords, low one first. */
export type ScalarType = 'u32' | 'i32' | 'f32' | 'f64' | 'bool';

/** What a number stands for beyond its type. Handles of objects, sub-contexts and video objects are the guest's own. */
export type Unit =
  | 'resource'
  | 'object'
  | 'subContext'
  | 'videoCodec'
  | 'videoBuffer'
  | 'blob'
  | 'bytes'
  | 'pixels'
  | 'dwords'
  | 'vertices';

// Carries the TypeScript types of a field; never present at run time.
declare const TYPES: unique symbol;

/** Type-level part of a field: what the encoder takes, what the decoder gives, and whether either may be absent. */
export interface Typed<In, Out, InOptional extends boolean, OutOptional extends boolean> {
  readonly [TYPES]?: { in: In; out: Out; inOptional: InOptional; outOptional: OutOptional };
}

/** What every kind of field has. */
interface FieldCommon {
  /** Dword that the field starts at. */
  readonly dword: number;
  /** One phrase for documentation and tools. */
  readonly doc: string;
  /** Name of the variant of the layout that the field belongs to. */
  readonly variant?: string;
  /** True for a field that shorter forms of the payload end before. */
  readonly optional?: boolean;
  /** True for a struct or fixed list whose missing members and items take their defaults. */
  readonly filled?: boolean;
}

/** A number or boolean in some bits of a dword. */
export interface ScalarField extends FieldCommon {
  readonly kind: 'scalar';
  readonly type: ScalarType;
  /** Lowest bit. */
  readonly shift: number;
  /** Width in bits; 32 for a whole dword, 64 for f64. */
  readonly bits: number;
  readonly enum?: EnumName;
  readonly flags?: FlagsName;
  readonly unit?: Unit;
  /** What the encoder writes when the field is not given. */
  readonly default?: number | boolean;
}

/** A record of fields at a fixed place, or the item of a list. */
export interface StructField extends FieldCommon {
  readonly kind: 'struct';
  readonly sizeDwords: number;
  readonly fields: Fields;
  readonly variants?: readonly Variant[];
}

/** How many items a list has: always as many, as many as the payload has room for, or as a dword says. */
export type ListCount =
  | { readonly kind: 'fixed'; readonly count: number }
  | { readonly kind: 'rest'; readonly min: number; readonly max: number }
  | { readonly kind: 'counted'; readonly countDword: number; readonly min: number; readonly max: number };

/** Items one after the other. */
export interface ListField extends FieldCommon {
  readonly kind: 'list';
  readonly item: ScalarField | StructField | ListField;
  readonly strideDwords: number;
  readonly count: ListCount;
  /** What every item is when the list is not given (fixed lists of scalars only). */
  readonly default?: number;
}

/** A counted list with a head that is there only if the list is not empty. */
export interface BlockField extends FieldCommon {
  readonly kind: 'block';
  readonly countDword: number;
  readonly max: number;
  readonly head: Fields;
  readonly headDwords: number;
  readonly itemsName: string;
  readonly item: StructField;
}

/** All remaining dwords, uninterpreted. `as` is what they usually are, for printers. */
export interface DataField extends FieldCommon {
  readonly kind: 'data';
  readonly minDwords: number;
  readonly as: 'u32' | 'f32' | 'bytes';
}

/**
 * Text in all remaining dwords, UTF-8, zero-padded. `terminated`: ends with a NUL. `open`: has no NUL because it
 * goes on in another packet. `counted`: its byte length stands in `countDword`.
 */
export interface TextField extends FieldCommon {
  readonly kind: 'text';
  readonly form: 'terminated' | 'open' | 'counted';
  readonly countDword?: number;
  /** Dwords that the text takes at least; 1 if not told. */
  readonly minDwords?: number;
}

/** Any field of the schema. */
export type Field = ScalarField | StructField | ListField | BlockField | DataField | TextField;

/** Fields by name, in the order of their dwords. */
export type Fields = Readonly<Record<string, Field>>;

/** When a decoder may read a layout as this variant. */
export type Condition =
  | { readonly field: string; readonly is: number }
  | { readonly field: string; readonly isNot: number }
  | { readonly field: string; readonly hasBits: number };

/**
 * One of several readings of the same dwords. The encoder picks the variant whose fields are given, else the
 * first; the decoder picks the first whose condition holds and which explains every bit.
 */
export interface Variant {
  readonly name: string;
  readonly when?: Condition;
}

/** Which payload lengths (header not counted) the host takes. `atLeast` lets surplus dwords follow. */
export type LengthRule =
  | { readonly kind: 'exact'; readonly lengths: readonly number[] }
  | { readonly kind: 'atLeast'; readonly min: number }
  | { readonly kind: 'repeat'; readonly base: number; readonly step: number };

/** The payload of a command or of a created object. */
export interface Layout<F extends Fields = Fields> {
  readonly doc: string;
  readonly since: Release;
  readonly length: LengthRule;
  readonly fields: F;
  readonly variants?: readonly Variant[];
}

/** A command of the stream. */
export interface CommandSchema<F extends Fields = Fields> extends Layout<F> {
  readonly opcode: number;
}

/** A kind of object that CREATE_OBJECT makes. */
export interface ObjectSchema<F extends Fields = Fields> extends Layout<F> {
  readonly objectType: number;
}

type InOf<F> = F extends Typed<infer In, unknown, boolean, boolean> ? In : never;
type OutOf<F> = F extends Typed<unknown, infer Out, boolean, boolean> ? Out : never;
type InOptionalKeys<F> = {
  [K in keyof F]: F[K] extends Typed<unknown, unknown, true, boolean> ? K : never;
}[keyof F];
type OutOptionalKeys<F> = {
  [K in keyof F]: F[K] extends Typed<unknown, unknown, boolean, true> ? K : never;
}[keyof F];
type Simplify<T> = { [K in keyof T]: T[K] };

/** What the encoder takes for a record of fields: those with a default may be left out. */
export type InputOf<F> = Simplify<
  { [K in Exclude<keyof F, InOptionalKeys<F>>]: InOf<F[K]> } & {
    [K in InOptionalKeys<F>]?: InOf<F[K]> | undefined;
  }
>;

/** What the decoder gives for a record of fields: those of variants and of longer forms may be absent. */
export type OutputOf<F> = Simplify<
  { readonly [K in Exclude<keyof F, OutOptionalKeys<F>>]: OutOf<F[K]> } & {
    readonly [K in OutOptionalKeys<F>]?: OutOf<F[K]>;
  }
>;

/** Options that every scalar has. */
interface ScalarOptions<V> {
  readonly shift?: number;
  readonly bits?: number;
  readonly default?: V;
  readonly unit?: Unit;
  readonly variant?: string;
  readonly optional?: true;
}

interface FieldOptions {
  readonly variant?: string;
  readonly optional?: true;
  readonly filled?: true;
}

type HasDefault<O> = O extends
  { default: unknown } | { variant: string } | { optional: true } | { filled: true }
  ? true
  : false;
type MayBeAbsent<O> = O extends { variant: string } | { optional: true } ? true : false;
type Scalar<V, O> = ScalarField & Typed<V, V, HasDefault<O>, MayBeAbsent<O>>;

const scalar = (
  type: ScalarType,
  dword: number,
  doc: string,
  options: ScalarOptions<number | boolean> & { enum?: EnumName; flags?: FlagsName } = {},
): ScalarField => ({
  kind: 'scalar',
  type,
  dword,
  doc,
  shift: 0,
  bits: type === 'f64' ? 64 : 32,
  ...options,
});

/** Unsigned number in a dword, or in `bits` bits from `shift`. */
export const u32 = <const O extends ScalarOptions<number> = ScalarOptions<number>>(
  dword: number,
  doc: string,
  options?: O,
): Scalar<number, O> => scalar('u32', dword, doc, options);

/** Signed 32-bit number. */
export const i32 = <const O extends ScalarOptions<number> = ScalarOptions<number>>(
  dword: number,
  doc: string,
  options?: O,
): Scalar<number, O> => scalar('i32', dword, doc, options);

/** 32-bit float. */
export const f32 = <const O extends ScalarOptions<number> = ScalarOptions<number>>(
  dword: number,
  doc: string,
  options?: O,
): Scalar<number, O> => scalar('f32', dword, doc, options);

/** 64-bit float in two dwords, low one first. */
export const f64 = <const O extends ScalarOptions<number> = ScalarOptions<number>>(
  dword: number,
  doc: string,
  options?: O,
): Scalar<number, O> => scalar('f64', dword, doc, options);

/** Boolean that fills a dword: 0 or 1. */
export const bool = <const O extends ScalarOptions<boolean> = ScalarOptions<boolean>>(
  dword: number,
  doc: string,
  options?: O,
): Scalar<boolean, O> => scalar('bool', dword, doc, options);

/** One bit, false unless given. */
export const bit = (
  dword: number,
  shift: number,
  doc: string,
): ScalarField & Typed<boolean, boolean, true, false> =>
  scalar('bool', dword, doc, { shift, bits: 1, default: false });

/** One value of an enumeration. */
export const oneOf = <N extends EnumName, const O extends ScalarOptions<number> = ScalarOptions<number>>(
  name: N,
  dword: number,
  doc: string,
  options?: O,
): Scalar<EnumValue<N>, O> => scalar('u32', dword, doc, { ...options, enum: name });

/** An or-ed mask of a flag set. */
export const flags = <const O extends ScalarOptions<number> = ScalarOptions<number>>(
  name: FlagsName,
  dword: number,
  doc: string,
  options?: O,
): Scalar<number, O> => scalar('u32', dword, doc, { ...options, flags: name });

/** Global id of a resource that is attached to the context. */
export const resource = <const O extends ScalarOptions<number> = ScalarOptions<number>>(
  dword: number,
  doc: string,
  options?: O,
): Scalar<number, O> => scalar('u32', dword, doc, { unit: 'resource', ...options });

/** Handle of an object of the sub-context, chosen by the guest. */
export const object = <const O extends ScalarOptions<number> = ScalarOptions<number>>(
  dword: number,
  doc: string,
  options?: O,
): Scalar<number, O> => scalar('u32', dword, doc, { unit: 'object', ...options });

/** A record of `sizeDwords` dwords, for lists and nested structs. */
export const struct = <F extends Fields, const O extends FieldOptions = FieldOptions>(
  dword: number,
  sizeDwords: number,
  doc: string,
  fields: F,
  options?: O & { readonly variants?: readonly Variant[] },
): StructField & Typed<InputOf<F>, OutputOf<F>, HasDefault<O>, MayBeAbsent<O>> => ({
  kind: 'struct',
  dword,
  sizeDwords,
  doc,
  fields,
  ...options,
});

type ItemField = ScalarField | StructField | ListField;
type ItemsIn<I> = InOf<I> extends number ? ArrayLike<number> : readonly InOf<I>[];

interface VectorOptions extends FieldOptions {
  readonly default?: number;
}

const itemSize = (item: ItemField): number => {
  if (item.kind === 'struct') return item.sizeDwords;
  if (item.kind === 'scalar') return item.type === 'f64' ? 2 : 1;
  return item.count.kind === 'fixed' ? item.count.count * item.strideDwords : 0;
};

/** Exactly `count` items. */
export const vector = <I extends ItemField, const O extends VectorOptions = VectorOptions>(
  dword: number,
  count: number,
  doc: string,
  item: I,
  options?: O,
): ListField & Typed<ItemsIn<I>, readonly OutOf<I>[], HasDefault<O>, MayBeAbsent<O>> => ({
  kind: 'list',
  dword,
  doc,
  item,
  strideDwords: itemSize(item),
  count: { kind: 'fixed', count },
  ...options,
});

interface ListOptions {
  readonly min?: number;
  readonly max: number;
  readonly countDword?: number;
}

/** As many items as the payload holds, or as the dword `countDword` says. */
export const list = <I extends ItemField>(
  dword: number,
  doc: string,
  item: I,
  { min = 0, max, countDword }: ListOptions,
): ListField & Typed<ItemsIn<I>, readonly OutOf<I>[], false, false> => ({
  kind: 'list',
  dword,
  doc,
  item,
  strideDwords: itemSize(item),
  count: countDword === undefined ? { kind: 'rest', min, max } : { kind: 'counted', countDword, min, max },
});

/** Any dwords up to the end of the payload. Needed when `minDwords` is above 0. */
export const data = <const M extends number>(
  dword: number,
  doc: string,
  options: { readonly minDwords: M; readonly as: DataField['as'] },
): DataField & Typed<ArrayBufferView, Uint32Array, M extends 0 ? true : false, false> => ({
  kind: 'data',
  dword,
  doc,
  ...options,
});

/** Text up to the end of the payload. The encoder also takes the bytes of a text. */
export const text = <const O extends FieldOptions = FieldOptions>(
  dword: number,
  doc: string,
  form: TextField['form'],
  options?: O & { readonly countDword?: number; readonly minDwords?: number },
): TextField & Typed<string | Uint8Array, string, HasDefault<O>, MayBeAbsent<O>> => ({
  kind: 'text',
  dword,
  doc,
  form,
  ...options,
});

type BlockTypes<H extends Fields, N extends string, I> = Typed<
  Simplify<InputOf<H> & { [K in N]: readonly InOf<I>[] }>,
  Simplify<OutputOf<H> & { readonly [K in N]: readonly OutOf<I>[] }>,
  true,
  true
>;

/** A counted list whose head is absent when the list is. */
export const block = <H extends Fields, N extends string, I extends StructField>(
  dword: number,
  doc: string,
  options: {
    readonly variant?: string;
    readonly countDword: number;
    readonly max: number;
    readonly head: H;
    readonly headDwords: number;
    readonly itemsName: N;
    readonly item: I;
  },
): BlockField & BlockTypes<H, N, I> => ({ kind: 'block', dword, doc, ...options });

/** Payload length must be one of these. */
export const exactly = (...lengths: number[]): LengthRule => ({ kind: 'exact', lengths });

/** Payload length must be this or more. */
export const atLeast = (min: number): LengthRule => ({ kind: 'atLeast', min });

/** Payload length must be `base + n * step`. */
export const repeating = (base: number, step: number): LengthRule => ({ kind: 'repeat', base, step });

/** An entry of the command table. */
export const command = <F extends Fields>(
  opcode: number,
  since: Release,
  doc: string,
  length: LengthRule,
  fields: F,
  options: { readonly variants?: readonly Variant[] } = {},
): CommandSchema<F> => ({ opcode, since, doc, length, fields, ...options });

/** An entry of the object table. */
export const objectLayout = <F extends Fields>(
  objectType: number,
  since: Release,
  doc: string,
  length: LengthRule,
  fields: F,
  options: { readonly variants?: readonly Variant[] } = {},
): ObjectSchema<F> => ({ objectType, since, doc, length, fields, ...options });
