import { VirglError } from '../../lib/protocol/error';
import {
  assertTgsi,
  checkTgsi,
  TGSI_RULES,
  TGSI_STAGES,
  type TgsiCheckOptions,
  type TgsiDiagnostic,
  type TgsiRule,
  type TgsiSeverity,
} from '../../lib/shader';
import { SAMPLES } from './samples';

/** The line that a case puts into one of these frames is the fourth. */
const FRAG = (line: string): string =>
  `FRAG\nDCL OUT[0], COLOR DCL TEMP[0..3] DCL ADDR[0] DCL SAMP[0]\nIMM[0] UINT32 {0, 0, 0, 0}\n${line}\nEND\n`;
const COMP = (line: string): string =>
  `COMP PROPERTY CS_FIXED_BLOCK_WIDTH 1 PROPERTY CS_FIXED_BLOCK_HEIGHT 1\nPROPERTY CS_FIXED_BLOCK_DEPTH 1 DCL TEMP[0..3]\nDCL IMAGE[0], 2D DCL BUFFER[0] DCL ADDR[0]\n${line}\nEND\n`;
const VERT = (line: string): string => `VERT\nDCL IN[0]\nDCL OUT[0], POSITION\n${line}\nEND\n`;

interface Case {
  readonly rule: TgsiRule;
  readonly text: string;
  readonly column?: number;
  readonly line?: number;
  /** What 0.10.4 does, and what 1.0.0 does. */
  readonly severity: TgsiSeverity;
  readonly modern?: TgsiSeverity;
  readonly options?: TgsiCheckOptions;
}

const many = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

