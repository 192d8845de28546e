import { VirglError } from '../../lib/protocol/error';
import {
  checkTgsi,
  parseTgsi,
  printTgsi,
  TgsiBuilder,
  TGSI_OPCODES,
  TGSI_PROPERTIES,
  type TgsiRegister,
  type TgsiStage,
} from '../../lib/shader';

type Method = (...operands: unknown[]) => void;

/** The builder as callers without types see it. */
const untyped = (builder: object): Record<string, Method> => builder as Record<string, Method>;

/** The instruction lines of a finished builder. */
const instructionsOf = (builder: TgsiBuilder): string[] =>
  builder
    .toString()
    .split('\n')
    .filter((line) => /^ *\d+: /.test(line))
    .map((line) => line.replace(/^ *\d+: /, ''));

const declarationsOf = (builder: TgsiBuilder): string[] =>
  builder
    .toString()
    .split('\n')
    .filter((line) => /^(PROPERTY|DCL|IMM)/.test(line));

const finish = (builder: TgsiBuilder): string => {
  builder.end();
  const text = builder.toString();
  expect(checkTgsi(text, { stage: builder.stage })).toEqual([]);
  expect(printTgsi(parseTgsi(text))).toBe(text);
  return text;
};

const thrown = (action: () => unknown): VirglError => {
  try {
    action();
  } catch (error) {
    if (error instanceof VirglError) return error;
    throw error;
  }
  throw new Error('nothing thrown');
};

