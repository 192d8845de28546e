// Structures as tables of fields, and the codec that is made from such a table.

import { WIRE_TYPES, type WireType, type WireValues } from './wire-types';

/** The fields of a structure in the order in which they lie, without gaps. */
export type StructLayout = Readonly<Record<string, WireType>>;

type Padding = 'pad24' | 'pad32';

/** The values of a structure by the names of its fields; padding has none. */
export type StructFields<Layout extends StructLayout> = {
  [Name in keyof Layout as Layout[Name] extends Padding ? never : Name]: WireValues[Layout[Name]];
};

interface Slot {
  readonly name: string;
  readonly at: number;
  read(view: DataView, at: number): unknown;
  write(view: DataView, at: number, value: never): void;
}

/** Reads and writes one kind of structure. */
export class StructCodec<Layout extends StructLayout> {
  readonly sizeBytes: number;
  /** Where each field begins. */
  readonly offsets: Readonly<Record<keyof Layout, number>>;
  readonly #slots: readonly Slot[];

  constructor(layout: Layout) {
    const offsets: Record<string, number> = {};
    const slots: Slot[] = [];
    let at = 0;
    for (const [name, type] of Object.entries(layout)) {
      const { sizeBytes, read, write } = WIRE_TYPES[type];
      offsets[name] = at;
      if (!type.startsWith('pad')) slots.push({ name, at, read, write });
      at += sizeBytes;
    }
    this.offsets = offsets as Record<keyof Layout, number>;
    this.#slots = slots;
    this.sizeBytes = at;
  }

  /** The fields at an offset; there must be {@link sizeBytes} behind it. */
  decode(view: DataView, at: number): StructFields<Layout> {
    const fields: Record<string, unknown> = {};
    for (const slot of this.#slots) fields[slot.name] = slot.read(view, at + slot.at);
    return fields as StructFields<Layout>;
  }

  /** Writes fields; those that are left out stay as they are. */
  encode(view: DataView, at: number, fields: Partial<StructFields<Layout>>): void {
    for (const slot of this.#slots) {
      const value = (fields as Record<string, unknown>)[slot.name];
      if (value !== undefined) slot.write(view, at + slot.at, value as never);
    }
  }
}
