// Reads a capability set by the tables of capsets.ts. A set from an older host is shorter: what it lacks is absent.

import {
  BSET_BITS,
  CAPABILITY_BITS,
  CAPABILITY_BITS_V2,
  CAPSET_V1_FIELDS,
  CAPSET_V1_SIZE,
  CAPSET_V2_FIELDS,
  VIDEO_CAP_FIELDS,
  type BsetBit,
  type CapabilityBit,
  type CapsetField,
} from './capsets';
import { CapsetId, Primitive } from './enums';
import { invalidArgument, VirglError } from './error';
import { formatName, type FormatName } from './formats';
import { textOf } from './text-bytes';

/** What a host can do in video: numbers of `VideoProfile`, `VideoEntrypoint` and `Format`; flags are 0 or 1. */
export type VideoCap = Readonly<Record<keyof typeof VIDEO_CAP_FIELDS, number>>;

type Value<T> = T extends 'formats'
  ? ReadonlySet<FormatName>
  : T extends 'text'
    ? string
    : T extends 'videoCaps'
      ? VideoCap
      : number;
type FieldValue<F> =
  F extends CapsetField<infer T, infer C>
    ? T extends 'videoCaps'
      ? readonly VideoCap[]
      : C extends 1
        ? Value<T>
        : T extends 'text'
          ? string
          : readonly number[]
    : never;
type FieldValues<T> = { readonly [K in keyof T]: FieldValue<T[K]> };

/** Fields of a capability set; those of set 2, and the later ones of it, are absent where the host has none. */
export type CapsetFields = FieldValues<typeof CAPSET_V1_FIELDS> &
  Partial<FieldValues<typeof CAPSET_V2_FIELDS>>;

/** A capability set, read. */
export interface Capset {
  /** 1 or 2, see `CapsetId`. */
  readonly id: number;
  readonly sizeBytes: number;
  readonly fields: CapsetFields;
  /** Names of the bits set in `capabilityBits` and `capabilityBitsV2`; bits without a name as `BIT_n` and `V2_BIT_n`. */
  readonly capabilityBits: readonly (CapabilityBit | `BIT_${number}` | `V2_BIT_${number}`)[];
  /** Names of the bits set in `bset`. */
  readonly features: readonly BsetBit[];
  /** Primitives that the host draws. */
  readonly primitives: readonly (keyof typeof Primitive)[];
}

const FORMAT_MASK_WORDS = 16;
const VIDEO_CAP_BYTES = 16;

const sizeOf = ({ type, count }: CapsetField): number => {
  if (type === 'formats') return FORMAT_MASK_WORDS * 4;
  if (type === 'videoCaps') return VIDEO_CAP_BYTES * count;
  return type === 'text' ? count : 4 * count;
};

const formatsIn = (view: DataView, offset: number): Set<FormatName> => {
  const formats = new Set<FormatName>();
  for (let format = 0; format < FORMAT_MASK_WORDS * 32; format += 1) {
    const word = view.getUint32(offset + (format >>> 5) * 4, true);
    const name = formatName(format);
    if (name !== undefined && ((word >>> (format & 31)) & 1) === 1) formats.add(name);
  }
  return formats;
};

const textIn = (view: DataView, offset: number, length: number): string => {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, length);
  const nul = bytes.indexOf(0);
  return textOf(nul < 0 ? bytes : bytes.subarray(0, nul));
};

const videoCapAt = (view: DataView, offset: number): VideoCap => {
  const cap = {} as Record<keyof typeof VIDEO_CAP_FIELDS, number>;
  for (const [name, [firstBit, bits]] of Object.entries(VIDEO_CAP_FIELDS)) {
    const word = view.getUint32(offset + (firstBit >>> 5) * 4, true);
    cap[name as keyof typeof VIDEO_CAP_FIELDS] = (word >>> (firstBit & 31)) & ((1 << bits) - 1);
  }
  return cap;
};

const numberAt = (view: DataView, offset: number, type: CapsetField['type']): number => {
  if (type === 'f32') return view.getFloat32(offset, true);
  return type === 'i32' ? view.getInt32(offset, true) : view.getUint32(offset, true);
};

const valueOf = (view: DataView, { offset, type, count }: CapsetField, videoCaps: number): unknown => {
  if (type === 'formats') return formatsIn(view, offset);
  if (type === 'text') return textIn(view, offset, count);
  if (type === 'videoCaps') {
    const length = Math.min(count, videoCaps);
    return Array.from({ length }, (_, index) => videoCapAt(view, offset + index * VIDEO_CAP_BYTES));
  }
  if (count === 1) return numberAt(view, offset, type);
  return Array.from({ length: count }, (_, index) => numberAt(view, offset + index * 4, type));
};

const bitNames = <N extends string, P extends string>(
  bits: number,
  names: readonly N[],
  prefix: P,
): (N | `${P}${number}`)[] => {
  const set: (N | `${P}${number}`)[] = [];
  for (let bit = 0; bit < 32; bit += 1) {
    if (((bits >>> bit) & 1) === 1) set.push(names[bit] ?? `${prefix}${bit}`);
  }
  return set;
};

const primitivesIn = (mask: number): (keyof typeof Primitive)[] =>
  (Object.keys(Primitive) as (keyof typeof Primitive)[]).filter(
    (name) => ((mask >>> Primitive[name]) & 1) === 1,
  );

/**
 * Reads a capability set as a host gives it.
 * @param id 1 (virgl) or 2 (virgl2)
 * @param bytes the set, of any release: 308 bytes for set 1; 688, 696, 1376, 1384 or 1408 for set 2. What a newer
 * host appends is not read
 * @throws VirglError ERR_VIRGL_ARGUMENT for another id, ERR_VIRGL_DECODE for fewer bytes than set 1 has
 */
export const decodeCapset = (id: number, bytes: Uint8Array): Capset => {
  if (id !== CapsetId.VIRGL && id !== CapsetId.VIRGL2)
    throw invalidArgument('decodeCapset', 'id', '1 or 2', id);
  if (!(bytes instanceof Uint8Array)) throw invalidArgument('decodeCapset', 'bytes', 'a Uint8Array', bytes);
  if (bytes.byteLength < CAPSET_V1_SIZE) {
    throw new VirglError(
      'ERR_VIRGL_DECODE',
      `decodeCapset: expected at least ${CAPSET_V1_SIZE} bytes but received ${bytes.byteLength}`,
      { operation: 'decodeCapset', field: 'bytes', value: bytes.byteLength },
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const table: Readonly<Record<string, CapsetField>> =
    id === CapsetId.VIRGL ? CAPSET_V1_FIELDS : { ...CAPSET_V1_FIELDS, ...CAPSET_V2_FIELDS };
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(table)) {
    if (field.offset + sizeOf(field) > bytes.byteLength) continue;
    values[name] = valueOf(view, field, Number(values['numVideoCaps'] ?? 0));
  }
  // The tables are what the type of the fields is made of; all of set 1 is there, by the check above.
  const fields = values as unknown as CapsetFields;
  return {
    id,
    sizeBytes: bytes.byteLength,
    fields,
    capabilityBits: [
      ...bitNames(fields.capabilityBits ?? 0, CAPABILITY_BITS, 'BIT_'),
      ...bitNames(fields.capabilityBitsV2 ?? 0, CAPABILITY_BITS_V2, 'V2_BIT_'),
    ],
    features: bitNames(fields.bset, BSET_BITS, 'BIT_') as BsetBit[], // all 32 bits have names
    primitives: primitivesIn(fields.primMask),
  };
};