describe('a builder', () => {
  it('writes a vertex shader', () => {
    const b = new TgsiBuilder('VERT');
    const position = b.output('POSITION');
    const colour = b.output('GENERIC', 0);
    const t = b.temp();
    b.mul(t, b.input(0).x, b.constant(0));
    b.mad(t, b.input(0).y, b.constant(1), t);
    b.mov(position, t);
    b.mov(colour.mask('xyz'), b.input(1));
    b.mov(colour.w, b.immf(1, 0, 0, 1).w);
    expect(finish(b)).toBe(`VERT
DCL IN[0]
DCL IN[1]
DCL OUT[0], POSITION
DCL OUT[1], GENERIC[0]
DCL CONST[0..1]
DCL TEMP[0]
IMM[0] FLT32 {0x3f800000, 0x00000000, 0x00000000, 0x3f800000}
  0: MUL TEMP[0], IN[0].xxxx, CONST[0]
  1: MAD TEMP[0], IN[0].yyyy, CONST[1], TEMP[0]
  2: MOV OUT[0], TEMP[0]
  3: MOV OUT[1].xyz, IN[1]
  4: MOV OUT[1].w, IMM[0].wwww
  5: END
`);
  });

  it('writes a fragment shader with control flow', () => {
    const b = new TgsiBuilder('FRAG');
    const sampler = b.sampler(0, 'SHADOW2D', 'UINT');
    const t = b.temp();
    const uv = b.input('TEXCOORD', 1, { interpolation: 'LINEAR', location: 'CENTROID' });
    b.tex(t, uv, sampler, { offsets: [b.immi(1, -1, 0, 0)], saturate: true });
    b.if(
      t.x,
      () => b.kill(),
      () => b.loop(() => b.uif(t.y.neg(), () => b.brk())),
    );
    b.mov(b.output('COLOR'), t.swizzle('wzyx').abs().neg(), { precise: true });
    finish(b);
    expect(declarationsOf(b)).toEqual([
      'DCL IN[0], TEXCOORD[1], LINEAR, CENTROID',
      'DCL OUT[0], COLOR',
      'DCL SAMP[0]',
      'DCL SVIEW[0], SHADOW2D, UINT',
      'DCL TEMP[0]',
      'IMM[0] INT32 {1, -1, 0, 0}',
    ]);
    expect(instructionsOf(b)).toEqual([
      'TEX_SAT TEMP[0], IN[0], SAMP[0], SHADOW2D, IMM[0].xyz',
      'IF TEMP[0].xxxx',
      '  KILL',
      'ELSE',
      '  BGNLOOP',
      '    UIF -TEMP[0].yyyy',
      '      BRK',
      '    ENDIF',
      '  ENDLOOP',
      'ENDIF',
      'MOV_PRECISE OUT[0], -|TEMP[0].wzyx|',
      'END',
    ]);
  });

  it('writes a geometry shader', () => {
    const b = new TgsiBuilder('GEOM');
    b.property('GS_INPUT_PRIMITIVE', 'TRIANGLES');
    b.property('GS_OUTPUT_PRIMITIVE', 'TRIANGLE_STRIP');
    b.property('GS_MAX_OUTPUT_VERTICES', 3);
    const position = b.output('POSITION');
    const extra = b.output('GENERIC', 2, { stream: 1, invariant: true });
    b.mov(position, b.input('POSITION').vertex(2));
    b.mov(extra, b.input('PRIM_ID'));
    b.emit(b.immu(0));
    b.endprim(b.immu(0).x);
    finish(b);
    expect(declarationsOf(b)).toEqual([
      'PROPERTY GS_INPUT_PRIMITIVE TRIANGLES',
      'PROPERTY GS_OUTPUT_PRIMITIVE TRIANGLE_STRIP',
      'PROPERTY GS_MAX_OUTPUT_VERTICES 3',
      'DCL IN[][0], POSITION',
      'DCL IN[1], PRIM_ID',
      'DCL OUT[0], POSITION',
      'DCL OUT[1], GENERIC[2], STREAM(1, 1, 1, 1), INVARIANT',
      'IMM[0] UINT32 {0, 0, 0, 0}',
    ]);
    expect(instructionsOf(b)[0]).toBe('MOV OUT[0], IN[2][0]');
  });

  it('writes tessellation shaders', () => {
    const control = new TgsiBuilder('TESS_CTRL');
    control.property('TCS_VERTICES_OUT', 3);
    const id = control.address();
    control.uarl(id.x, control.systemValue('INVOCATIONID').x);
    control.mov(control.output('POSITION').vertex(id.x), control.input('POSITION').vertex(id.x));
    control.mov(control.output('TESSOUTER'), control.immf(4));
    control.mov(control.output('TESSINNER').mask('xy'), control.immf(4));
    control.mov(control.output('PATCH', 1), control.immf(1));
    control.barrier();
    finish(control);
    expect(instructionsOf(control)[1]).toBe('MOV OUT[ADDR[0].x][0], IN[ADDR[0].x][0]');

    const evaluation = new TgsiBuilder('TESS_EVAL');
    evaluation.property('TES_PRIM_MODE', 4);
    const weight = evaluation.systemValue('TESSCOORD');
    evaluation.mul(evaluation.output('POSITION'), evaluation.input('POSITION').vertex(0), weight.x);
    evaluation.mov(evaluation.output('GENERIC', 0), evaluation.input('PATCH', 1));
    finish(evaluation);
    expect(declarationsOf(evaluation)).toContain('DCL IN[1], PATCH[1]');
  });

  it('writes a compute shader', () => {
    const b = new TgsiBuilder('COMP');
    for (const axis of ['WIDTH', 'HEIGHT', 'DEPTH'] as const) b.property(`CS_FIXED_BLOCK_${axis}`, 8);
    const shared = b.sharedMemory();
    const image = b.image(1, '2D', 'PIPE_FORMAT_R32_UINT', { writable: true });
    const buffer = b.buffer(2);
    const counter = b.atomicCounter(1, 4, 2);
    const t = b.temp();
    const id = b.systemValue('THREAD_ID');
    b.store(shared.x, b.immu(0), id.x);
    b.load(t, image, id, { qualifiers: ['VOLATILE', 'COHERENT'] });
    b.store(image, id, t);
    b.atomuadd(t.x, counter.at(1), b.immu(0).x, b.immu(1).x);
    b.atomcas(t.x, buffer, b.immu(0).x, t.x, t.y);
    b.resq(t, buffer);
    b.membar(b.immu(31));
    b.dadd(t.mask('xy'), b.immd(1, 2).swizzle('xyxy'), b.immd(NaN));
    finish(b);
    expect(declarationsOf(b)).toEqual(
      expect.arrayContaining([
        'DCL IMAGE[1], 2D, PIPE_FORMAT_R32_UINT, WR',
        'DCL BUFFER[2]',
        'DCL MEMORY[0], SHARED',
        'DCL HWATOMIC[1][4..5]',
        'IMM[3] FLT64 {0x00000000 0x3ff00000 , 0x00000000 0x40000000 }',
        'IMM[4] FLT64 {0x00000000 0x7ff80000 , 0x00000000 0x7ff80000 }',
      ]),
    );
    expect(instructionsOf(b)).toEqual(
      expect.arrayContaining([
        'STORE MEMORY[0].x, IMM[0], SV[0].xxxx',
        'LOAD TEMP[0], IMAGE[1], SV[0], COHERENT, VOLATILE, 2D, PIPE_FORMAT_R32_UINT',
        'ATOMUADD TEMP[0].x, HWATOMIC[1][5], IMM[0].xxxx, IMM[1].xxxx',
      ]),
    );
  });

  it('indexes constants, uniform blocks and arrays', () => {
    const b = new TgsiBuilder('VERT');
    const a = b.address();
    const array = b.tempArray(4);
    const more = b.temp();
    b.uarl(a.y, b.immu(1));
    b.mov(array.at(2), b.constant(3, 5).at(1).index(a.y, 2));
    b.mov(more, array.at(1).index(a.y));
    b.mov(b.output('POSITION'), b.uniform(3, 7));
    finish(b);
    expect(declarationsOf(b)).toEqual([
      'DCL OUT[0], POSITION',
      'DCL CONST[0..7]',
      'DCL CONST[3][0..7]',
      'DCL TEMP[0..3], ARRAY(1), LOCAL',
      'DCL TEMP[4]',
      'DCL ADDR[0]',
      'IMM[0] UINT32 {1, 1, 1, 1}',
    ]);
    expect(instructionsOf(b)).toEqual([
      'UARL ADDR[0].y, IMM[0]',
      'MOV TEMP[2], CONST[ADDR[0].y+6]',
      'MOV TEMP[4], TEMP[ADDR[0].y+1](1)',
      'MOV OUT[0], CONST[3][7]',
      'END',
    ]);
  });

  it('declares everything once', () => {
    const b = new TgsiBuilder('FRAG');
    const again = (make: () => TgsiRegister) => expect(`${make()}`).toBe(`${make()}`);
    again(() => b.input('GENERIC', 4));
    again(() => b.output('COLOR'));
    again(() => b.systemValue('SAMPLEID'));
    again(() => b.sampler(3, '2D'));
    again(() => b.buffer(1));
    again(() => b.immf(1));
    again(() => b.immf(NaN, 0, 0, -0));
    expect(`${b.immf(0)}`).not.toBe(`${b.immf(-0)}`);
    expect(`${b.immu(0)}`).not.toBe(`${b.immi(0)}`);
    expect(`${b.temp()}`).not.toBe(`${b.temp()}`);
    finish(b);
  });

  it('gives a tree with the places of its text', () => {
    const b = new TgsiBuilder('FRAG');
    b.mov(b.output('COLOR'), b.immf(1));
    b.end();
    expect(b.build()).toEqual(parseTgsi(b.toString()));
  });
});