const CASES: readonly Case[] = [
  { rule: 'syntax', text: FRAG('MOV TEMP[0], TEMP[0].x'), column: 23, severity: 'reject' },
  { rule: 'stage-mismatch', text: SAMPLES.VERT, line: 1, severity: 'warning', options: { stage: 'FRAG' } },

  { rule: 'property-refused', text: FRAG('PROPERTY NEXT_SHADER FRAG'), severity: 'reject' },
  { rule: 'property-refused', text: FRAG(' PROPERTY MUL_ZERO_WINS 1'), column: 2, severity: 'reject' },
  { rule: 'property-unknown', text: FRAG('PROPERTY FOO 1'), severity: 'drop' },
  { rule: 'property-stage', text: FRAG('PROPERTY TES_SPACING 1'), severity: 'warning' },
  { rule: 'property-missing', text: 'TESS_CTRL\nEND', line: 1, severity: 'warning' },
  { rule: 'property-missing', text: '\nTESS_EVAL\nEND', line: 2, severity: 'warning' },

  { rule: 'reversed-temp-range', text: FRAG('DCL TEMP[9..7]'), severity: 'crash', modern: 'reject' },
  { rule: 'reversed-range', text: FRAG('DCL TEMP[9..7], ARRAY(1)'), severity: 'warning', modern: 'reject' },
  { rule: 'reversed-range', text: FRAG('DCL IMAGE[9..7], 2D'), severity: 'warning', modern: 'reject' },
  { rule: 'reversed-range-unchecked', text: FRAG('DCL CONST[9..7]'), severity: 'warning' },
  { rule: 'index-wrap', text: FRAG('DCL TEMP[65540]'), severity: 'warning' },
  { rule: 'index-wrap', text: FRAG('MOV TEMP[0], CONST[40000]'), column: 14, severity: 'warning' },
  { rule: 'register-bounds', text: FRAG('DCL OUT[80], COLOR[1]'), severity: 'crash', modern: 'reject' },
  { rule: 'register-bounds', text: FRAG('DCL SV[80], FACE'), severity: 'crash', modern: 'reject' },
  {
    rule: 'register-bounds',
    text: FRAG('DCL IN[0], ARRAY(-1), GENERIC[0]'),
    severity: 'crash',
    modern: 'reject',
  },
  { rule: 'register-bounds', text: FRAG('DCL CONST[32][0]'), severity: 'crash', modern: 'reject' },
  { rule: 'register-bounds', text: FRAG('DCL IN[0], TEXCOORD[8]'), severity: 'crash', modern: 'reject' },
  { rule: 'register-bounds', text: VERT('DCL OUT[1], COLOR[64]'), severity: 'crash', modern: 'reject' },
  {
    rule: 'register-bounds',
    text: FRAG('MOV TEMP[0], IN[99]'),
    column: 14,
    severity: 'crash',
    modern: 'reject',
  },
  {
    rule: 'register-bounds',
    text: FRAG('TXF TEMP[0], TEMP[0], SAMP[32], 2D_MSAA'),
    column: 23,
    severity: 'crash',
    modern: 'reject',
  },
  {
    rule: 'register-count',
    text: `FRAG\n${many(2, (i) => `DCL IN[0..40], GENERIC[${i}]`)}\nEND`,
    line: 3,
    severity: 'warning',
    modern: 'reject',
  },
  {
    rule: 'declaration-limit',
    text: `VERT\n${many(65, (i) => `DCL IN[${i}]`)}\nEND`,
    line: 66,
    severity: 'reject',
  },
  {
    rule: 'declaration-limit',
    text: `VERT\n${many(33, (i) => `DCL SV[${i}], VERTEXID`)}\nEND`,
    line: 34,
    severity: 'reject',
  },
  {
    rule: 'declaration-limit',
    text: `VERT\n${many(33, (i) => `DCL HWATOMIC[${i}][0]`)}\nEND`,
    line: 34,
    severity: 'reject',
  },
  {
    rule: 'declaration-limit',
    text: `VERT\n${many(1025, () => 'IMM UINT32 {0, 0, 0, 0}')}\nEND`,
    line: 1026,
    severity: 'reject',
  },
  { rule: 'declaration-limit', text: FRAG('DCL SVIEW[32], 2D, FLOAT'), severity: 'reject' },
  { rule: 'declaration-limit', text: FRAG('DCL IMAGE[0..32], 2D'), severity: 'reject' },
  { rule: 'declaration-limit', text: FRAG('DCL BUFFER[32]'), severity: 'reject' },
  { rule: 'sampler-limit', text: FRAG('DCL SAMP[32]'), severity: 'warning' },
  {
    rule: 'duplicate-uniform-block',
    text: FRAG('DCL CONST[1][0] DCL CONST[1][1]'),
    column: 17,
    severity: 'reject',
  },
  { rule: 'duplicate-declaration', text: FRAG('DCL TEMP[3..5]'), severity: 'warning' },
  { rule: 'declaration-ignored', text: FRAG('DCL PRED[0]'), severity: 'drop' },
  { rule: 'declaration-after-instruction', text: FRAG('RET DCL TEMP[9]'), column: 5, severity: 'warning' },
  {
    rule: 'declaration-after-instruction',
    text: FRAG('RET IMM[1] UINT32 {0, 0, 0, 0}'),
    column: 5,
    severity: 'warning',
  },
  { rule: 'system-value', text: FRAG('DCL SV[0], BLOCK_SIZE'), severity: 'warning', modern: 'reject' },
  { rule: 'system-value', text: FRAG('DCL SV[0]'), severity: 'warning', modern: 'reject' },
  { rule: 'unknown-to-release', text: VERT('DCL SV[0], DRAWID'), severity: 'reject' },
  { rule: 'unknown-to-release', text: FRAG('VOTE_ANY TEMP[0], TEMP[1]'), severity: 'reject' },
  {
    rule: 'unknown-to-release',
    text: COMP('DCL IMAGE[1], 2D, PIPE_FORMAT_A1B5G5R5_UINT'),
    severity: 'reject',
    modern: 'reject',
  },
  { rule: 'semantic-stage', text: FRAG('DCL OUT[1], GENERIC[0]'), severity: 'warning' },
  { rule: 'semantic-stage', text: FRAG('DCL IN[0], PSIZE'), severity: 'warning' },
  { rule: 'semantic-index', text: VERT('DCL OUT[1], GENERIC[32]'), severity: 'warning' },
  {
    rule: 'semantic-index-limit',
    text: VERT('DCL OUT[1], GENERIC[64]'),
    severity: 'warning',
    modern: 'reject',
  },
  { rule: 'file-stage', text: VERT('DCL MEMORY[0], SHARED'), severity: 'warning' },
  { rule: 'image-format', text: COMP('DCL IMAGE[1], 2D, PIPE_FORMAT_DXT1_RGB'), severity: 'warning' },

  ...[
    'FMA TEMP[0], TEMP[0], TEMP[0], TEMP[0]',
    'CONT',
    'NOP',
    'ARR ADDR[0].x, TEMP[0]',
    'PK2H TEMP[0], TEMP[0]',
    'U64ADD TEMP[0], TEMP[0], TEMP[0]',
  ].map((line): Case => ({ rule: 'opcode-untranslated', text: FRAG(line), severity: 'drop' })),
  { rule: 'opcode-stage', text: VERT('KILL'), severity: 'warning' },
  { rule: 'opcode-stage', text: FRAG('BARRIER'), severity: 'warning' },
  { rule: 'operand-kind', text: FRAG('MEMBAR TEMP[0].xxxx'), column: 8, severity: 'warning' },
  { rule: 'operand-kind', text: FRAG('TEX TEMP[0], TEMP[0], TEMP[1], 2D'), column: 23, severity: 'warning' },
  { rule: 'operand-kind', text: COMP('STORE TEMP[0].x, TEMP[0], TEMP[1]'), column: 7, severity: 'warning' },
  { rule: 'texture-target', text: FRAG('TEX TEMP[0], TEMP[0], SAMP[0], UNKNOWN'), severity: 'warning' },
  { rule: 'texture-samples-target', text: FRAG('TXQS TEMP[0], SAMP[0], 2D'), severity: 'reject' },
  {
    rule: 'texture-offset-target',
    text: FRAG('TEX TEMP[0], TEMP[0], SAMP[0], CUBE, IMM[0].xyz'),
    column: 38,
    severity: 'reject',
  },
  {
    rule: 'texture-offset-file',
    text: FRAG('TEX TEMP[0], TEMP[0], SAMP[0], 2D, CONST[0].xyz'),
    column: 36,
    severity: 'drop',
  },

  {
    rule: 'destination-file',
    text: FRAG('MOV IMM[0], TEMP[0]'),
    column: 5,
    severity: 'warning',
    modern: 'reject',
  },
  {
    rule: 'source-file',
    text: FRAG('MOV TEMP[0], ADDR[0]'),
    column: 14,
    severity: 'warning',
    modern: 'reject',
  },
  {
    rule: 'sampler-source',
    text: FRAG('MOV TEMP[0], SAMP[0]'),
    column: 14,
    severity: 'warning',
    modern: 'reject',
  },
  {
    rule: 'address-file',
    text: FRAG('MOV TEMP[0], TEMP[TEMP[1].x]'),
    column: 14,
    severity: 'warning',
    modern: 'reject',
  },
  { rule: 'undeclared-register', text: FRAG('MOV TEMP[0], TEMP[4]'), column: 14, severity: 'reject' },
  { rule: 'undeclared-register', text: FRAG('MOV OUT[1], TEMP[0]'), column: 5, severity: 'reject' },
  { rule: 'undeclared-register', text: FRAG('MOV TEMP[0], IN[0]'), column: 14, severity: 'reject' },
  { rule: 'undeclared-temp-write', text: FRAG('MOV TEMP[4], TEMP[0]'), column: 5, severity: 'drop' },
  {
    rule: 'undeclared-system-value',
    text: FRAG('MOV TEMP[0], SV[0]'),
    column: 14,
    severity: 'warning',
    modern: 'reject',
  },
  {
    rule: 'undeclared-resource',
    text: FRAG('TEX TEMP[0], TEMP[0], SAMP[1], 2D'),
    column: 23,
    severity: 'warning',
  },
  { rule: 'undeclared-resource', text: FRAG('MOV TEMP[0], CONST[0]'), column: 14, severity: 'warning' },
  {
    rule: 'undeclared-resource',
    text: FRAG('MOV TEMP[0], TEMP[ADDR[1].x]'),
    column: 14,
    severity: 'warning',
  },
  {
    rule: 'undeclared-resource',
    text: COMP('LOAD TEMP[0], MEMORY[0], TEMP[1]'),
    column: 15,
    severity: 'warning',
  },
  { rule: 'undeclared-immediate', text: FRAG('MOV TEMP[0], IMM[1]'), column: 14, severity: 'warning' },
  {
    rule: 'negative-immediate',
    text: FRAG('MOV TEMP[0], IMM[-1]'),
    column: 14,
    severity: 'warning',
    modern: 'reject',
  },
  { rule: 'immediate-limit', text: FRAG('MOV TEMP[0], IMM[1024]'), column: 14, severity: 'reject' },
  {
    rule: 'immediate-64bit',
    text: FRAG('IMM[1] UINT64 {1, 2} MOV TEMP[0], IMM[1]'),
    column: 35,
    severity: 'reject',
  },
  {
    rule: 'resource-bounds',
    text: COMP('LOAD TEMP[0], IMAGE[32], TEMP[1], 2D'),
    column: 15,
    severity: 'crash',
  },
  {
    rule: 'resource-bounds',
    text: COMP('STORE BUFFER[ADDR[0].x-1].x, TEMP[0], TEMP[1]'),
    column: 7,
    severity: 'crash',
  },
  { rule: 'sampler-range', text: FRAG('TEX TEMP[0], TEMP[0], SAMP[32], 2D'), column: 23, severity: 'reject' },

  { rule: 'block-unopened', text: FRAG('ENDIF'), severity: 'reject' },
  { rule: 'block-unopened', text: FRAG('RET ENDLOOP'), column: 5, severity: 'reject' },
  { rule: 'block-mismatch', text: FRAG('BGNLOOP ENDIF'), column: 9, severity: 'warning' },
  { rule: 'block-unclosed', text: FRAG('IF TEMP[0].xxxx'), severity: 'warning' },
  { rule: 'break-outside-loop', text: FRAG('BRK'), severity: 'warning' },
  { rule: 'end-missing', text: 'FRAG\nDCL TEMP[0]\n', line: 2, severity: 'warning' },
  { rule: 'end-repeated', text: FRAG('END'), line: 5, severity: 'warning' },
  { rule: 'after-end', text: FRAG('END RET'), column: 5, severity: 'warning' },
];

