// Numbers and booleans in some bits of a dword: checks, writing, reading.

import { FieldFault } from './field-fault';
import type { ScalarField } from './schema-types';
import type { Reader, WordBuffer } from './word-buffer';

const FULL_U32 = 0;
const BITS = 1;
const FULL_I32 = 2;
const FULL_F32 = 3;
const FULL_BOOL = 4;
const ONE_BIT = 5;
const FULL_F64 = 6;

// Above this a double rounds to infinity as a 32-bit float.
const FLOAT32_OVERFLOW = 3.4028235677973366e38;

const FLOAT32_NAN = 0x7fc00000;
const FLOAT64_NAN = [0, 0x7ff80000];

const doubles = new Float64Array(1);
const doubleWords = new Uint32Array(doubles.buffer);

/** A scalar field made ready for the inner loops. */
export interface ScalarCodec {
  readonly op: number;
  readonly shift: number;
  /** Largest value of an unsigned scalar, which is also its mask before the shift. */
  readonly max: number;
  readonly sizeDwords: number;
  readonly field: ScalarField;
}

const opOf = ({ type, bits }: ScalarField): number => {
  if (type === 'f64') return FULL_F64;
  if (type === 'f32') return FULL_F32;
  if (type === 'i32') return FULL_I32;
  if (type === 'bool') return bits === 32 ? FULL_BOOL : ONE_BIT;
  return bits === 32 ? FULL_U32 : BITS;
};

/** Makes a scalar field ready for {@link putScalar} and {@link getScalar}. */
export const scalarCodec = (field: ScalarField): ScalarCodec => ({
  op: opOf(field),
  shift: field.shift,
  max: field.bits >= 32 ? 0xffffffff : 2 ** field.bits - 1,
  sizeDwords: field.type === 'f64' ? 2 : 1,
  field,
});

const expectedBy = ({ op, max, field }: ScalarCodec): string => {
  if (op === FULL_BOOL || op === ONE_BIT) return 'a boolean';
  if (op === FULL_F32) return 'a number that fits a 32-bit float';
  if (op === FULL_F64) return 'a number';
  if (op === FULL_I32) return 'a whole number from -2147483648 to 2147483647';
  const words = field.enum ?? field.flags;
  return `a whole number from 0 to ${max}${words === undefined ? '' : ` (${words})`}`;
};

const refuse = (scalar: ScalarCodec, value: unknown): never => {
  throw new FieldFault('', expectedBy(scalar), value);
};

/**
 * Writes a scalar into its dword, leaving the other bits as they are.
 * @throws FieldFault if the value has the wrong type or does not fit
 */
export const putScalar = (out: WordBuffer, at: number, scalar: ScalarCodec, value: unknown): void => {
  switch (scalar.op) {
    case FULL_U32:
      if (typeof value !== 'number' || value >>> 0 !== value) return refuse(scalar, value);
      out.u32[at] = value;
      return;
    case BITS: {
      if (typeof value !== 'number' || value >>> 0 !== value || value > scalar.max)
        return refuse(scalar, value);
      const others = (out.u32[at] ?? 0) & ~(scalar.max << scalar.shift);
      out.u32[at] = others | (value << scalar.shift);
      return;
    }
    case FULL_I32:
      if (typeof value !== 'number' || (value | 0) !== value) return refuse(scalar, value);
      out.u32[at] = value;
      return;
    case FULL_F32:
      if (typeof value !== 'number') return refuse(scalar, value);
      if (value < FLOAT32_OVERFLOW && value > -FLOAT32_OVERFLOW) out.f32[at] = value;
      // Engines are free in how they store a NaN; a stream is not.
      else if (Number.isNaN(value)) out.u32[at] = FLOAT32_NAN;
      else if (Math.abs(value) === Infinity) out.f32[at] = value;
      else return refuse(scalar, value);
      return;
    case FULL_BOOL:
      if (typeof value !== 'boolean') return refuse(scalar, value);
      out.u32[at] = value ? 1 : 0;
      return;
    case ONE_BIT: {
      if (typeof value !== 'boolean') return refuse(scalar, value);
      const mask = 1 << scalar.shift;
      const old = out.u32[at] ?? 0;
      out.u32[at] = value ? old | mask : old & ~mask;
      return;
    }
    default:
      if (typeof value !== 'number') return refuse(scalar, value);
      doubles[0] = value;
      if (Number.isNaN(value)) doubleWords.set(FLOAT64_NAN);
      out.u32[at] = doubleWords[0] ?? 0;
      out.u32[at + 1] = doubleWords[1] ?? 0;
  }
};

/** The bits of a scalar, without interpretation. */
export const rawBits = (words: Uint32Array, at: number, scalar: ScalarCodec): number =>
  (((words[at] ?? 0) >>> scalar.shift) & scalar.max) >>> 0;

/** Reads a scalar. Any dword is a value: booleans are true for everything but 0. */
export const getScalar = (reader: Reader, at: number, scalar: ScalarCodec): number | boolean => {
  switch (scalar.op) {
    case FULL_U32:
      return reader.u32[at] ?? 0;
    case BITS:
      return rawBits(reader.u32, at, scalar);
    case FULL_I32:
      return (reader.u32[at] ?? 0) | 0;
    case FULL_F32:
      return reader.f32[at] ?? 0;
    case FULL_BOOL:
      return reader.u32[at] !== 0;
    case ONE_BIT:
      return rawBits(reader.u32, at, scalar) !== 0;
    default:
      doubleWords[0] = reader.u32[at] ?? 0;
      doubleWords[1] = reader.u32[at + 1] ?? 0;
      return doubles[0] ?? 0;
  }
};
