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
  /** Name of that field. */
  readonly field: string;
  readonly dword: number;
  readonly scalar: ScalarCodec;
  readonly accepts: (bits: number) => boolean;
}

type Arguments = Readonly<Record<string, unknown>>;

const NOTHING: readonly unknown[] = [];

const argumentsOf = (value: unknown): Arguments => {
  if (typeof value !== 'object' || value === null) throw new FieldFault('', 'an object', value);
  return value as Arguments;
};

// Up to this many dwords are copied sooner by a loop than by a call.
const LOOP_DWORDS = 8;

const copyWords = (into: Uint32Array, at: number, words: Uint32Array): void => {
  if (words.length > LOOP_DWORDS) into.set(words, at);
  else for (let index = 0; index < words.length; index += 1) into[at + index] = words[index] ?? 0;
};

/** One reading of a record: its slots, its tails, and its template. Most records have no other. */
export class Plan implements Codec {
  private readonly template: Uint32Array;
  private readonly requiredSlots: number;
  // A tail without others that begins at a place known beforehand: it needs not wait for the other fields.
  private readonly onlyTail: Tail | undefined;

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
    this.requiredSlots = slots.filter((slot) => slot.required).length;
    this.onlyTail = tails.length === 1 && sizes.length === 1 ? tails[0] : undefined;
  }

  write(out: WordBuffer, at: number, value: unknown): number {
    const args = argumentsOf(value);
    const { template, slots } = this;
    out.ensure(at + template.length);
    copyWords(out.u32, at, template);
    let required = 0;
    let used = 0;
    let next = 0;
    let name = '';
    let tailEnd = -1;
    let tails: unknown[] | undefined;
    try {
      // `args[name]` inside its own for-in is a plain load for the engine, unlike a look-up by a table's name. Keys
      // mostly come in the order of the table, so that the search below ends at once.
      for (const key in args) {
        name = key;
        const given = args[key];
        let slot: Slot | undefined;
        for (let tries = slots.length; tries > 0 && slot === undefined; tries -= 1) {
          const candidate = slots[next] as Slot; // next stays below slots.length
          if (candidate.name === key) slot = candidate;
          next = next + 1 === slots.length ? 0 : next + 1;
        }
        if (given === undefined) continue;
        if (slot === undefined) {
          const index = this.tailIndex(key, given);
          if (this.onlyTail !== undefined)
            tailEnd = this.onlyTail.codec.write(out, at + template.length, given, at);
          else (tails ??= [])[index] = given;
          continue;
        }
        if (slot.required) required += 1;
        if (slot.end > used) used = slot.end;
        if (slot.scalar !== undefined) putScalar(out, at + slot.dword, slot.scalar, given);
        else slot.codec?.write(out, at + slot.dword, given, at);
      }
    } catch (error) {
      rethrowWithin(error, name);
    }
    if (required !== this.requiredSlots) this.reportMissing(args, slots);
    if (tailEnd >= 0) return tailEnd;
    const end = at + this.sizeFor(used);
    return this.tails.length === 0 ? end : this.writeTails(out, at, end, tails ?? NOTHING);
  }

  private writeTails(out: WordBuffer, at: number, start: number, values: readonly unknown[]): number {
    let end = start;
    let texts = 0;
    for (let index = 0; index < this.tails.length; index += 1) {
      const { name, codec, required, isText } = this.tails[index] as Tail; // index is below the length
      const value = values[index];
      if (value === undefined) {
        if (required) throw new FieldFault(name, 'a value', undefined);
        continue;
      }
      if (isText) texts += 1;
      try {
        if (texts > 1) throw new FieldFault('', 'only one form of the text', value);
        end = codec.write(out, end, value, at);
      } catch (error) {
        rethrowWithin(error, name);
      }
    }
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

  /** Whether it has such a field. */
  has(name: string): boolean {
    return [...this.slots, ...this.tails].some((field) => field.name === name);
  }

  /** Whether dwords may be of this plan at all. */
  admits({ u32 }: { readonly u32: Uint32Array }, at: number): boolean {
    const { condition } = this;
    return condition === undefined || condition.accepts(rawBits(u32, at + condition.dword, condition.scalar));
  }

  private sizeFor(used: number): number {
    const { sizes } = this;
    for (let index = 0; index < sizes.length; index += 1) {
      const size = sizes[index] ?? 0;
      if (used <= size) return size;
    }
    return used;
  }

  // A key that is no slot must be a tail, which is written later.
  private tailIndex(key: string, value: unknown): number {
    const { tails } = this;
    for (let index = 0; index < tails.length; index += 1) if (tails[index]?.name === key) return index;
    const names = [...this.slots, ...this.tails].map((field) => field.name);
    const near = nearestName(key, names);
    const known =
      near === undefined ? `a known field (${names.join(', ')})` : `a known field (did you mean ${near}?)`;
    throw new FieldFault('', known, value);
  }

  private reportMissing(args: Arguments, fields: readonly { name: string; required: boolean }[]): void {
    for (const { name, required } of fields) {
      if (required && args[name] === undefined) throw new FieldFault(name, 'a value', undefined);
    }
  }
}

/** A record with several readings of the same dwords. */
export class VariantCodec implements Codec {
  private readonly firstPlan: Plan;
  // Fields that only one plan has, and which.
  private readonly owners = new Map<string, Plan>();
  // Where a reading is tried out: written back and compared.
  private readonly scratch = new WordBuffer(16);

  /** @param plans in order of preference */
  constructor(private readonly plans: readonly [Plan, ...Plan[]]) {
    this.firstPlan = plans[0];
    for (const plan of plans) {
      for (const { name } of [...plan.slots, ...plan.tails]) {
        const isShared = plans.some((other) => other !== plan && other.has(name));
        if (!isShared) this.owners.set(name, plan);
      }
    }
  }

  // The plan is the one whose own fields are given; its condition must hold for the others.
  write(out: WordBuffer, at: number, value: unknown): number {
    const args = argumentsOf(value);
    let plan: Plan | undefined;
    let chosenBy = '';
    for (const key in args) {
      const owner = this.owners.get(key);
      if (owner === undefined || owner === plan || args[key] === undefined) continue;
      if (plan !== undefined) throw new FieldFault(key, `no value beside ${chosenBy}`, args[key]);
      plan = owner;
      chosenBy = key;
    }
    if (plan === undefined) return this.firstPlan.write(out, at, args);
    const end = plan.write(out, at, args);
    if (!plan.admits(out, at)) {
      throw new FieldFault(
        chosenBy,
        `no value with this ${plan.condition?.field ?? 'variant'}`,
        args[chosenBy],
      );
    }
    return end;
  }

  read(reader: Reader, at: number): unknown {
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
}
