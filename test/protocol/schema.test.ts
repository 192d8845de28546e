// The tables themselves: complete, without overlaps, and in line with their own length rules; and what follows
// from them for every command.

import fc from 'fast-check';
import { argumentsOf } from '../support/stream-arbitrary';
import {
  CommandEncoder,
  COMMANDS,
  decode,
  encode,
  ENUMS,
  FLAGS,
  OBJECTS,
  OPCODES,
  type EncodableCommand,
  type Field,
  type Fields,
  type Layout,
} from '../../lib/protocol';

const LAYOUTS: [string, Layout][] = [
  ...Object.entries(COMMANDS).filter(([name]) => name !== 'CREATE_OBJECT'),
  ...Object.entries(OBJECTS).map(([name, layout]): [string, Layout] => [`CREATE_OBJECT ${name}`, layout]),
];

const fixedDwords = (field: Field): number => {
  if (field.kind === 'scalar') return field.type === 'f64' ? 2 : 1;
  if (field.kind === 'struct') return field.sizeDwords;
  return field.kind === 'list' && field.count.kind === 'fixed' ? field.count.count * field.strideDwords : 0;
};

// The bits that each field of a variant takes, as [name, first bit, bits].
const bitsOf = (fields: Fields, variant: string | undefined): [string, number, number][] =>
  Object.entries(fields)
    .filter(([, field]) => field.variant === undefined || field.variant === variant)
    .filter(([, field]) => fixedDwords(field) > 0)
    .map(([name, field]) =>
      field.kind === 'scalar'
        ? [name, field.dword * 32 + field.shift, field.bits]
        : [name, field.dword * 32, fixedDwords(field) * 32],
    );

const nested = (fields: Fields): Fields[] =>
  Object.values(fields).flatMap((field) => {
    if (field.kind === 'struct') return [field.fields, ...nested(field.fields)];
    if (field.kind === 'block') return [field.head, field.item.fields];
    return field.kind === 'list' && field.item.kind === 'struct'
      ? [field.item.fields, ...nested(field.item.fields)]
      : [];
  });

test('there are 64 commands and 12 kinds of objects', () => {
  const opcodes = Object.values(COMMANDS).map(({ opcode }) => opcode);
  expect(opcodes.sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, opcode) => opcode));
  const types = Object.values(OBJECTS).map(({ objectType }) => objectType);
  expect(types.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, type) => type));
  expect(OPCODES.GET_PIPE_RESOURCE_LAYOUT).toBe(63);
});

describe.each(LAYOUTS)('%s', (name, layout) => {
  test('no two fields share a bit', () => {
    const variants = layout.variants?.map((variant) => variant.name) ?? [undefined];
    for (const fields of [layout.fields, ...nested(layout.fields)]) {
      for (const variant of variants) {
        const taken = new Set<number>();
        for (const [, first, bits] of bitsOf(fields, variant)) {
          for (let bit = first; bit < first + bits; bit += 1) {
            expect(taken.has(bit)).toBe(false);
            taken.add(bit);
          }
        }
      }
    }
  });

  test('its fields fit its shortest payload, or are optional', () => {
    const { length } = layout;
    const shortest =
      length.kind === 'exact'
        ? Math.min(...length.lengths)
        : length.kind === 'atLeast'
          ? length.min
          : length.base;
    for (const field of Object.values(layout.fields)) {
      if (fixedDwords(field) === 0 || field.optional) continue;
      expect(field.dword + fixedDwords(field) - 1).toBeLessThanOrEqual(shortest);
    }
  });

  test('enumerations and flag sets that it names exist', () => {
    for (const fields of [layout.fields, ...nested(layout.fields)]) {
      for (const field of Object.values(fields)) {
        if (field.kind !== 'scalar') continue;
        if (field.enum !== undefined) expect(ENUMS).toHaveProperty(field.enum);
        if (field.flags !== undefined) expect(FLAGS).toHaveProperty(field.flags);
        expect(field.doc).not.toBe('');
      }
    }
  });

  test('decode gives what was encoded', () => {
    const [, object] = name.split(' ');
    fc.assert(
      fc.property(argumentsOf(layout), (fields) => {
        const made = { name: object ? 'CREATE_OBJECT' : name, object, fields } as unknown as EncodableCommand;
        const stream = encode([made]);
        const [command, ...rest] = [...decode(stream)];
        expect(rest).toEqual([]);
        expect(command?.name).toBe(made.name);
        expect(command?.residue).toBeUndefined();
        expect(command?.extra).toBeUndefined();
        const decoded: Readonly<Record<string, unknown>> = command?.fields ?? {};
        for (const [key, field] of Object.entries(layout.fields)) {
          // Another variant may tell the same bits.
          if (field.variant === undefined && fields[key] !== undefined)
            expect(decoded[key]).toEqual(fields[key]);
        }
        expect(encode(command ? [command] : [])).toEqual(stream);
      }),
      { numRuns: 25 },
    );
  });

  test('the encoder has its method', () => {
    const words =
      name === 'CREATE_OBJECT SHADER'
        ? ['CREATE', 'SHADER']
        : name.replace('CREATE_OBJECT ', 'CREATE_').split('_');
    const method = words.map((word, index) =>
      index === 0 ? word.toLowerCase() : word.charAt(0) + word.slice(1).toLowerCase(),
    );
    expect(new CommandEncoder()).toHaveProperty(method.join(''), expect.any(Function));
  });
});
