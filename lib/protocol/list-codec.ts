// Items one after the other: scalars, records, lists of scalars, and counted blocks with a head.

import { FieldFault, rethrowWithin } from './field-fault';
import { getScalar, putScalar, type ScalarCodec } from './scalar-codec';
import type { ListCount } from './schema-types';
import type { Codec, Reader, WordBuffer } from './word-buffer';

interface Items {
  readonly length: number;
  readonly [index: number]: unknown;
}

const isItems = (value: unknown): value is Items =>
  typeof value === 'object' && value !== null && typeof (value as { length?: unknown }).length === 'number';

const lengthPhrase = (count: ListCount, filled: boolean): string => {
  if (count.kind === 'fixed') return `an array of ${filled ? 'at most ' : ''}${count.count}`;
  return `an array of ${count.min} to ${count.max}`;
};

// How many items the encoder takes.
interface Bounds {
  readonly min: number;
  readonly max: number;
}

const boundsOf = (count: ListCount, filled: boolean): Bounds =>
  count.kind === 'fixed' ? { min: filled ? 0 : count.count, max: count.count } : count;

// The array, once it and its length are known to be allowed.
const checkedItems = (value: unknown, { min, max }: Bounds, count: ListCount, filled: boolean): Items => {
  if (!isItems(value)) throw new FieldFault('', lengthPhrase(count, filled), value);
  const { length } = value;
  if (length < min || length > max) throw new FieldFault('length', lengthPhrase(count, filled), length);
  return value;
};

// How many items the payload has, by its length or by the dword that counts them.
const itemsIn = (reader: Reader, at: number, base: number, stride: number, count: ListCount): number => {
  if (count.kind === 'fixed') return count.count;
  const room = Math.floor((reader.end - at) / stride);
  const items = count.kind === 'rest' ? room : (reader.u32[base + count.countDword] ?? 0);
  if (items > room)
    throw new FieldFault('length', `at most ${room} items, which is what the payload holds`, items);
  if (items < count.min || items > count.max)
    throw new FieldFault('length', lengthPhrase(count, false), items);
  return items;
};

/** A list of scalars. */
export class ScalarListCodec implements Codec {
  private readonly bounds: Bounds;

  constructor(
    private readonly scalar: ScalarCodec,
    private readonly count: ListCount,
    private readonly filled: boolean,
  ) {
    this.bounds = boundsOf(count, filled);
  }

  write(out: WordBuffer, at: number, value: unknown, base: number): number {
    const items = checkedItems(value, this.bounds, this.count, this.filled);
    const { length } = items;
    const { scalar, count } = this;
    const end = at + length * scalar.sizeDwords;
    out.ensure(end);
    let index = 0;
    try {
      for (; index < length; index += 1) putScalar(out, at + index * scalar.sizeDwords, scalar, items[index]);
    } catch (error) {
      rethrowWithin(error, `[${index}]`);
    }
    if (count.kind === 'counted') out.u32[base + count.countDword] = length;
    return end;
  }

  read(reader: Reader, at: number, base: number): unknown {
    const { scalar } = this;
    const length = itemsIn(reader, at, base, scalar.sizeDwords, this.count);
    const items: unknown[] = [];
    for (let index = 0; index < length; index += 1)
      items.push(getScalar(reader, at + index * scalar.sizeDwords, scalar));
    reader.cursor = at + length * scalar.sizeDwords;
    return items;
  }
}

/** A list of records or of lists. */
export class ItemListCodec implements Codec {
  private readonly bounds: Bounds;

  constructor(
    private readonly item: Codec,
    private readonly strideDwords: number,
    private readonly count: ListCount,
    private readonly filled: boolean,
  ) {
    this.bounds = boundsOf(count, filled);
  }

  write(out: WordBuffer, at: number, value: unknown, base: number): number {
    const items = checkedItems(value, this.bounds, this.count, this.filled);
    const { count, item, strideDwords } = this;
    const length = count.kind === 'fixed' ? count.count : items.length;
    out.ensure(at + length * strideDwords);
    let index = 0;
    try {
      for (; index < items.length; index += 1) {
        const start = at + index * strideDwords;
        item.write(out, start, items[index], start);
      }
      for (; index < length; index += 1)
        item.write(out, at + index * strideDwords, {}, at + index * strideDwords);
    } catch (error) {
      rethrowWithin(error, `[${index}]`);
    }
    if (count.kind === 'counted') out.u32[base + count.countDword] = length;
    return at + length * strideDwords;
  }

  read(reader: Reader, at: number, base: number): unknown {
    const length = itemsIn(reader, at, base, this.strideDwords, this.count);
    const items: unknown[] = [];
    for (let index = 0; index < length; index += 1) {
      const start = at + index * this.strideDwords;
      items.push(this.item.read(reader, start, start));
    }
    reader.cursor = at + length * this.strideDwords;
    return items;
  }
}

/** A counted list whose head stands before the items, and is absent when there are none. */
export class BlockCodec implements Codec {
  constructor(
    private readonly head: Codec,
    private readonly headDwords: number,
    private readonly itemsName: string,
    private readonly items: Codec,
    private readonly countDword: number,
  ) {}

  write(out: WordBuffer, at: number, value: unknown, base: number): number {
    if (typeof value !== 'object' || value === null) throw new FieldFault('', 'an object', value);
    const { [this.itemsName]: items, ...head } = value as Record<string, unknown>;
    this.head.write(out, at, head, at);
    let end = at;
    try {
      end = this.items.write(out, at + this.headDwords, items, base);
    } catch (error) {
      rethrowWithin(error, this.itemsName);
    }
    return end;
  }

  read(reader: Reader, at: number, base: number): unknown {
    if (reader.u32[base + this.countDword] === 0) {
      reader.cursor = at;
      return undefined;
    }
    if (at + this.headDwords > reader.end) {
      throw new FieldFault('', `${this.headDwords} dwords before its items`, reader.end - at);
    }
    const head = this.head.read(reader, at, at) as Record<string, unknown>;
    const items = this.items.read(reader, at + this.headDwords, base);
    return { ...head, [this.itemsName]: items };
  }
}