const findingsOf = (rule: TgsiRule, found: readonly TgsiDiagnostic[]) =>
  found.filter((one) => one.rule === rule);

describe('checkTgsi', () => {
  it.each(CASES)(
    '$rule: $text',
    ({ rule, text, line = 4, column = 1, severity, modern = severity, options }) => {
      expect(findingsOf(rule, checkTgsi(text, options))).toContainEqual({
        severity,
        rule,
        message: expect.any(String),
        line,
        column,
      });
      const later = findingsOf(rule, checkTgsi(text, { ...options, release: '1.0.0' }));
      if (rule === 'unknown-to-release' && !text.includes('A1B5')) expect(later).toEqual([]);
      else expect(later[0]?.severity).toBe(modern);
    },
  );

  it('has a case for every rule', () => {
    expect(new Set(CASES.map(({ rule }) => rule))).toEqual(new Set(Object.keys(TGSI_RULES)));
  });

  it('lists findings in source order', () => {
    const lines = checkTgsi('FRAG\nDCL TEMP[0]\nDCL TEMP[0]\nBRK\nNOP').map(({ line, rule }) => [line, rule]);
    expect(lines).toEqual([
      [3, 'duplicate-declaration'],
      [4, 'break-outside-loop'],
      [5, 'opcode-untranslated'],
      [5, 'end-missing'],
    ]);
  });

  it('knows that what Mesa writes is fine', () => {
    // One MEMORY means them all; arrays may overlap; the same register may be declared component by component.
    expect(checkTgsi(COMP('DCL MEMORY[1], SHARED LOAD TEMP[0], MEMORY[0], TEMP[1]'))).toEqual([]);
    expect(checkTgsi(VERT('DCL OUT[1].xy, GENERIC[0] DCL OUT[1].zw, GENERIC[1]'))).toEqual([]);
    expect(
      checkTgsi(VERT('DCL OUT[1..2], ARRAY(1), GENERIC[0] DCL OUT[2..3], ARRAY(2), GENERIC[1]')),
    ).toEqual([]);
    expect(checkTgsi(FRAG('DCL CONST[0..3] MOV TEMP[0], CONST[0][ADDR[0].x+9]'))).toEqual([]);
    expect(checkTgsi(FRAG('IMM[1] UINT64 {1, 2}'))).toEqual([]);
  });

  it.each(TGSI_STAGES)('compares the header of %s with the stage asked for', (stage) => {
    for (const asked of TGSI_STAGES) {
      expect(checkTgsi(SAMPLES[stage], { stage: asked }).map(({ rule }) => rule)).toEqual(
        asked === stage ? [] : ['stage-mismatch'],
      );
    }
  });

  it('refuses options that it does not know', () => {
    expect(() => checkTgsi('FRAG', { relaese: '1.0.0' } as TgsiCheckOptions)).toThrow(
      'did you mean release?',
    );
    expect(() => checkTgsi('FRAG', { release: '0.10' } as unknown as TgsiCheckOptions)).toThrow(
      'one of 0.10.4, 1.0.0',
    );
    expect(() => checkTgsi('FRAG', { stage: 'VERTEX' } as unknown as TgsiCheckOptions)).toThrow(
      'did you mean VERT?',
    );
    expect(() => checkTgsi('FRAG', null as unknown as TgsiCheckOptions)).toThrow(
      'expected an object for options',
    );
  });
});

