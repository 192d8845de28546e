// The opcodes of TGSI text. Sources: tgsi_info.c (operands, numbers of release 1.0 and later) and
// iter_instruction() in vrend_shader.c of virglrenderer (which of them are turned into GLSL).
import type { TgsiRelease } from './releases';

/**
 * Opcodes that the host translates, by operand shape: `d` destinations, `s` sources, then `t` for a texture
 * target or `l` for an optional `:label`. The value is the opcode's number.
 */
export const TRANSLATED_OPCODES = {
  d0s0: { KILL: 33, RET: 52, BRK: 61, ENDIF: 65, END: 98, BARRIER: 144 },
  d0s0l: { ELSE: 64, BGNLOOP: 82, ENDLOOP: 84 },
  d0s1: { EMIT: 80, ENDPRIM: 81, MEMBAR: 93, KILL_IF: 97 },
  d0s1l: { IF: 62, UIF: 63 },
  d1s0: { CLOCK: 202 },
  // prettier-ignore
  d1s1: {
    ARL: 0, MOV: 1, LIT: 2, RCP: 3, RSQ: 4, EXP: 5, LOG: 6, SQRT: 20, FRC: 21, FLR: 22, ROUND: 23, EX2: 24, LG2: 25,
    ABS: 28, COS: 30, DDX: 31, DDY: 32, SIN: 40, SSG: 53, SCS: 55, FBFETCH: 57, DDX_FINE: 66, DDY_FINE: 67, CEIL: 68,
    I2F: 69, NOT: 70, TRUNC: 71, RESQ: 87, VOTE_ANY: 94, VOTE_ALL: 95, VOTE_EQ: 96, F2I: 100, INEG: 104, F2U: 108,
    U2F: 109, UARL: 138, IABS: 140, ISSG: 141, BREV: 165, POPC: 166, LSB: 167, IMSB: 168, UMSB: 169,
    INTERP_CENTROID: 170, F2D: 173, D2F: 174, DABS: 175, DNEG: 176, DRCP: 185, DSQRT: 186, DFRAC: 188, D2I: 191,
    I2D: 192, D2U: 193, U2D: 194, DRSQ: 195, DTRUNC: 196, DCEIL: 197, DFLR: 198, DROUND: 199, DSSG: 200,
  },
  d1s1t: { TXQS: 86 },
  // prettier-ignore
  d1s2: {
    MUL: 7, ADD: 8, DP3: 9, DP4: 10, DST: 11, MIN: 12, MAX: 13, SLT: 14, SGE: 15, SUB: 17, POW: 26, XPD: 27, DPH: 29,
    SEQ: 38, SGT: 39, SLE: 41, SNE: 42, DIV: 58, DP2: 59, SHL: 72, AND: 73, OR: 74, MOD: 75, XOR: 76, FSEQ: 89,
    FSGE: 90, FSLT: 91, FSNE: 92, IDIV: 101, IMAX: 102, IMIN: 103, ISGE: 105, ISHR: 106, ISLT: 107, UADD: 110,
    UDIV: 111, UMAX: 113, UMIN: 114, UMOD: 115, UMUL: 116, USEQ: 117, USGE: 118, USHR: 119, USLT: 120, USNE: 121,
    LOAD: 142, STORE: 143, IMUL_HI: 158, UMUL_HI: 159, INTERP_SAMPLE: 171, INTERP_OFFSET: 172, DADD: 177, DMUL: 178,
    DMAX: 179, DMIN: 180, DSLT: 181, DSGE: 182, DSEQ: 183, DSNE: 184, DDIV: 201,
  },
  d1s2t: { TEX: 43, TXP: 45, TXB: 56, TXL: 60, TXF: 77, TXQ: 78, LODQ: 161 },
  // prettier-ignore
  d1s3: {
    MAD: 16, LRP: 18, CMP: 54, UMAD: 112, UCMP: 139, ATOMUADD: 145, ATOMXCHG: 146, ATOMAND: 148, ATOMOR: 149,
    ATOMXOR: 150, ATOMUMIN: 151, ATOMUMAX: 152, ATOMIMIN: 153, ATOMIMAX: 154, IBFE: 162, UBFE: 163, DMAD: 187,
  },
  d1s3t: { TEX2: 155, TXB2: 156, TXL2: 157, TG4: 160 },
  d1s4: { ATOMCAS: 147, BFI: 164 },
  d1s4t: { TXD: 44 },
} as const;

