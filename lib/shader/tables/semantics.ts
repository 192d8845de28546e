// Semantics of inputs, outputs and system values. Sources: tgsi_strings.c (names) and iter_declaration() in
// vrend_shader.c of virglrenderer (what each stage handles).
import type { TgsiRelease } from './releases';
import type { TgsiStage } from './words';

/** Semantic names in the order of their numbers. */
export const TGSI_SEMANTICS = [
  'POSITION',
  'COLOR',
  'BCOLOR',
  'FOG',
  'PSIZE',
  'GENERIC',
  'NORMAL',
  'FACE',
  'EDGEFLAG',
  'PRIM_ID',
  'INSTANCEID',
  'VERTEXID',
  'STENCIL',
  'CLIPDIST',
  'CLIPVERTEX',
  'GRID_SIZE',
  'BLOCK_ID',
  'BLOCK_SIZE',
  'THREAD_ID',
  'TEXCOORD',
  'PCOORD',
  'VIEWPORT_INDEX',
  'LAYER',
  'CULLDIST',
  'SAMPLEID',
  'SAMPLEPOS',
  'SAMPLEMASK',
  'INVOCATIONID',
  'VERTEXID_NOBASE',
  'BASEVERTEX',
  'PATCH',
  'TESSCOORD',
  'TESSOUTER',
  'TESSINNER',
  'VERTICESIN',
  'HELPER_INVOCATION',
  'BASEINSTANCE',
  'DRAWID',
  'WORK_DIM',
  'SUBGROUP_SIZE',
  'SUBGROUP_INVOCATION',
  'SUBGROUP_EQ_MASK',
  'SUBGROUP_GE_MASK',
  'SUBGROUP_GT_MASK',
  'SUBGROUP_LE_MASK',
  'SUBGROUP_LT_MASK',
  'CS_USER_DATA_AMD',
  'VIEWPORT_MASK',
] as const;
/** One of {@link TGSI_SEMANTICS}. */
export type TgsiSemanticName = (typeof TGSI_SEMANTICS)[number];

/** The first release whose parser knows the semantic; older ones refuse the whole text. */
export const semanticSince = (name: TgsiSemanticName): TgsiRelease | undefined =>
  TGSI_SEMANTICS.indexOf(name) >= TGSI_SEMANTICS.indexOf('BASEINSTANCE') ? '1.0.0' : undefined;

/** System values that the host turns into GLSL. */
export const TGSI_SYSTEM_VALUES = [
  'INSTANCEID',
  'VERTEXID',
  'VERTEXID_NOBASE',
  'HELPER_INVOCATION',
  'SAMPLEID',
  'SAMPLEPOS',
  'SAMPLEMASK',
  'INVOCATIONID',
  'PRIM_ID',
  'TESSCOORD',
  'VERTICESIN',
  'TESSOUTER',
  'TESSINNER',
  'THREAD_ID',
  'BLOCK_ID',
  'GRID_SIZE',
  'BASEVERTEX',
  'BASEINSTANCE',
  'DRAWID',
] as const;
/** One of {@link TGSI_SYSTEM_VALUES}. */
export type TgsiSystemValue = (typeof TGSI_SYSTEM_VALUES)[number];

/** System values that came later than the rest; 0.10.4 logs "unsupported system value" and makes broken GLSL. */
export const SYSTEM_VALUE_SINCE: ReadonlyMap<TgsiSemanticName, TgsiRelease> = new Map([
  ['VERTEXID_NOBASE', '1.0.0'],
  ['BASEVERTEX', '1.0.0'],
  ['BASEINSTANCE', '1.0.0'],
  ['DRAWID', '1.0.0'],
]);

const VARYINGS = ['COLOR', 'BCOLOR', 'FOG', 'GENERIC', 'TEXCOORD'] as const;
const VERTEX_OUTPUTS = [
  'POSITION',
  'PSIZE',
  'CLIPDIST',
  'CLIPVERTEX',
  'LAYER',
  'VIEWPORT_INDEX',
  ...VARYINGS,
] as const;
const VERTEX_ARRAYS = ['POSITION', 'PSIZE', 'CLIPDIST', ...VARYINGS] as const;

/** Input semantics that the host handles, by stage. VERT inputs are numbered attributes without a semantic. */
export const TGSI_INPUT_SEMANTICS = {
  VERT: [],
  FRAG: ['POSITION', 'FACE', 'PRIM_ID', 'PCOORD', 'VIEWPORT_INDEX', 'LAYER', 'CLIPDIST', ...VARYINGS],
  GEOM: ['PRIM_ID', ...VERTEX_ARRAYS],
  TESS_CTRL: VERTEX_ARRAYS,
  TESS_EVAL: ['PATCH', ...VERTEX_ARRAYS],
  COMP: [],
} as const satisfies Record<TgsiStage, readonly TgsiSemanticName[]>;

/** Output semantics that the host handles, by stage. In FRAG depth is POSITION.z, stencil is STENCIL.y. */
export const TGSI_OUTPUT_SEMANTICS = {
  VERT: VERTEX_OUTPUTS,
  FRAG: ['COLOR', 'POSITION', 'STENCIL', 'SAMPLEMASK'],
  GEOM: ['PRIM_ID', ...VERTEX_OUTPUTS],
  TESS_CTRL: ['PATCH', 'TESSOUTER', 'TESSINNER', ...VERTEX_ARRAYS],
  TESS_EVAL: VERTEX_OUTPUTS,
  COMP: [],
} as const satisfies Record<TgsiStage, readonly TgsiSemanticName[]>;

/** What a semantic index may be: see {@link SEMANTIC_INDEX_LIMITS}. */
export interface SemanticIndexLimit {
  /** One past the highest index with which stages find each other. */
  readonly linked: number;
  /** From here on virglrenderer 1.0 and later refuses the shader. */
  readonly refused: number;
  /** Older releases use memory outside of their tables instead. */
  readonly overruns: boolean;
}

/** Limits of indices. MAX_VARYING and emit_ios_generic() in vrend_shader.c; COLOR and BCOLOR count as outputs only. */
export const SEMANTIC_INDEX_LIMITS: ReadonlyMap<TgsiSemanticName, SemanticIndexLimit> = new Map([
  ['GENERIC', { linked: 32, refused: 64, overruns: false }],
  ['TEXCOORD', { linked: 8, refused: 8, overruns: true }],
  ['PATCH', { linked: 32, refused: Infinity, overruns: false }],
  ['COLOR', { linked: 8, refused: 64, overruns: true }],
  ['BCOLOR', { linked: 8, refused: 64, overruns: true }],
]);
