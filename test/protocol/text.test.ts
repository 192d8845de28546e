// Dump, assembler and JSON: the same bytes come back, whatever the stream.

import fc from 'fast-check';
import {
  assemble,
  assembleSubmissions,
  CommandEncoder,
  decode,
  encode,
  fromJson,
  printCommand,
  printStream,
  printSubmissions,
  toJson,
  VirglError,
  type JsonCommand,
} from '../../lib/protocol';
import { oddStream, streamArbitrary } from '../support/stream-arbitrary';
import { fixtureBuffers, fixtureNames } from './fixture-streams';
import { mutated } from '../support/mutations';

const GENERATED = 10_000;

const errorOf = (run: () => unknown): VirglError => {
  try {
    run();
  } catch (error) {
    if (error instanceof VirglError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};
const wordsOf = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.slice().buffer);
const same = (a: Uint32Array, b: Uint32Array): boolean =>
  a.length === b.length && a.every((word, index) => word === b[index]);
const overText = (stream: Uint32Array): Uint32Array => assemble(printStream(stream));
const overJson = (stream: Uint32Array): Uint32Array =>
  encode(fromJson(JSON.parse(JSON.stringify(toJson(decode(stream, { onError: 'raw' })))) as JsonCommand[]));

describe.each(fixtureNames())('%s', (name) => {
  const buffers = fixtureBuffers(name).map(wordsOf);

  test('text and JSON give the same bytes', () => {
    for (const buffer of buffers) {
      expect(same(overText(buffer), buffer)).toBe(true);
      expect(same(overJson(buffer), buffer)).toBe(true);
    }
  });

  test('submissions keep their limits', () => {
    expect(assembleSubmissions(printSubmissions(buffers))).toEqual(buffers);
  });

  test('so do mutated streams', () => {
    for (const stream of mutated(buffers[0] ?? new Uint32Array(), 100)) {
      expect(same(overText(stream), stream)).toBe(true);
      expect(same(overJson(stream), stream)).toBe(true);
    }
  });
});

test(`decode, text and JSON give ${GENERATED} generated streams back`, () => {
  fc.assert(
    fc.property(streamArbitrary, (stream) => {
      expect(same(encode(decode(stream)), stream)).toBe(true);
      expect(same(overText(stream), stream)).toBe(true);
      expect(same(overJson(stream), stream)).toBe(true);
    }),
    { numRuns: GENERATED },
  );
});

test('any dwords come back', () => {
  fc.assert(
    fc.property(oddStream, (stream) => {
      expect(same(overText(stream), stream)).toBe(true);
      expect(same(overJson(stream), stream)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

describe('text', () => {
  const text = (encoder: CommandEncoder): string => printStream(encoder.finish());

  test('one command is one line, without what is the default', () => {
    const encoder = new CommandEncoder()
      .drawVbo({ count: 3, mode: 4 })
      .clear({ buffers: 5, color: [0.1, 0, 0, 1], depth: 0.5 })
      .createDsa({ handle: 9, depthEnabled: true, stencilBack: { enabled: true, failOp: 2 } })
      .setSampleMask({ mask: 0xffffffff });
    expect(text(encoder)).toBe(
      [
        'DRAW_VBO count=3 mode=TRIANGLES',
        'CLEAR buffers=DEPTH|COLOR0 color=[0.1 0 0 1] depth=0.5',
        'CREATE_OBJECT DSA handle=9 depthEnabled=true stencilBack={enabled=true failOp=REPLACE}',
        'SET_SAMPLE_MASK mask=0xffffffff\n',
      ].join('\n'),
    );
  });

  test('shaders are lines behind their command', () => {
    const encoder = new CommandEncoder().createShader({
      handle: 2,
      stage: 1,
      text: 'FRAG\n\n  0: END\n',
      numTokens: 5,
    });
    expect(text(encoder)).toBe(
      'CREATE_OBJECT SHADER handle=2 stage=FRAGMENT lengthOrOffset=16 numTokens=5 text:\n    | FRAG\n    |\n    |   0: END\n',
    );
  });

  test('constants are rows of vec4, with integers in hex', () => {
    const data = Uint32Array.from([0x3f800000, 0x3dcccccd, 7, 0x7f800001, 0, 0, 0, 0, 0, 0, 0, 0x80000000]);
    expect(text(new CommandEncoder().setConstantBuffer({ stage: 0, data }))).toBe(
      'SET_CONSTANT_BUFFER stage=VERTEX data=[1 0.1 0x00000007 0x7f800001 0*7 -0]\n',
    );
    const many = Float32Array.from({ length: 12 }, (_, index) => index / 2);
    expect(text(new CommandEncoder().setConstantBuffer({ stage: 1, data: many }))).toBe(
      'SET_CONSTANT_BUFFER stage=FRAGMENT data:\n    [0] 0 0.5 1 1.5\n    [1] 2 2.5 3 3.5\n    [2] 4 4.5 5 5.5\n',
    );
  });

  test('what has no name is told as it is', () => {
    const odd = Uint32Array.from([(1 << 16) | (3 << 8) | 13, 0xffff0201, (1 << 16) | 66, 5]);
    expect(printStream(odd)).toBe(
      [
        'SET_STENCIL_REF front=1 back=2 residue=[{dword=0 replaces=0x0000000d value=0x0000030d} {dword=1 replaces=0x00000201 value=0xffff0201}]',
        '# UNKNOWN: expected a known opcode for opcode but found 66 (command 1, byte 8)',
        'UNKNOWN opcode=66 objectType=0 lengthDwords=1 payload=[5]\n',
      ].join('\n'),
    );
  });

  test('strings are quoted', () => {
    const line = printStream(new CommandEncoder().sendStringMarker({ text: 'a "b" \\ é\t\0' }).finish());
    expect(line).toBe('SEND_STRING_MARKER text="a \\"b\\" \\\\ é\\t\\x00"\n');
  });

  test('a name that is no command is refused', () => {
    const error = errorOf(() => printCommand({ name: 'DRAW_VB', fields: {} } as never));
    expect(error).toMatchObject({ code: 'ERR_VIRGL_ARGUMENT', field: 'name' });
    expect(error.message).toContain('did you mean DRAW_VBO?');
  });
});

describe('assemble', () => {
  test('takes what people write', () => {
    const stream = assemble(`\ufeff
      # a triangle
      DRAW_VBO mode=TRIANGLES count = 3   # the three\r
      CLEAR buffers=COLOR|0x1 color=[
        1 .5
        0x3f800000 1e0 ] depth=1
      BLIT mask=RGBA dstResource=1 dstFormat=NV12 srcFormat=0x43 srcResource=2 dstBox={w=4} srcBox={w=-4}`);
    const [draw, clear, blit] = [...decode(stream)];
    expect(draw?.fields).toMatchObject({ count: 3, mode: 4 });
    expect(clear?.fields).toMatchObject({ buffers: 0x3fd, color: [1, 0.5, 1, 1] });
    expect(blit?.fields).toMatchObject({ dstFormat: 166, srcFormat: 67, srcBox: { w: -4 } });
  });

  const cases: [string, string, string][] = [
    ['DRAW_VB count=3', 'line 1, column 1', 'expected a command but found DRAW_VB (did you mean DRAW_VBO?)'],
    ['\n CREATE_OBJECT BLENT', 'line 2, column 16', '(did you mean BLEND?)'],
    ['DRAW_VBO cout=3', 'line 1, column 10', '(did you mean count?)'],
    ['DRAW_VBO count=3 count=4', 'line 1, column 18', 'count is given twice'],
    ['DRAW_VBO count', 'line 1, column 15', 'expected = behind count but found the end of the text'],
    ['DRAW_VBO mode=TRIANGELS', 'line 1, column 15', '(did you mean TRIANGLES?)'],
    ['DRAW_VBO indexed=1', 'line 1, column 18', 'expected true or false for indexed'],
    ['SEND_STRING_MARKER text="a" unknown', 'line 1, column 29', 'a field of SEND_STRING_MARKER'],
    ['CLEAR buffers=DEPHT', 'line 1, column 15', '(did you mean DEPTH?)'],
    ['SET_SCISSOR_STATE scissors=[{minX=1 minZ=2}]', 'line 1, column 37', '(did you mean minX?)'],
    ['SET_CONSTANT_BUFFER stage=VERTEX data:\n  [0] 1 2\n  [4] 1 x', 'line 3, column 9', 'expected a number in data but found x'],
    ['SET_CONSTANT_BUFFER stage=VERTEX data:\n  | 1', 'line 2, column 5', 'expected a row of data'],
    ['SET_CONSTANT_BUFFER stage=VERTEX data=[1*99999]', 'line 1, column 42', 'how often'],
    ['DRAW_VBO count:\n', 'line 1, column 10', 'only text and data'],
    ['SEND_STRING_MARKER text="a', 'line 1, column 25', 'a string that ends with "'],
    ['SEND_STRING_MARKER text="\\q"', 'line 1, column 25', 'only the escapes'],
    ['SET_BLEND_COLOR color=[1 2 3 0x7f800001]', 'line 1, column 30', 'residue'],
    ['SET_BLEND_COLOR color=[1 2 3', 'line 1, column 29', 'the end of the text'],
    ['SUBMISSION\nNOP', 'line 1, column 1', 'assembleSubmissions'],
    ['%', 'line 1, column 1', 'a word, a number or a mark'],
  ]; // prettier-ignore

  test.each(cases)('%s', (text, place, message) => {
    const error = errorOf(() => assemble(text));
    expect(error.code).toBe('ERR_VIRGL_DECODE');
    expect(error.message).toContain(place);
    expect(error.message).toContain(message);
    expect(place).toBe(`line ${error.line}, column ${error.column}`);
  });

  test('values that a command may not have name their field', () => {
    const error = errorOf(() => assemble('NOP\nDRAW_VBO count=-3 mode=TRIANGLES'));
    expect(error).toMatchObject({ code: 'ERR_VIRGL_ENCODE', field: 'count', line: 2, column: 10 });
    expect(errorOf(() => assemble('DRAW_VBO mode=POINTS'))).toMatchObject({
      code: 'ERR_VIRGL_ENCODE',
      field: 'count',
    });
    expect(errorOf(() => assemble('UNKNOWN opcode=300')).field).toBe('opcode');
    expect(errorOf(() => assemble(1 as never)).code).toBe('ERR_VIRGL_ARGUMENT');
  });

  test('never fails in another way', () => {
    const [buffer = new Uint8Array()] = fixtureBuffers(fixtureNames()[0] ?? '');
    const text = printStream(buffer).slice(0, 2000);
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(3), fc.string({ maxLength: 3 }), (at, cut, insert) => {
        try {
          assemble(text.slice(0, at) + insert + text.slice(at + cut));
        } catch (error) {
          expect(error).toBeInstanceOf(VirglError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('JSON', () => {
  test('has words, and strings for what JSON lacks', () => {
    const encoder = new CommandEncoder().clear({ buffers: 0x405, color: [NaN, -0, Infinity, 1] });
    expect(toJson(decode(encoder.finish()))).toEqual([
      {
        name: 'CLEAR',
        index: 0,
        byteOffset: 0,
        fields: {
          buffers: ['DEPTH', 'COLOR0', 0x400],
          color: ['NaN', '-0', 'Infinity', 1],
          depth: 1,
          stencil: 0,
        },
      },
    ]);
  });

  const cases: [unknown, string, string][] = [
    [[{ name: 'DRAW_VB', fields: {} }], '[0].name', 'did you mean DRAW_VBO?'],
    [[{ name: 'CREATE_OBJECT', object: 'BLENT', fields: {} }], '[0].object', 'did you mean BLEND?'],
    [[{ name: 'NOP', fields: {} }, { name: 'DRAW_VBO', fields: { mode: 'TRI' } }], '[1].fields.mode', 'Primitive'],
    [[{ name: 'DRAW_VBO', fields: { modes: 4 } }], '[0].fields', 'did you mean mode?'],
    [[{ name: 'DRAW_VBO' }], '[0].fields', 'an object'],
    [[{ name: 'CLEAR', fields: { buffers: ['DEPHT'] } }], '[0].fields.buffers', 'did you mean DEPTH?'],
    [[{ name: 'NOP', fields: { padding: [1, -1] } }], '[0].fields.padding[1]', '0xffffffff'],
    [[null], '[0]', 'an object'],
    [{}, '', 'an array'],
  ]; // prettier-ignore

  test.each(cases)('%j is refused', (json, field, message) => {
    const error = errorOf(() => fromJson(json as never));
    expect(error).toMatchObject({ code: 'ERR_VIRGL_DECODE', field });
    expect(error.message).toContain(message);
  });
});