describe('assertTgsi', () => {
  const thrown = (text: string, options?: TgsiCheckOptions): VirglError => {
    try {
      assertTgsi(text, options);
    } catch (error) {
      if (error instanceof VirglError) return error;
    }
    throw new Error('nothing thrown');
  };

  it('accepts what is only dropped or doubtful', () => assertTgsi(FRAG('NOP BRK')));

  it('throws the first thing that is refused', () => {
    const error = thrown(FRAG('NOP MOV TEMP[0], TEMP[7] ENDIF'));
    expect(error).toMatchObject({
      code: 'ERR_VIRGL_ARGUMENT',
      operation: 'assertTgsi',
      field: 'undeclared-register',
      line: 4,
      column: 18,
    });
    expect(error.message).toBe(
      'assertTgsi: line 4, column 18: TEMP[7] is read and has no declaration before (virglrenderer 0.10.4 refuses this: undeclared-register)',
    );
  });

  it('says what crashes', () => {
    expect(thrown(FRAG('DCL TEMP[3..1]')).message).toContain('virglrenderer 0.10.4 crashes on this');
    expect(thrown(FRAG('DCL TEMP[3..1]'), { release: '1.3.0' }).message).toContain('1.3.0 refuses this');
  });

  it('passes on what does not parse', () => {
    expect(thrown('FRAG\nFOO')).toMatchObject({
      code: 'ERR_VIRGL_DECODE',
      byteOffset: 5,
      line: 2,
      column: 1,
    });
  });
});