/** Opcodes that parse and are then silently left out of the GLSL. */
const DROPPED_OPCODES = {
  d0s0: { CONT: 79, BGNSUB: 83, ENDSUB: 85, NOP: 88, DEFAULT: 124, ENDSWITCH: 125 },
  d0s0l: { CAL: 51 },
  d0s1: { SWITCH: 122, CASE: 123 },
  // prettier-ignore
  d1s1: {
    PK2H: 34, PK2US: 35, PK4B: 36, PK4UB: 37, UP2H: 46, UP2US: 47, UP4B: 48, UP4UB: 49, ARR: 50, I64ABS: 203,
    I64NEG: 204, I64SSG: 205, F2I64: 213, U2I64: 214, I2I64: 215, D2I64: 216, I642F: 217, I642D: 218, F2U64: 231,
    D2U64: 232, U642F: 233, U642D: 234,
  },
  // prettier-ignore
  d1s2: {
    SAMPLE_I: 127, SVIEWINFO: 135, SAMPLE_POS: 136, SAMPLE_INFO: 137, DLDEXP: 189, I64SLT: 206, I64SGE: 207,
    I64MIN: 208, I64MAX: 209, I64SHR: 210, I64DIV: 211, I64MOD: 212, U64ADD: 219, U64MUL: 220, U64SEQ: 221,
    U64SNE: 222, U64SLT: 223, U64SGE: 224, U64MIN: 225, U64MAX: 226, U64SHL: 227, U64SHR: 228, U64DIV: 229, U64MOD: 230,
  },
  d1s3: { FMA: 19, DFMA: 99, SAMPLE: 126, SAMPLE_I_MS: 128, GATHER4: 134 },
  d1s4: { SAMPLE_B: 129, SAMPLE_C: 130, SAMPLE_C_LZ: 131, SAMPLE_L: 133 },
  d1s5: { SAMPLE_D: 132 },
  d2s1: { DFRACEXP: 190 },
} as const;

type KeyOfEach<Group> = Group extends unknown ? keyof Group : never;

/** A mnemonic that the host turns into GLSL. */
export type TgsiTranslatedOpcode = KeyOfEach<(typeof TRANSLATED_OPCODES)[keyof typeof TRANSLATED_OPCODES]>;
/** Any mnemonic that the parser knows. */
export type TgsiOpcode =
  TgsiTranslatedOpcode | KeyOfEach<(typeof DROPPED_OPCODES)[keyof typeof DROPPED_OPCODES]>;

/** What is known about one opcode. */
export interface TgsiOpcodeInfo {
  readonly name: TgsiOpcode;
  /** Number in virglrenderer 1.0 and later; it never appears in text. */
  readonly number: number;
  readonly destinations: number;
  readonly sources: number;
  /** A texture target follows the sources. */
  readonly texture: boolean;
  /** An optional `:label` ends the instruction. */
  readonly branch: boolean;
  /** Up to four texture offsets may follow. */
  readonly offsets: boolean;
  /** Memory qualifiers, a texture target and a format may follow. */
  readonly memory: boolean;
  /** False: accepted by the host and left out of the shader it makes. */
  readonly translated: boolean;
  /** The first release that knows the opcode; older ones refuse the text. */
  readonly since?: TgsiRelease;
}

const isNumberedBetween = (
  number: number,
  first: TgsiOpcode,
  last: TgsiOpcode,
  all: Map<string, number>,
): boolean => number >= (all.get(first) ?? Infinity) && number <= (all.get(last) ?? -Infinity);

const groupsOf = (shapes: Record<string, Record<string, number>>) =>
  Object.entries(shapes).flatMap(([shape, opcodes]) =>
    Object.entries(opcodes).map(([name, number]) => ({ shape, name, number })),
  );

const readTable = (): ReadonlyMap<string, TgsiOpcodeInfo> => {
  const rows = [
    ...groupsOf(TRANSLATED_OPCODES).map((row) => ({ ...row, translated: true })),
    ...groupsOf(DROPPED_OPCODES).map((row) => ({ ...row, translated: false })),
  ].sort((a, b) => a.number - b.number);
  const numbers = new Map(rows.map(({ name, number }) => [name, number]));
  return new Map(
    rows.map(({ shape, name, number, translated }) => {
      const texture = shape.endsWith('t');
      const info: TgsiOpcodeInfo = {
        name: name as TgsiOpcode,
        number,
        destinations: Number(shape[1]),
        sources: Number(shape[3]),
        texture,
        branch: shape.endsWith('l'),
        // The old SAMPLE family has no target word but may carry offsets.
        offsets: texture || isNumberedBetween(number, 'SAMPLE', 'GATHER4', numbers),
        memory:
          name === 'RESQ' || (isNumberedBetween(number, 'LOAD', 'ATOMIMAX', numbers) && name !== 'BARRIER'),
        translated,
        ...(name.startsWith('VOTE_') ? { since: '1.0.0' as const } : {}),
      };
      return [name, info];
    }),
  );
};

const OPCODES = readTable();

/** Every opcode, in the order of the numbers. */
export const TGSI_OPCODES: readonly TgsiOpcodeInfo[] = [...OPCODES.values()];

/** The opcode with this upper-case mnemonic, or `undefined`. */
export const opcodeInfo = (mnemonic: string): TgsiOpcodeInfo | undefined => OPCODES.get(mnemonic);

/** Opcodes before which a printed block ends, and after which one starts (pre_dedent, post_indent in tgsi_info.c). */
export const BLOCK_ENDS: ReadonlySet<string> = new Set(['ELSE', 'ENDIF', 'ENDLOOP', 'ENDSUB']);
export const BLOCK_STARTS: ReadonlySet<string> = new Set(['IF', 'UIF', 'ELSE', 'BGNLOOP', 'BGNSUB']);
