// What a command names: resources, objects and sub-contexts, found by the units of the schema.

import type { Command, Field, Fields } from '../../protocol';
import { blockFields, entriesOf, layoutOf } from '../../protocol/layout-of';

/** The kinds of things that commands name. */
export type ReferenceUnit = 'resource' | 'object' | 'subContext';

/** A name in a command. */
export interface FieldReference {
  unit: ReferenceUnit;
  id: number;
  /** The field's name within its record. */
  field: string;
}

const isReference = (unit: string | undefined): unit is ReferenceUnit =>
  unit === 'resource' || unit === 'object' || unit === 'subContext';

const collect = (field: Field, name: string, value: unknown, found: FieldReference[]): void => {
  if (field.kind === 'scalar') {
    if (isReference(field.unit) && typeof value === 'number' && value !== 0)
      found.push({ unit: field.unit, id: value, field: name });
  } else if (field.kind === 'list') {
    if (field.item.kind === 'scalar' && !isReference(field.item.unit)) return;
    for (const item of Array.from(value as ArrayLike<unknown>)) collect(field.item, name, item, found);
  } else if (field.kind === 'struct' || field.kind === 'block') {
    collectAll(field.kind === 'struct' ? field.fields : blockFields(field), value, found);
  }
};

const collectAll = (fields: Fields, values: unknown, found: FieldReference[]): void => {
  const given = values as Readonly<Record<string, unknown>>;
  for (const [name, field] of entriesOf(fields)) {
    const value = given[name];
    if (value !== undefined) collect(field, name, value, found);
  }
};

/** Everything that a command names, 0 (nothing) left out. */
export const fieldReferences = (command: Command): FieldReference[] => {
  const layout = command.name === 'UNKNOWN' ? undefined : layoutOf(command);
  const found: FieldReference[] = [];
  if (layout !== undefined) collectAll(layout.fields, command.fields, found);
  return found;
};
