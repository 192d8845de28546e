// A record of named fields: fixed fields over a template of defaults, then what fills the rest of the payload.
// This is the encoder's inner loop: nothing is allocated here unless something is wrong.

import { FieldFault, rethrowWithin } from './field-fault';
import { nearestName } from './nearest-name';
import { getScalar, putScalar, rawBits, type ScalarCodec } from './scalar-codec';
import { WordBuffer, type Codec, type Reader } from './word-buffer';

/** A field at a fixed dword of its record. */
export interface Slot {
  readonly name: string;
  readonly dword: number;
  /** Dword after the field, relative to the record. */
  readonly end: number;
  readonly scalar: ScalarCodec | undefined;
  readonly codec: Codec | undefined;
  readonly required: boolean;
  /** What goes into the template; undefined leaves zeros. */
  readonly fallback: unknown;
}

/** A field of variable length after the fixed ones. */
export interface Tail {
  readonly name: string;
  readonly codec: Codec;
  readonly required: boolean;
  /** At most one tail of text may be given. */
  readonly isText: boolean;
}

/** When a plan fits what is read: the raw bits of a field, compared. */
export interface PlanCondition {
  readonly dword: number;
  readonly scalar: ScalarCodec;
  readonly accepts: (bits: number) => boolean;
}

type Arguments = Readonly<Record<string, unknown>>;

const NONE: readonly string[] = [];

/** One reading of a record: its slots, its tails, and its template. */
export class Plan {
  private readonly template: Uint32Array;
  private readonly required: number;
  /** Fields that only this plan has. */
  ownNames: readonly string[] = NONE;

  /**
   * @param slots fixed fields
   * @param tails variable fields, in order
   * @param sizes possible sizes of the fixed part in dwords, ascending; more than one if fields are optional
   * @param first value of the record's first dword before any field, e.g. the header
   */
  constructor(
    readonly slots: readonly Slot[],
    readonly tails: readonly Tail[],
    private readonly sizes: readonly number[],
    first: number,
    readonly condition: PlanCondition | undefined,
  ) {
    const size = sizes.at(-1) ?? 0;
    const defaults = new WordBuffer(size);
    if (size > 0) defaults.u32[0] = first;
    for (const { dword, scalar, codec, fallback } of slots) {
      if (fallback === undefined) continue;
      if (scalar) putScalar(defaults, dword, scalar, fallback);
      else codec?.write(defaults, dword, fallback, 0);
    }
    this.template = defaults.u32.slice(0, size);
    this.required = [...slots, ...tails].filter((field) => field.required).length;
  }

  write(out: WordBuffer, at: number, args: Arguments): number {
    const { template, slots } = this;
    out.ensure(at + template.length);
    for (let index = 0; index < template.length; index += 1) out.u32[at + index] = template[index] ?? 0;
    let keys = 0;
    for (const key in args) if (key !== '') keys += 1;
    let given = 0;
    let required = 0;
    let used = 0;
    // Stops once every given key was found; the template holds the rest.
    for (let index = 0; index < slots.length && given < keys; index += 1) {
      const slot = slots[index] as Slot; // index < slots.length
      const value = args[slot.name];
      if (value === undefined) continue;
      given += 1;
      if (slot.required) required += 1;
      if (slot.end > used) used = slot.end;
      try {
        if (slot.scalar !== undefined) putScalar(out, at + slot.dword, slot.scalar, value);
        else slot.codec?.write(out, at + slot.dword, value, at);
      } catch (error) {
        rethrowWithin(error, slot.name);
      }
    }
    let end = at + this.sizeFor(used);
    let texts = 0;
    for (const tail of this.tails) {
      const value = args[tail.name];
      if (value === undefined) continue;
      given += 1;
      if (tail.required) required += 1;
      if (tail.isText && ++texts > 1) throw new FieldFault(tail.name, 'only one form of the text', value);
      try {
        end = tail.codec.write(out, end, value, at);
      } catch (error) {
        rethrowWithin(error, tail.name);
      }
    }
    if (given !== keys) this.checkNames(args);
    if (required !== this.required) this.reportMissing(args);
    return end;
  }