describe('registers', () => {
  const b = new TgsiBuilder('FRAG');
  const t = b.temp();
  const itself = (register: TgsiRegister): TgsiRegister => register;
  const written = (toSource: typeof itself, toDestination: typeof itself): string => {
    const fresh = new TgsiBuilder('FRAG');
    const temp = fresh.temp();
    fresh.mov(toDestination(temp), toSource(temp));
    fresh.end();
    return instructionsOf(fresh)[0] ?? '';
  };

  it.each<[string, typeof itself, string]>([
    ['as it is', itself, 'TEMP[0]'],
    ['one component', (r) => r.z, 'TEMP[0].zzzz'],
    ['one letter', (r) => r.swizzle('y'), 'TEMP[0].yyyy'],
    ['a swizzle of a swizzle', (r) => r.swizzle('zyxw').swizzle('xxyz'), 'TEMP[0].zzyx'],
    ['a component of a swizzle', (r) => r.swizzle('zyxw').x, 'TEMP[0].zzzz'],
    ['negative', (r) => r.neg(), '-TEMP[0]'],
    ['twice negative', (r) => r.neg().neg(), 'TEMP[0]'],
    ['absolute', (r) => r.neg().abs(), '|TEMP[0]|'],
    ['minus absolute', (r) => r.x.abs().neg(), '-|TEMP[0].xxxx|'],
  ])('read %s', (_, use, text) => expect(written(use, itself)).toBe(`MOV TEMP[0], ${text}`));

  it.each<[string, typeof itself, string]>([
    ['one component', (r) => r.z, 'TEMP[0].z'],
    ['a mask', (r) => r.mask('xw'), 'TEMP[0].xw'],
    ['all', (r) => r.mask('xyzw'), 'TEMP[0]'],
  ])('write %s', (_, use, text) => expect(written(itself, use)).toBe(`MOV ${text}, TEMP[0]`));

  it('never change', () => {
    const before = JSON.stringify(t.fields, (key, value: unknown) => (key === 'owner' ? undefined : value));
    t.x.neg().abs();
    t.mask('xy');
    expect(JSON.stringify(t.fields, (key, value: unknown) => (key === 'owner' ? undefined : value))).toBe(
      before,
    );
  });

  it.each([
    ['swizzle', () => t.swizzle('xy')],
    ['swizzle', () => t.swizzle('rgba')],
    ['mask', () => t.mask('yx')],
    ['mask', () => t.mask('')],
    ['at', () => t.at(1)],
    ['at', () => b.tempArray(2).at(-1)],
    ['index', () => t.index(t.x)],
    ['index', () => t.index(b.address())],
    ['index', () => t.index(b.address().x, 1.5)],
    ['vertex', () => t.vertex(0)],
  ])('%s refuses what makes no sense', (name, action) => {
    expect(thrown(action)).toMatchObject({ code: 'ERR_VIRGL_ARGUMENT', operation: `TgsiRegister.${name}` });
  });
});

