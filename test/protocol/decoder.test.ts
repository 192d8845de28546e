// The decoder: malformed and odd streams.

import fc from 'fast-check';
import { oddStream } from '../support/stream-arbitrary';
import { commandName, CommandEncoder, decode, encode, VirglError, type Command } from '../../lib/protocol';

const errorOf = (run: () => unknown): VirglError => {
  try {
    run();
  } catch (error) {
    if (error instanceof VirglError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};
const all = (stream: Uint32Array | Uint8Array): Command[] => [...decode(stream)];
const raw = (stream: Uint32Array | Uint8Array): Command[] => [...decode(stream, { onError: 'raw' })];
const header = (opcode: number, length: number, type = 0): number => (length << 16) | (type << 8) | opcode;

const SAMPLE = new CommandEncoder()
  .setSubCtx({ id: 1 })
  .setViewportState({ viewports: [{ scale: [1, 2, 3], translate: [4, 5, 6] }] })
  .createShader({ handle: 2, stage: 1, text: 'FRAG\nEND\n' })
  .drawVbo({ count: 3, mode: 4 })
  .finish();

test('a command knows its place', () => {
  expect(
    all(SAMPLE).map(({ name, index, byteOffset, lengthDwords }) => [name, index, byteOffset, lengthDwords]),
  ).toEqual([
    ['SET_SUB_CTX', 0, 0, 1],
    ['SET_VIEWPORT_STATE', 1, 8, 7],
    ['CREATE_OBJECT', 2, 40, 8],
    ['DRAW_VBO', 3, 76, 12],
  ]);
  expect(commandName(786440)).toBe('DRAW_VBO');
  expect(commandName(64)).toBe('UNKNOWN');
});

test('the payload is a view of the stream', () => {
  const [command] = all(SAMPLE);
  expect(command?.payload.buffer).toBe(SAMPLE.buffer);
});

test('a stream cut at any dword throws, and raw keeps what is there', () => {
  const ends = new Set([
    0,
    ...raw(SAMPLE).map(({ byteOffset, lengthDwords }) => byteOffset / 4 + 1 + lengthDwords),
  ]);
  for (let length = 0; length <= SAMPLE.length; length += 1) {
    const cut = SAMPLE.slice(0, length);
    if (ends.has(length)) expect(() => all(cut)).not.toThrow();
    else {
      const error = errorOf(() => all(cut));
      expect(error.code).toBe('ERR_VIRGL_DECODE');
      const last = raw(cut).at(-1);
      expect(error).toMatchObject({
        commandIndex: last?.index,
        byteOffset: last?.byteOffset,
        field: 'lengthDwords',
      });
      expect(last?.name).toBe('UNKNOWN');
    }
    expect(encode(raw(cut))).toEqual(cut);
  }
});

test('bytes that are no whole number of dwords throw', () => {
  expect(errorOf(() => all(new Uint8Array(7)))).toMatchObject({ code: 'ERR_VIRGL_DECODE', byteOffset: 4 });
  expect(errorOf(() => raw(new Uint8Array(1))).code).toBe('ERR_VIRGL_DECODE');
  expect(errorOf(() => all([1] as never)).code).toBe('ERR_VIRGL_ARGUMENT');
  expect(errorOf(() => decode(SAMPLE, { onError: 'skip' as never })).field).toBe('onError');
  expect(errorOf(() => decode(SAMPLE, { onerror: 'raw' } as never)).field).toBe('onerror');
});

describe('malformed commands', () => {
  const cases: [string, number[], string, string][] = [
    ['an unknown opcode', [header(64, 0)], 'opcode 64', 'opcode'],
    ['an unknown object type', [header(1, 1, 12), 1], 'CREATE_OBJECT', 'objectType'],
    ['a length that is not allowed', [header(8, 13), ...new Array(13).fill(0)], 'DRAW_VBO', 'lengthDwords'],
    ['a length that is too short', [header(43, 12), ...new Array(12).fill(0)], 'TRANSFER3D', 'lengthDwords'],
    ['a length between items', [header(6, 4), 0, 0, 0, 0], 'SET_VERTEX_BUFFERS', 'lengthDwords'],
    ['a count beyond the payload', [header(5, 3), 2, 0, 1], 'SET_FRAMEBUFFER_STATE', 'colorBuffers.length'],
    ['too many items', [header(6, 99), ...new Array(99).fill(0)], 'SET_VERTEX_BUFFERS', 'buffers.length'],
    ['a text length beyond the payload', [header(51, 2), 5, 0], 'SEND_STRING_MARKER', 'text.length'],
    ['stream output beyond the payload', [header(1, 7, 4), 1, 0, 4, 0, 1, 0, 0], 'CREATE_OBJECT', 'streamOutput'],
    ['stream outputs beyond the payload', [header(1, 9, 4), 1, 0, 4, 0, 1, 0, 0, 0, 0], 'CREATE_OBJECT', 'streamOutput.length'],
  ]; // prettier-ignore

  test.each(cases)('%s', (_, words, operation, field) => {
    const stream = Uint32Array.from([header(28, 1), 7, ...words, header(28, 1), 8]);
    const error = errorOf(() => all(stream));
    expect(error).toMatchObject({
      code: 'ERR_VIRGL_DECODE',
      operation,
      field,
      commandIndex: 1,
      byteOffset: 8,
    });
    const commands = raw(stream);
    expect(commands.map(({ name }) => name)).toEqual(['SET_SUB_CTX', 'UNKNOWN', 'SET_SUB_CTX']);
    expect(encode(commands)).toEqual(stream);
  });
});

describe('odd commands keep their bytes', () => {
  const cases: [string, number[]][] = [
    ['padding of END_TRANSFERS', [header(44, 3), 1, 2, 3]],
    ['payload of NOP', [header(0, 2), 5, 6]],
    ['surplus dwords', [header(46, 4), 1, 2, 3, 4]],
    ['object type bits on a plain command', [header(28, 1, 9), 1]],
    ['reserved bits', [header(13, 1), 0xdeadbeef]],
    ['a boolean of 2', [header(26, 3), 1, 2, 0]],
    ['a signalling NaN', [header(14, 4), 0x7f800001, 0xffc00001, 0, 0x80000000]],
    ['a NaN of 64 bits', [header(7, 8), 4, 0, 0, 0, 0, 1, 0x7ff80000, 0]],
    ['integer colours that are NaN as floats', [header(7, 8), 4, 0xffffffff, 0xfffffffe, 0, 0, 0, 0, 0]],
    ['bytes after the NUL of a text', [header(41, 3), 0x00616261, 0x63, 0x64]],
    ['dirt in the dword of the NUL', [header(41, 2), 0x41414141, 0x42004141]],
    ['a text without NUL', [header(41, 2), 0x41414141, 0x42414141]],
    ['bytes that are no UTF-8', [header(51, 3), 7, 0xc0ff80fe, 0x00eda080]],
    ['dirt after a counted text', [header(51, 3), 1, 0x41414141, 0x41414141]],
    ['a long video codec', [header(53, 10), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ['a shader packet of 5 dwords', [header(1, 5, 4), 1, 1, 0x80000010, 5, 0]],
    ['surplus atomic buffers', [header(40, 6), 0, 1, 2, 3, 4, 5]],
  ]; // prettier-ignore

  test.each(cases)('%s', (_, words) => {
    const stream = Uint32Array.from(words);
    expect(encode(all(stream))).toEqual(stream);
  });

  test('any dwords at all', () => {
    fc.assert(
      fc.property(oddStream, (stream) => {
        expect(encode(raw(stream))).toEqual(stream);
      }),
      { numRuns: 2000 },
    );
  });

  test('an edited field is written, and what is left over stays with the other dwords', () => {
    const stream = Uint32Array.from([header(15, 3), 0, 0x00020001, 0x00040003]);
    const [command] = all(stream);
    if (command?.name !== 'SET_SCISSOR_STATE') throw new Error('another command');
    const scissors = [{ ...command.fields.scissors[0], minX: 9, minY: 2, maxX: 3, maxY: 4 }];
    expect([...encode([{ ...command, fields: { ...command.fields, scissors } }])]).toEqual([
      header(15, 3),
      0,
      0x00020009,
      0x00040003,
    ]);

    const odd = all(Uint32Array.from([header(13, 1, 3), 0xffff0201]))[0];
    if (odd?.name !== 'SET_STENCIL_REF') throw new Error('another command');
    expect(odd.residue).toEqual([
      { dword: 0, replaces: 13, value: 13 | (3 << 8) },
      { dword: 1, replaces: 0x0201, value: 0xffff0201 },
    ]);
    expect([...encode([{ ...odd, fields: { front: 5, back: 2 } }])]).toEqual([header(13, 1, 3), 0x0205]);
  });
});

describe('variants', () => {
  test('a sampler view is read as a buffer when it is no texture', () => {
    const view = (last: number) => {
      const [command] = all(Uint32Array.from([header(1, 6, 6), 1, 2, 31, 0, last, 0o3210]));
      if (command?.name !== 'CREATE_OBJECT' || command.object !== 'SAMPLER_VIEW')
        throw new Error('another command');
      return command.fields;
    };
    expect(view(0x0200)).toMatchObject({ firstLevel: 0, lastLevel: 2 });
    expect(view(0x10000)).toMatchObject({ firstElement: 0, lastElement: 0x10000 });
  });

  test('CLEAR_SURFACE is read by what it clears', () => {
    const encoder = new CommandEncoder()
      .clearSurface({ buffers: 3, surface: 1, depth: 0.5, stencil: 7, width: 1, height: 1 })
      .clearSurface({ buffers: 4, surface: 1, color: [1, 0, 0, 1], width: 1, height: 1 });
    const [depth, color] = all(encoder.view());
    expect(depth?.fields).toMatchObject({ depth: 0.5, stencil: 7 });
    expect(color?.fields).toMatchObject({ color: [1, 0, 0, 1] });
  });
});