  read(reader: Reader, at: number): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    for (const { name, dword, end, scalar, codec } of this.slots) {
      if (at + end > reader.end) continue;
      try {
        fields[name] = scalar ? getScalar(reader, at + dword, scalar) : codec?.read(reader, at + dword, at);
      } catch (error) {
        rethrowWithin(error, name);
      }
    }
    reader.cursor = Math.min(reader.end, at + (this.sizes.at(-1) ?? 0));
    for (const { name, codec } of this.tails) {
      try {
        const value = codec.read(reader, reader.cursor, at);
        if (value !== undefined) fields[name] = value;
      } catch (error) {
        rethrowWithin(error, name);
      }
    }
    return fields;
  }

  /** Whether dwords may be read by this plan at all. */
  admits(reader: Reader, at: number): boolean {
    const { condition } = this;
    return (
      condition === undefined ||
      condition.accepts(rawBits(reader.u32, at + condition.dword, condition.scalar))
    );
  }

  private sizeFor(used: number): number {
    for (const size of this.sizes) if (used <= size) return size;
    return used;
  }

  private checkNames(args: Arguments): void {
    const names = [...this.slots, ...this.tails].map((field) => field.name);
    for (const key of Object.keys(args)) {
      if (args[key] === undefined || names.includes(key)) continue;
      const near = nearestName(key, names);
      const hint =
        near === undefined ? `one of ${names.join(', ')}` : `a known field (did you mean ${near}?)`;
      throw new FieldFault(key, hint, args[key]);
    }
  }

  private reportMissing(args: Arguments): void {
    for (const field of [...this.slots, ...this.tails]) {
      if (field.required && args[field.name] === undefined) {
        throw new FieldFault(field.name, 'a value', undefined);
      }
    }
  }
}

/** A record with one plan, or with several readings of the same dwords. */
export class RecordCodec implements Codec {
  private readonly firstPlan: Plan;
  private readonly only: Plan | undefined;
  // Where a reading is tried out: written back and compared.
  private readonly scratch = new WordBuffer(16);

  /** @param plans in order of preference */
  constructor(private readonly plans: readonly [Plan, ...Plan[]]) {
    this.firstPlan = plans[0];
    this.only = plans.length === 1 ? plans[0] : undefined;
    const shared = (name: string): boolean =>
      plans.every((plan) => [...plan.slots, ...plan.tails].some((field) => field.name === name));
    for (const plan of plans) {
      plan.ownNames = [...plan.slots, ...plan.tails]
        .map((field) => field.name)
        .filter((name) => !shared(name));
    }
  }

  write(out: WordBuffer, at: number, value: unknown): number {
    if (typeof value !== 'object' || value === null) throw new FieldFault('', 'an object', value);
    const args = value as Arguments;
    return (this.only ?? this.planFor(args)).write(out, at, args);
  }

  read(reader: Reader, at: number): unknown {
    if (this.only) return this.only.read(reader, at);
    const admitted = this.plans.filter((plan) => plan.admits(reader, at));
    const { end, cursor } = reader;
    if (admitted.length > 1) {
      for (const plan of admitted) {
        const fields = plan.read(reader, at);
        if (this.explains(plan, fields, reader, at)) return fields;
        reader.end = end;
        reader.cursor = cursor;
      }
    }
    // Nothing to choose from, or nothing explains every bit: the decoder keeps what this reading leaves over.
    return (admitted[0] ?? this.firstPlan).read(reader, at);
  }

  private explains(plan: Plan, fields: Arguments, reader: Reader, at: number): boolean {
    const size = plan.write(this.scratch, 0, fields);
    // The first dword of a command carries header bits that are not fields.
    for (let index = 1; index < size; index += 1) {
      if (this.scratch.u32[index] !== reader.u32[at + index]) return false;
    }
    return true;
  }

  private planFor(args: Arguments): Plan {
    let chosen: Plan | undefined;
    let chosenBy = '';
    for (const plan of this.plans) {
      for (const name of plan.ownNames) {
        if (args[name] === undefined || chosen === plan) continue;
        if (chosen !== undefined) throw new FieldFault(name, `no value beside ${chosenBy}`, args[name]);
        chosen = plan;
        chosenBy = name;
      }
    }
    return chosen ?? this.firstPlan;
  }
}