describe('opcode methods', () => {
  const OWN = new Set(['ELSE', 'ENDIF', 'BGNLOOP', 'ENDLOOP']);

  it('are there for every translated opcode, and for no other', () => {
    const methods = untyped(TgsiBuilder.prototype);
    for (const { name, translated } of TGSI_OPCODES) {
      expect([name, typeof methods[name.toLowerCase()]]).toEqual([
        name,
        translated && !OWN.has(name) ? 'function' : 'undefined',
      ]);
    }
  });

  const operandsOf = (b: TgsiBuilder<'GEOM'> | TgsiBuilder<'FRAG'>, name: string): unknown[] | undefined => {
    const info = TGSI_OPCODES.find((one) => one.name === name);
    if (info === undefined) return undefined;
    const t = (b as TgsiBuilder).temp();
    const sources: TgsiRegister[] = Array.from({ length: info.sources }, () => t);
    if (['EMIT', 'ENDPRIM', 'MEMBAR'].includes(name)) sources[0] = b.immu(0);
    if (info.memory && name !== 'STORE') sources[0] = b.buffer(0);
    if (info.texture) sources[info.sources - 1] = b.sampler(0, name === 'TXQS' ? '2D_MSAA' : '2D');
    const dst = name === 'STORE' ? b.buffer(0) : name.endsWith('ARL') && name !== '' ? b.address() : t;
    return [...(info.destinations > 0 ? [dst] : []), ...sources];
  };

  const STRUCTURE = new Set([...OWN, 'IF', 'UIF', 'BRK', 'END']);
  const opcodes = TGSI_OPCODES.filter(({ name, translated }) => translated && !STRUCTURE.has(name));

  it.each(opcodes)('$name takes its operands', ({ name }) => {
    const stage: TgsiStage =
      name === 'EMIT' || name === 'ENDPRIM' ? 'GEOM' : name === 'BARRIER' ? 'COMP' : 'FRAG';
    const b = new TgsiBuilder(stage, { release: '1.0.0' });
    const operands = operandsOf(b as TgsiBuilder<'FRAG'>, name) ?? [];
    untyped(b)[name.toLowerCase()]?.(...operands);
    const required = {
      GEOM: ['GS_INPUT_PRIMITIVE', 'GS_OUTPUT_PRIMITIVE', 'GS_MAX_OUTPUT_VERTICES'],
      COMP: ['CS_FIXED_BLOCK_WIDTH', 'CS_FIXED_BLOCK_HEIGHT', 'CS_FIXED_BLOCK_DEPTH'],
      FRAG: [],
    }[stage as 'GEOM'];
    for (const property of required)
      untyped(b).property?.(property, property.endsWith('PRIMITIVE') ? 'POINTS' : 1);
    b.end();
    expect(checkTgsi(b.toString(), { release: '1.0.0' })).toEqual([]);
    expect(instructionsOf(b)[0]?.split(/[ ,]/)[0]).toBe(name);
    // One operand too few.
    if (operands.length > 0) {
      const short = new TgsiBuilder(stage, { release: '1.0.0' });
      const error = thrown(() => untyped(short)[name.toLowerCase()]?.(...operands.slice(1)));
      expect(error).toMatchObject({
        code: 'ERR_VIRGL_ARGUMENT',
        operation: `TgsiBuilder.${name.toLowerCase()}`,
      });
    }
  });
});

