import { VirglError } from '../../lib/protocol/error';
import {
  parseTgsi,
  tgsiDeclarations,
  tgsiImmediates,
  tgsiInstructions,
  tgsiProperties,
  type TgsiShader,
} from '../../lib/shader';

const failure = (text: string): VirglError => {
  try {
    parseTgsi(text);
  } catch (error) {
    if (error instanceof VirglError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
};

const accepts = (text: string): TgsiShader => parseTgsi(text);
const immediate = (type: string, values: string) =>
  tgsiImmediates(accepts(`FRAG\nIMM[0] ${type} {${values}}\nEND`))[0];
const instruction = (text: string) => tgsiInstructions(accepts(`FRAG\n${text}\nEND`))[0];
const declaration = (text: string, stage = 'FRAG') => tgsiDeclarations(accepts(`${stage}\n${text}\nEND`))[0];

describe('white space and words', () => {
  it.each([
    ['leading white space', ' \t\nFRAG\nEND'],
    ['lower case', 'frag\ndcl in[0], generic[0], perspective\nmov temp[0].x, in[0].yyyy\nend'],
    ['several statements in a line', 'FRAG DCL TEMP[0] 0: MOV TEMP[0], TEMP[0] END'],
    ['a statement over several lines', 'FRAG\nMOV\nTEMP[0]\n,\nTEMP[0]\n.xxxx\nEND'],
    ['no newline at the end', 'FRAG\nEND'],
    ['white space at the end', 'FRAG\nEND \t\n\n'],
    ['only a header', 'FRAG'],
    ['a NUL ends the text', 'FRAG\nEND\n\0garbage'],
  ])('%s', (_, text) => expect(accepts(text).stage).toBe('FRAG'));

  it.each([
    ['CR', 'FRAG\r\nEND', 1, 5],
    ['a comment', 'FRAG\n# comment\nEND', 2, 1],
    ['garbage after END', 'FRAG\nEND garbage', 2, 5],
    ['no white space between statements', 'FRAG\nDCL TEMP[0]DCL TEMP[1]', 2, 12],
    ['an unknown header', 'PIXEL\nEND', 1, 1],
    ['a header that goes on', 'FRAGMENT\nEND', 1, 1],
    ['an empty text', '', 1, 1],
    ['an unknown opcode', 'FRAG\n  3: MOVE TEMP[0], TEMP[0]', 2, 6],
    ['a mnemonic without white space', 'FRAG\nMOV[0], TEMP[0]', 2, 4],
  ])('refuses %s', (_, text, line, column) => {
    const error = failure(text);
    expect(error).toMatchObject({ code: 'ERR_VIRGL_DECODE', line, column });
    expect(error.message).toContain(`line ${line}, column ${column}: expected`);
  });
});

describe('errors', () => {
  it('have code, operation, field, value and byte offset', () => {
    const error = failure('FRAG\nDCL FOO[0]\nEND');
    expect(error).toMatchObject({
      code: 'ERR_VIRGL_DECODE',
      operation: 'parseTgsi',
      field: 'register',
      value: '"FOO[0]"',
      byteOffset: 9,
    });
    expect(error.message).toBe(
      'parseTgsi: line 2, column 5: expected a register file for register but found "FOO[0]"',
    );
  });

  it('count bytes, not characters', () => {
    const text = 'FRAG\nPROPERTY X é€😀\nFOO';
    expect(failure(text).byteOffset).toBe(Buffer.from(text).length - 3);
  });

  it('name the end of the text', () =>
    expect(failure('FRAG\nDCL').message).toContain('found the end of the text'));

  it('refuse what is no string', () => {
    expect(() => parseTgsi(new Uint8Array(4) as unknown as string)).toThrow('expected a string for text');
  });
});

describe('immediates', () => {
  it.each([
    [
      'FLT32',
      '1.0, -2.5, +3, .5',
      ['1.0', '-2.5', '+3', '.5'],
      [0x3f800000, 0xc0200000, 0x40400000, 0x3f000000],
    ],
    [
      'FLT32',
      '1., 1e3, 1E+5, 1.5e-3',
      ['1.', '1e3', '1E+5', '1.5e-3'],
      [0x3f800000, 0x447a0000, 0x47c35000, 0x3ac49ba6],
    ],
    [
      'FLT32',
      '0x7fc00001, 0x7F800000, 0x00000000, 0xffffffff',
      ['0x7fc00001', '0x7F800000', '0x00000000', '0xffffffff'],
      [0x7fc00001, 0x7f800000, 0, 0xffffffff],
    ],
    // Ten characters belong to a hexadecimal float, whatever they are.
    [
      'FLT32',
      '0x3f8     , 1, 1, 1',
      ['0x000003f8', '1', '1', '1'],
      [0x3f8, 0x3f800000, 0x3f800000, 0x3f800000],
    ],
    ['UINT32', '0, 1, 4294967295, 4294967296', ['0', '1', '4294967295', '4294967296'], [0, 1, 0xffffffff, 0]],
    ['INT32', '-1, +1, 2147483648, 0', ['-1', '+1', '2147483648', '0'], [0xffffffff, 1, 0x80000000, 0]],
    ['FLT64', '1.00000000, 0.50000000', ['1.00000000', '0.50000000'], [0, 0x3ff00000, 0, 0x3fe00000]],
    [
      'FLT64',
      '0x00000000 0x3ff00000 , 0x12345678 0x9abcdef0 ',
      ['0x00000000 0x3ff00000 ', '0x12345678 0x9abcdef0 '],
      [0, 0x3ff00000, 0x12345678, 0x9abcdef0],
    ],
    ['FLT64', 'inf, -0x1.8p3', ['inf', '-0x1.8p3'], [0, 0x7ff00000, 0, 0xc0280000]],
    ['INT64', '-1, 0x10', ['-1', '0x10'], [0xffffffff, 0xffffffff, 16, 0]],
    ['UINT64', '017, 99999999999999999999', ['017', '99999999999999999999'], [15, 0, 0xffffffff, 0xffffffff]],
  ])('%s {%s}', (type, values, texts, words) => {
    expect(immediate(type, values)).toMatchObject({ type, texts, words });
  });

  it.each([
    ['FLT32', '0x0, 1.0, 1.0, 1.0'],
    ['FLT32', '0X3f800000, 1, 1, 1'],
    ['FLT32', '0x3f8000000, 1, 1, 1'],
    ['FLT32', 'nan, 1, 1, 1'],
    ['FLT32', 'inf, 1, 1, 1'],
    ['FLT32', '., 1, 1, 1'],
    ['FLT32', '1e, 1, 1, 1'],
    ['FLT32', '1.0f, 1, 1, 1'],
    ['FLT32', '1, 1, 1'],
    ['FLT32', '1, 1, 1, 1, 1'],
    ['UINT32', '-1, 1, 1, 1'],
    ['UINT32', '0x1, 1, 1, 1'],
    ['FLT64', '0x00000000 0x3ff00000, 0x00000000 0x3ff00000'],
    ['INT64', '1, 1, 1, 1'],
    ['INT64', '010, 089'],
    ['FLT16', '1, 1, 1, 1'],
  ])('refuses %s {%s}', (type, values) => {
    expect(failure(`FRAG\nIMM[0] ${type} {${values}}\nEND`)).toMatchObject({ code: 'ERR_VIRGL_DECODE' });
  });

  it('are numbered in order, or not at all', () => {
    expect(
      tgsiImmediates(accepts('FRAG IMM UINT32 {1,2,3,4} IMM[ 1 ] UINT32{1,2,3,4}')).map((i) => i.index),
    ).toEqual([0, 1]);
    expect(failure('FRAG\nIMM[1] UINT32 {1, 2, 3, 4}').message).toContain('line 2, column 5: expected 0,');
    expect(failure('FRAG\nIMM [0] UINT32 {1, 2, 3, 4}').field).toBe('immediate type');
  });

  it('may be cut off at the end of the text, as the host has it', () => {
    expect(tgsiImmediates(accepts('FRAG\nIMM[0] FLT32 {1.0, 2.'))[0]?.texts).toEqual(['1.0', '2.', '0', '0']);
    expect(tgsiImmediates(accepts('FRAG\nIMM[0] FLT64'))[0]?.words).toEqual([0, 0, 0, 0]);
    expect(failure('FRAG\nIMM[0] FLT32 {1.0, 2.0\nEND').message).toContain('line 3, column 1');
  });
});

describe('properties', () => {
  it('have the number that the host stores', () => {
    const shader = accepts('GEOM\nproperty gs_input_primitive triangles\nPROPERTY GS_INVOCATIONS\n007 END');
    expect(tgsiProperties(shader)).toMatchObject([
      { name: 'GS_INPUT_PRIMITIVE', value: 4, text: 'TRIANGLES' },
      { name: 'GS_INVOCATIONS', value: 7, text: '7' },
    ]);
    expect(tgsiProperties(accepts('FRAG PROPERTY FS_COORD_ORIGIN LOWER_LEFT'))[0]?.value).toBe(1);
    expect(tgsiProperties(accepts('FRAG PROPERTY NEXT_SHADER VERT'))[0]?.value).toBe(1);
  });

  it('with unknown names are kept with the rest of their line', () => {
    expect(accepts('FRAG\nPROPERTY Foo bar, {baz !!\nEND').statements[0]).toMatchObject({
      kind: 'unknown-property',
      name: 'Foo',
      rest: ' bar, {baz !!',
    });
  });

  it('have names of at most 63 characters', () => {
    accepts(`FRAG\nPROPERTY ${'A'.repeat(63)} 1`);
    expect(failure(`FRAG\nPROPERTY ${'A'.repeat(64)} 1`).field).toBe('property name');
  });

  it.each(['FS_DEPTH_LAYOUT x', 'FS_DEPTH_LAYOUT -1', 'FS_COORD_ORIGIN 1', 'GS_INPUT_PRIMITIVE 4'])(
    'refuses %s',
    (text) => {
      expect(failure(`FRAG\nPROPERTY ${text}`).field).toBe(text.split(' ')[0]);
    },
  );
});

describe('declarations', () => {
  it.each([
    [
      'DCL TEMP[3..7], ARRAY(1), LOCAL',
      { file: 'TEMP', range: { first: 3, last: 7 }, arrayId: 1, local: true },
    ],
    ['DCL TEMP[0..1], LOCAL', { local: true }],
    ['DCL CONST[1][0..4]', { dimension: { first: 1 }, range: { first: 0, last: 4 } }],
    [
      'DCL IN[0].xy, GENERIC[3], LINEAR, CENTROID',
      {
        usageMask: 'xy',
        semantic: { name: 'GENERIC', index: 3 },
        interpolation: 'LINEAR',
        interpolationLocation: 'CENTROID',
      },
    ],
    ['DCL IN[0], COLOR, COLOR', { semantic: { name: 'COLOR', index: 0 }, interpolation: 'COLOR' }],
    ['DCL OUT[0], COLOR[1], INVARIANT', { semantic: { name: 'COLOR', index: 1 }, invariant: true }],
    [
      'DCL IMAGE[0], 2D, PIPE_FORMAT_R32_UINT, WR, RAW',
      { image: { target: '2D', format: 'PIPE_FORMAT_R32_UINT', writable: true, raw: true } },
    ],
    ['DCL SVIEW[0], SHADOW2D, FLOAT', { samplerView: { target: 'SHADOW2D', returnTypes: ['FLOAT'] } }],
    [
      'DCL SVIEW[0], 2D, FLOAT, UINT, SINT, UNORM',
      { samplerView: { returnTypes: ['FLOAT', 'UINT', 'SINT', 'UNORM'] } },
    ],
    ['DCL BUFFER[2], ATOMIC', { atomic: true }],
    ['DCL BUFFER[2], CONSTANT, CENTROID', { interpolation: 'CONSTANT', interpolationLocation: 'CENTROID' }],
    ['DCL MEMORY[0], SHARED', { memory: 'SHARED' }],
    ['DCL HWATOMIC[2][3]', { dimension: { first: 2 }, range: { first: 3, last: 3 } }],
    ['DCL TEMP[65537]', { range: { first: 65537, last: 65537 } }],
  ])('%s', (text, expected) => expect(declaration(text)).toMatchObject(expected));

  it('take [] where a size is implied', () => {
    expect(declaration('DCL IN[][2], POSITION', 'TESS_EVAL')).toMatchObject({
      dimension: { first: 0, last: 31, implied: true },
      range: { first: 2, implied: false },
    });
    expect(declaration('PROPERTY GS_INPUT_PRIMITIVE LINES DCL IN[], POSITION', 'GEOM')?.range.last).toBe(1);
    expect(declaration('PROPERTY GS_INPUT_PRIMITIVE PATCHES DCL IN[], POSITION', 'GEOM')?.range.last).toBe(2);
  });

  it('have streams in geometry shaders only', () => {
    expect(declaration('DCL OUT[0], GENERIC[0], STREAM(0, 1, 2, 3)', 'GEOM')?.streams).toEqual([0, 1, 2, 3]);
    expect(declaration('DCL OUT[0], STREAM (0,1,2 ,3)', 'GEOM')?.streams).toEqual([0, 1, 2, 3]);
    failure('VERT\nDCL OUT[0], GENERIC[0], STREAM(0, 1, 2, 3)');
  });

  it.each([
    ['VERT', 'DCL IN[0], GENERIC[0]'],
    ['VERT', 'DCL IN[][0]'],
    ['GEOM', 'DCL IN[][0], POSITION'],
    ['FRAG', 'DCL IN[0], NOSUCH'],
    ['FRAG', 'DCL IN[0], PERSPECTIVE, GENERIC[0]'],
    ['FRAG', 'DCL IN[-1]'],
    ['FRAG', 'DCL IN[0 1]'],
    ['FRAG', 'DCL IN[0].yx'],
    ['FRAG', 'DCL IN[0].'],
    ['FRAG', 'DCL TEMP[0..1], ARRAY (1)'],
    ['FRAG', 'DCL TEMP[0..1], ARRAY(x)'],
    ['FRAG', 'DCL TEMP[0..1], ARRAY(1) , LOCAL'],
    ['FRAG', 'DCL IMAGE[0], PIPE_FORMAT_R32_UINT'],
    ['FRAG', 'DCL IMAGE[0], 2D, R32_UINT'],
    ['FRAG', 'DCL IMAGE[0], 2D, PIPE_FORMAT_R8G8Bx_SNORM'],
    ['FRAG', 'DCL SVIEW[0], 2D'],
    ['FRAG', 'DCL SVIEW[0], 2D, HALF'],
    ['FRAG', 'DCL SVIEW[0], 2D, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT'],
    ['FRAG', 'DCL SVIEW[0], 2D, FLOAT, CONSTANT'],
    ['FRAG', 'DCL SVIEW[0], 2D, FLOAT, FLOAT, FLOAT, CONSTANT'],
    ['FRAG', 'DCL[0]'],
    ['GEOM', 'DCL OUT[0], GENERIC[0], STREAM(0, 1, 2)'],
  ])('%s refuses %s', (stage, text) => {
    expect(failure(`${stage}\n${text}\nEND`).code).toBe('ERR_VIRGL_DECODE');
  });
});

describe('instructions', () => {
  it('have labels, suffixes and operands', () => {
    expect(
      instruction('12 : MAD_SAT_PRECISE TEMP[0].xw, -|IN[0].xyzx|, CONST[1][2].wzyx, IMM[-1]'),
    ).toMatchObject({
      label: 12,
      opcode: 'MAD',
      saturate: true,
      precise: true,
      destinations: [{ file: 'TEMP', index: { value: 0 }, writeMask: 'xw' }],
      sources: [
        { file: 'IN', swizzle: 'xyzx', negate: true, absolute: true },
        { file: 'CONST', dimension: { value: 1 }, index: { value: 2 }, swizzle: 'wzyx' },
        { file: 'IMM', index: { value: -1 }, swizzle: 'xyzw', negate: false },
      ],
      location: { line: 2, column: 1, offset: 5 },
    });
  });

  it('have indirect indices', () => {
    const sources = instruction('ADD TEMP[0], TEMP[ADDR[1].z-3](2), CONST[ ADDR[0]+1][4]')?.sources;
    expect(sources).toMatchObject([
      { index: { value: -3, indirect: { file: 'ADDR', index: 1, component: 'z', arrayId: 2 } } },
      { dimension: { value: 1, indirect: { index: 0, component: 'x' } }, index: { value: 4 } },
    ]);
    // NULL is how the host writes "not indirect".
    expect(instruction('MOV TEMP[0], IN[NULL[0]+2]')?.sources[0]?.index).toEqual({ value: 2 });
  });

  it('have texture targets and offsets', () => {
    expect(
      instruction(
        'TG4 TEMP[0], IN[0], IMM[0], SAMP[0], 2D_ARRAY, IMM[1].xyz, TEMP[2].wzy, IN[3], IMM[4].xxx',
      ),
    ).toMatchObject({
      target: '2D_ARRAY',
      offsets: [
        { swizzle: 'xyz' },
        { file: 'TEMP', index: 2, swizzle: 'wzy' },
        { swizzle: 'xxx' },
        { index: 4 },
      ],
    });
    expect(instruction('SAMPLE TEMP[0], IN[0], SVIEW[0], SAMP[0], IMM[0].xyz')).toMatchObject({
      offsets: [{ file: 'IMM' }],
    });
  });

  it('have memory tails', () => {
    expect(
      instruction('LOAD TEMP[0], IMAGE[0], TEMP[1], RESTRICT, 2D, COHERENT, PIPE_FORMAT_R8_UNORM')?.memory,
    ).toEqual({
      qualifiers: ['COHERENT', 'RESTRICT'],
      target: '2D',
      format: 'PIPE_FORMAT_R8_UNORM',
    });
  });

  it('have branch labels after some opcodes', () => {
    expect(instruction('UIF TEMP[0].xxxx:7')?.branch).toBe(7);
    expect(instruction('BGNLOOP : 0')?.branch).toBe(0);
  });

  it.each([
    ['MOV TEMP[0].yx, TEMP[1]', 'operands of MOV'],
    ['MOV TEMP[0].xx, TEMP[1]', 'operands of MOV'],
    ['MOV TEMP[0]., TEMP[1]', 'write mask'],
    ['MOV TEMP[0], TEMP[1].xy', 'swizzle'],
    ['MOV TEMP[0], TEMP[1].x', 'swizzle'],
    ['MOV TEMP[0], TEMP[1].xyzq', 'swizzle'],
    ['MOV TEMP[0], |-TEMP[1]|', 'register'],
    ['MOV TEMP[0], |TEMP[1]', 'absolute value'],
    ['MOV TEMP[0], TEMP[ADDR[0].q]', 'component of ADDR'],
    ['MOV TEMP[0], TEMP[ADDR[0] + 1]', 'index of TEMP'],
    ['MOV TEMP[0], TEMP[]', 'index of TEMP'],
    ['MOV TEMP[0], TEMP[0](x)', 'array id'],
    ['MOV TEMP[0] TEMP[1]', 'operands of MOV'],
    ['MOV TEMP[0]', 'operands of MOV'],
    ['MOV_PRECISE_SAT TEMP[0], TEMP[1]', 'opcode'],
    ['TEX TEMP[0], TEMP[1], SAMP[0]', 'operands of TEX'],
    ['TEX TEMP[0], TEMP[1], SAMP[0], 2D, IMM[0].xy', 'swizzle'],
    ['LOAD TEMP[0], BUFFER[0], TEMP[1], SOMETIMES', 'memory tail'],
    ['UIF TEMP[0].xxxx :x', 'branch label'],
    ['BRK :1', 'opcode'],
    ['BRK, TEMP[0]', 'end of the statement'],
    ['3: DCL TEMP[0]', 'opcode'],
  ])('refuses %s', (text, field) => expect(failure(`FRAG\n${text}\nEND`).field).toBe(field));
});
