// Random arguments for any command, made by walking the schema.

import fc, { type Arbitrary } from 'fast-check';
import {
  COMMANDS,
  encode,
  ENUMS,
  FLAGS,
  OBJECTS,
  type BlockField,
  type Condition,
  type EncodableCommand,
  type Field,
  type Fields,
  type Layout,
  type ListField,
  type ScalarField,
} from '../../lib/protocol';

type Values = Record<string, unknown>;

// What texts are made of: what TGSI has, what must be escaped, what takes several bytes, and bytes that are no UTF-8.
const TEXT = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('MOV OUT[0], IN[0]\n', 'END\n', '  0: ', 'x', ' ', '\n') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('"', '\\', '\\x41', '# no comment', '\t', '\r', '|', 'é', '\u2028', '😀'),
      },
      { weight: 1, arbitrary: fc.constantFrom('\udc80', '\udcff', '\u202e', '\ufeff', '\x7f', '\x01') },
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join(''));
// Parts of a text are whole dwords.
const OPEN_TEXT = fc
  .array(fc.constantFrom('ABCD', 'x\n y', '"\\"#', '\udcff\udc80ab'), { minLength: 2, maxLength: 4 })
  .map((parts) => parts.join(''));

const ODD_FLOATS = [NaN, Infinity, -Infinity, -0, 0, 1e-45, 16777217, 3.4028234663852886e38, 0.1];

const float = (any: Arbitrary<number>): Arbitrary<number> =>
  fc.oneof(
    { weight: 3, arbitrary: any },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_FLOATS.map(Math.fround)) },
  );

const whole = (most: number): Arbitrary<number> =>
  fc.oneof(fc.nat({ max: Math.min(most, 9) }), fc.integer({ min: 0, max: most }), fc.constant(most));

const scalar = ({ type, bits, enum: enumName, flags }: ScalarField): Arbitrary<unknown> => {
  if (type === 'bool') return fc.boolean();
  if (type === 'f32') return float(fc.float({ noNaN: true }));
  if (type === 'f64') return float(fc.double({ noNaN: true }));
  if (type === 'i32') return fc.integer();
  const most = 2 ** bits - 1;
  const any = whole(most);
  const words = enumName ? ENUMS[enumName] : flags ? FLAGS[flags] : undefined;
  if (words === undefined) return any;
  const known = fc.constantFrom(
    ...Object.values(words as Record<string, number>).filter((word) => word <= most),
  );
  return fc.oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: any });
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

// Few dwords, many, and runs of the same.
const DATA = fc.oneof(
  fc.uint32Array({ maxLength: 12 }),
  fc
    .array(
      fc.tuple(
        fc.constantFrom(0, 1, 0x3f800000, 0x7f800001, 0x80000000, 0xffffffff),
        fc.integer({ min: 1, max: 40 }),
      ),
      {
        maxLength: 4,
      },
    )
    .map((runs) => Uint32Array.from(runs.flatMap(([dword, times]) => new Array<number>(times).fill(dword)))),
);

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
      return DATA.map((data) => (data.length < schema.minDwords ? new Uint32Array(schema.minDwords) : data));
    case 'text':
      return schema.form === 'open'
        ? OPEN_TEXT
        : schema.form === 'counted'
          ? TEXT.map((text) => `${text}\0`)
          : TEXT;
  }
};

// Text that ends here or goes on: a command has one of the two.
const isForm = (schema: Field, form: 'terminated' | 'open'): boolean =>
  schema.kind !== 'text' || schema.form === 'counted' || schema.form === form;

const fields = (
  schema: Fields,
  variant?: string,
  { optional = false, form = 'terminated' }: { optional?: boolean; form?: 'terminated' | 'open' } = {},
): Arbitrary<Values> =>
  fc.record(
    Object.fromEntries(
      Object.entries(schema)
        .filter(([, entry]) => isForm(entry, form))
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
export const argumentsOf = ({ fields: schema, variants = [] }: Layout): Arbitrary<Values> => {
  const forms = (['terminated', 'open'] as const).filter((form) =>
    Object.values(schema).some((entry) => entry.kind === 'text' && entry.form === form),
  );
  const readings = (variants.length === 0 ? [undefined] : variants).flatMap((variant) =>
    (forms.length === 0 ? (['terminated'] as const) : forms).flatMap((form) =>
      [true, false].map((optional) =>
        fields(schema, variant?.name, { optional, form }).map((values) => obeying(values, variant?.when)),
      ),
    ),
  );
  return fc.oneof(...readings);
};

/** Any command of the schema by name, `CREATE_OBJECT BLEND` being one. */
export const LAYOUTS: readonly (readonly [string, Layout])[] = [
  ...Object.entries(COMMANDS).filter(([name]) => name !== 'CREATE_OBJECT'),
  ...Object.entries(OBJECTS).map(([name, layout]): [string, Layout] => [`CREATE_OBJECT ${name}`, layout]),
];

/** A command of this full name with these fields. */
export const commandOf = (fullName: string, values: Values): EncodableCommand => {
  const [name, object] = fullName.split(' ');
  return { name, ...(object !== undefined && { object }), fields: values } as unknown as EncodableCommand;
};

/** Commands of every kind and variant, each valid by itself. */
export const commandsArbitrary: Arbitrary<EncodableCommand[]> = fc.array(
  fc.oneof(...LAYOUTS.map(([name, layout]) => argumentsOf(layout).map((values) => commandOf(name, values)))),
  { minLength: 1, maxLength: 4 },
);

/** Streams of commands of every kind and variant. */
export const streamArbitrary: Arbitrary<Uint32Array<ArrayBuffer>> = commandsArbitrary.map((commands) =>
  encode(commands),
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