describe('wrong use', () => {
  const b = new TgsiBuilder('FRAG');
  const t = b.temp();
  const sampler = b.sampler(0, '2D');
  const any = untyped(b);

  it.each([
    ['mov', 'the operands', [t]],
    ['mov', 'the operands', [t, t, t, t]],
    ['mov', 'options', [t, t, { saturated: true }]],
    ['mov', 'source 1', [t, 'TEMP[0]']],
    ['mov', 'source 1', [t, t.mask('xy')]],
    ['mov', 'source 1', [t, sampler]],
    ['mov', 'source 1', [t, b.buffer(0)]],
    ['mov', 'source 1', [t, new TgsiBuilder('FRAG').temp()]],
    ['mov', 'the destination', [t.swizzle('xyzw'), t]],
    ['mov', 'the destination', [t.neg(), t]],
    ['mov', 'the destination', [b.immf(1), t]],
    ['mov', 'the destination', [b.address(), t]],
    ['mov', 'the destination', [b.input('GENERIC'), t]],
    ['uarl', 'the destination', [t, t]],
    ['tex', 'source 2', [t, t, t]],
    ['tex', 'options.target', [t, t, sampler, { target: 'CUBE_ARRAY' }]],
    ['tex', 'options.offsets', [t, t, sampler, { target: 'CUBE', offsets: [b.immi(0)] }]],
    ['tex', 'options.offsets[0]', [t, t, sampler, { offsets: [b.constant(0)] }]],
    ['txqs', 'options.target', [t, sampler]],
    ['load', 'source 1', [t, t, t]],
    ['store', 'the destination', [b.image(7, '2D', 'PIPE_FORMAT_R8_UNORM'), t, t]],
    ['load', 'options.qualifiers', [t, b.buffer(0), t, { qualifiers: ['COHERANT'] }]],
    ['membar', 'source 1', [t]],
    ['kill', 'the operands', [{}]],
    ['emit', 'the stage', [b.immu(0)]],
    ['vote_any', 'the release', [t, t]],
    ['brk', 'the place', []],
    ['input', 'semantic', [0]],
    ['input', 'semantic', ['GENERICS']],
    ['input', 'semanticIndex', ['GENERIC', 32]],
    ['input', 'options', ['GENERIC', 0, { interp: 'LINEAR' }]],
    ['output', 'semantic', ['GENERIC']],
    ['output', 'options', ['COLOR', 0, { stream: 1 }]],
    ['systemValue', 'name', ['VERTEX_ID']],
    ['systemValue', 'the release', ['DRAWID']],
    ['constant', 'index', [-1]],
    ['constant', 'count', [0, 0]],
    ['uniform', 'block', [0, 0]],
    ['uniform', 'block', [32, 0]],
    ['sampler', 'index', [32, '2D']],
    ['sampler', 'index', [0, '3D']],
    ['sampler', 'target', [1, 'UNKNOWN']],
    ['sampler', 'returnType', [1, '2D', 'INT']],
    ['image', 'format', [0, '2D', 'PIPE_FORMAT_DXT1_RGB']],
    ['image', 'format', [0, '2D', 'R32_UINT']],
    ['buffer', 'index', [32]],
    ['sharedMemory', 'the stage', []],
    ['tempArray', 'count', [0]],
    ['immf', 'values', [1, 2]],
    ['immf', 'values', ['1']],
    ['immu', 'values', [-1]],
    ['immi', 'values', [2 ** 31]],
    ['immd', 'values', [1, 2, 3]],
    ['property', 'name', ['NEXT_SHADER', 'FRAG']],
    ['property', 'name', ['FS_COORD_ORIGINS', 'LOWER_LEFT']],
    ['property', 'FS_COORD_ORIGIN', ['FS_COORD_ORIGIN', 'LOWER']],
    ['property', 'FS_DEPTH_LAYOUT', ['FS_DEPTH_LAYOUT', -1]],
    ['property', 'the stage', ['TES_SPACING', 1]],
  ])('%s: %s', (method, field, operands) => {
    const error = thrown(() => any[method]?.call(b, ...operands));
    expect(error).toMatchObject({ code: 'ERR_VIRGL_ARGUMENT', operation: `TgsiBuilder.${method}`, field });
    expect(error.message).toMatch(new RegExp(`^TgsiBuilder\\.${method}: expected .+ received .+`));
  });

  it('names near words', () => {
    expect(thrown(() => any.systemValue?.call(b, 'VERTEX_ID')).message).toContain('did you mean VERTEXID?');
    expect(thrown(() => any.mov?.call(b, t, t, { saturated: true })).message).toContain(
      'did you mean saturate?',
    );
  });

  it('covers the frame of a shader', () => {
    expect(thrown(() => b.toString()).message).toContain('call end() first');
    expect(thrown(() => new TgsiBuilder('TESS_CTRL').end()).message).toContain('TCS_VERTICES_OUT');
    expect(() => new TgsiBuilder('VERTEX' as TgsiStage)).toThrow('did you mean VERT?');
    const ended = new TgsiBuilder('VERT');
    ended.end();
    expect(thrown(() => ended.ret()).field).toBe('the place');
    expect(thrown(() => ended.end()).field).toBe('the place');
    const open = new TgsiBuilder('VERT');
    open.loop(() => expect(thrown(() => open.end()).field).toBe('the place'));
    const patch = new TgsiBuilder('TESS_EVAL');
    const perVertex = patch.input('POSITION');
    expect(thrown(() => patch.mov(patch.temp(), perVertex)).message).toContain('chosen with vertex()');
  });

  it('offers only properties that the host takes', () => {
    for (const [name, info] of Object.entries(TGSI_PROPERTIES)) {
      if (!info.accepted) expect(thrown(() => any.property?.call(b, name, 1)).field).toBe('name');
    }
  });
});
