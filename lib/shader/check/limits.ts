// Sizes of the tables in struct dump_ctx of vrend_shader.c, and which register files can stand where.
import type { TgsiOpcode } from '../tables/opcodes';
import type { TgsiFile, TgsiStage } from '../tables/words';

/** Highest number of declarations by file. */
export const DECLARATION_COUNTS: Readonly<Partial<Record<TgsiFile, number>>> = {
  IN: 64,
  OUT: 64,
  SV: 32,
  HWATOMIC: 32,
};

/** Highest index that a declaration may end (or for BUFFER start) with. */
export const DECLARATION_LAST: Readonly<Partial<Record<TgsiFile, number>>> = {
  SVIEW: 31,
  IMAGE: 31,
  BUFFER: 31,
};

/**
 * Entries of the tables that tgsi_scan.c has for inputs, outputs, system values and array ids (PIPE_MAX_SHADER_INPUTS,
 * PIPE_MAX_SHADER_OUTPUTS). Before 1.0.0 nothing kept it from writing past them.
 */
export const SCANNED_REGISTERS = 80;
/** Array ids have 10 bits. */
export const ARRAY_ID_MASK = 0x3ff;
/** Highest number of an image or storage buffer; the tables behind them have no check in any release. */
export const MAX_RESOURCE = 31;

export const MAX_UNIFORM_BLOCK = 31;
export const MAX_SAMPLER = 31;
export const MAX_IMMEDIATES = 1024;
/** Ranges of declarations are 16-bit unsigned, indices of operands 16-bit signed. */
export const MAX_DECLARED_INDEX = 0xffff;

/** Files whose declared range 1.0.0 and later check. */
export const RANGE_CHECKED_FILES: ReadonlySet<TgsiFile> = new Set([
  'IN',
  'OUT',
  'TEMP',
  'SVIEW',
  'IMAGE',
  'HWATOMIC',
]);

/** Files whose declaration the host only logs. */
export const UNDECLARABLE_FILES: ReadonlySet<TgsiFile> = new Set(['NULL', 'IMM', 'PRED']);

export const DESTINATION_FILES: ReadonlySet<TgsiFile> = new Set([
  'OUT',
  'TEMP',
  'IMAGE',
  'BUFFER',
  'MEMORY',
  'ADDR',
]);

export const SOURCE_FILES: ReadonlySet<TgsiFile> = new Set([
  'IN',
  'OUT',
  'TEMP',
  'CONST',
  'SAMP',
  'IMAGE',
  'BUFFER',
  'MEMORY',
  'IMM',
  'SV',
  'HWATOMIC',
]);

/** Files whose offset of a texture instruction reaches the GLSL. */
export const OFFSET_FILES: ReadonlySet<TgsiFile> = new Set(['IMM', 'TEMP', 'IN']);

/** What LOAD, STORE, ATOM… and RESQ work on. */
export const RESOURCE_FILES: ReadonlySet<TgsiFile> = new Set(['BUFFER', 'IMAGE', 'MEMORY', 'HWATOMIC']);

/** Files that GLSL has in some stages only. */
export const FILE_STAGES: Readonly<Partial<Record<TgsiFile, readonly TgsiStage[]>>> = {
  MEMORY: ['COMP'],
  IN: ['VERT', 'FRAG', 'GEOM', 'TESS_CTRL', 'TESS_EVAL'],
  OUT: ['VERT', 'FRAG', 'GEOM', 'TESS_CTRL', 'TESS_EVAL'],
};

const FRAGMENT_ONLY = [
  'KILL',
  'KILL_IF',
  'DDX',
  'DDY',
  'DDX_FINE',
  'DDY_FINE',
  'TXB',
  'TXB2',
  'LODQ',
  'FBFETCH',
  'INTERP_CENTROID',
  'INTERP_SAMPLE',
  'INTERP_OFFSET',
] as const;

/** Opcodes whose GLSL exists in some stages only. */
export const OPCODE_STAGES: ReadonlyMap<TgsiOpcode, readonly TgsiStage[]> = new Map<
  TgsiOpcode,
  readonly TgsiStage[]
>([
  ...FRAGMENT_ONLY.map((name): [TgsiOpcode, readonly TgsiStage[]] => [name, ['FRAG']]),
  ['EMIT', ['GEOM']],
  ['ENDPRIM', ['GEOM']],
  ['BARRIER', ['COMP', 'TESS_CTRL']],
]);

/** Opcodes whose only source has to be an immediate: the host reads its value while it makes the GLSL. */
export const IMMEDIATE_OPCODES: ReadonlySet<TgsiOpcode> = new Set(['EMIT', 'ENDPRIM', 'MEMBAR']);

/** Texture opcodes that take no offset. */
export const QUERY_OPCODES: ReadonlySet<TgsiOpcode> = new Set(['TXQ', 'TXQS', 'LODQ']);
