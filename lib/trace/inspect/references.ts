// Which objects and resources a command names: the fields that the schema gives such a unit.

import type { Command } from '../../protocol';
import { entriesOf, layoutOf } from '../../protocol/layout-of';
import type { Field, Fields, Unit } from '../../protocol';

/** Kinds of things that commands name by number. */
export type ReferenceUnit = Extract<Unit, 'object' | 'resource' | 'videoCodec' | 'videoBuffer' | 'blob'>;

/** A number in a command that stands for an object or a resource. */
export interface Reference {
  readonly unit: ReferenceUnit;
  /** Never 0, which stands for none. */
  readonly id: number;
  /** Where it stands, such as `buffers[1].resource`. */
  readonly path: string;
}

const UNITS: readonly string[] = ['object', 'resource', 'videoCodec', 'videoBuffer', 'blob'];

type Values = Readonly<Record<string, unknown>>;

const mayRefer = (field: Field): boolean => {
  switch (field.kind) {
    case 'scalar':
      return field.unit !== undefined && UNITS.includes(field.unit);
    case 'struct':
      return Object.values(field.fields).some(mayRefer);
    case 'list':
      return mayRefer(field.item);
    default:
      return false;
  }
};

const REFERRING = new WeakMap<Fields, readonly (readonly [string, Field])[]>();

// Most fields refer to nothing: they are left out once for all commands.
const referringOf = (fields: Fields): readonly (readonly [string, Field])[] => {
  let found = REFERRING.get(fields);
  if (found === undefined) {
    found = entriesOf(fields).filter(([, field]) => mayRefer(field));
    REFERRING.set(fields, found);
  }
  return found;
};

const collect = (field: Field, value: unknown, path: string, found: Reference[]): void => {
  if (value === undefined) return;
  if (field.kind === 'scalar') {
    if (value !== 0) found.push({ unit: field.unit as ReferenceUnit, id: value as number, path });
  } else if (field.kind === 'list') {
    const items = value as ArrayLike<unknown>;
    for (let index = 0; index < items.length; index += 1)
      collect(field.item, items[index], `${path}[${index}]`, found);
  } else if (field.kind === 'struct') {
    for (const [name, member] of referringOf(field.fields))
      collect(member, (value as Values)[name], `${path}.${name}`, found);
  }
};

/** The references in a value of a field. */
export const referencesIn = (field: Field, value: unknown): Reference[] => {
  const found: Reference[] = [];
  if (mayRefer(field)) collect(field, value, '', found);
  return found;
};

/** Everything that a command names, the object that it makes too, in the order of its fields. */
export const referencesOf = (command: Command): Reference[] => {
  const found: Reference[] = [];
  if (command.name === 'UNKNOWN') return found;
  const fields = layoutOf(command)?.fields;
  if (fields === undefined) return found;
  for (const [name, field] of referringOf(fields))
    collect(field, (command.fields as Values)[name], name, found);
  return found;
};
