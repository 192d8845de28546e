// Random arguments for any command, made by walking the schema.

import fc, { type Arbitrary } from 'fast-check';
import type {
  BlockField,
  Condition,
  Field,
  Fields,
  Layout,
  ListField,
  ScalarField,
} from '../../lib/protocol';

type Values = Record<string, unknown>;

const ASCII = fc.string({ unit: fc.constantFrom(...'ABCxyz 0123\n'), minLength: 1, maxLength: 40 });

const scalar = ({ type, bits }: ScalarField): Arbitrary<unknown> => {
  if (type === 'bool') return fc.boolean();
  if (type === 'f32') return fc.float({ noNaN: true });
  if (type === 'f64') return fc.double({ noNaN: true });
  if (type === 'i32') return fc.integer();
  return fc.integer({ min: 0, max: 2 ** bits - 1 });
};

const list = ({ item, count }: ListField): Arbitrary<unknown> => {
  const items = field(item);
  if (count.kind === 'fixed') return fc.array(items, { minLength: count.count, maxLength: count.count });
  return fc.array(items, { minLength: count.min, maxLength: Math.min(count.max, 5) });
};

const block = ({ head, itemsName, item }: BlockField): Arbitrary<unknown> =>
  fc
    .tuple(fields(head), fc.array(field(item), { minLength: 1, maxLength: 4 }))
    .map(([first, items]) => ({ ...first, [itemsName]: items }));

const field = (schema: Field): Arbitrary<unknown> => {
  switch (schema.kind) {
    case 'scalar':
      return scalar(schema);
    case 'struct':
      return fields(schema.fields, schema.variants?.[0]?.name);
    case 'list':
      return list(schema);
    case 'block':
      return block(schema);
    case 'data':
      return fc.uint32Array({ minLength: schema.minDwords, maxLength: 12 });
    case 'text':
      return ASCII;
  }
};

const fields = (schema: Fields, variant?: string, optional = false): Arbitrary<Values> =>
  fc.record(
    Object.fromEntries(
      Object.entries(schema)
        .filter(
          ([, { kind, form }]: [string, { kind: string; form?: string }]) =>
            kind !== 'text' || form !== 'open',
        )
        .filter(([, entry]) => entry.variant === undefined || entry.variant === variant)
        .filter(([, entry]) => optional || entry.kind === 'text' || entry.optional !== true)
        .map(([name, entry]) => [name, field(entry)]),
    ),
  );

// Makes the fields such that the variant's condition holds.
const obeying = (values: Values, when: Condition | undefined): Values => {
  if (when === undefined) return values;
  const value = Number(values[when.field]);
  if ('is' in when) return { ...values, [when.field]: when.is };
  if ('isNot' in when) return value === when.isNot ? { ...values, [when.field]: when.isNot + 1 } : values;
  return { ...values, [when.field]: value | when.hasBits };
};

/** Arguments of a command or object: of any variant, with or without the optional fields. */
export const argumentsOf = ({ fields: schema, variants = [] }: Layout): Arbitrary<Values> =>
  fc
    .tuple(fc.constantFrom(undefined, ...variants), fc.boolean())
    .chain(([variant = variants[0], optional]) =>
      fields(schema, variant?.name, optional).map((values) => obeying(values, variant?.when)),
    );

/** Dwords that look like commands: known and unknown opcodes, right and wrong lengths, any payload. */
export const oddStream: Arbitrary<Uint32Array> = fc
  .array(
    fc.record({
      opcode: fc.integer({ min: 0, max: 66 }),
      type: fc.oneof(
        { weight: 3, arbitrary: fc.integer({ min: 0, max: 12 }) },
        { weight: 1, arbitrary: fc.nat(255) },
      ),
      payload: fc.array(
        fc.oneof(
          fc.nat(8),
          fc.integer({ min: 0, max: 0xffffffff }),
          fc.constant(0x7f800001),
          fc.constant(0xffffffff),
        ),
        { maxLength: 22 },
      ),
    }),
    { maxLength: 6 },
  )
  .map((commands) =>
    Uint32Array.from(
      commands.flatMap(({ opcode, type, payload }) => [
        (opcode | (type << 8) | (payload.length << 16)) >>> 0,
        ...payload,
      ]),
    ),
  );
