// Properties of a shader. Sources: tgsi_strings.c (names), tgsi_text.c (value syntax), iter_property() in
// vrend_shader.c of virglrenderer (which are used, which make the host refuse the shader).
import { TGSI_PRIMITIVES, type TgsiStage } from './words';

/** FRAG, VERT, …: the order of gallium's processor numbers, which differs from the virgl stage numbers. */
const PROCESSORS = ['FRAG', 'VERT', 'GEOM', 'TESS_CTRL', 'TESS_EVAL', 'COMP'] as const;
const COORD_ORIGINS = ['UPPER_LEFT', 'LOWER_LEFT'] as const;
const PIXEL_CENTERS = ['HALF_INTEGER', 'INTEGER'] as const;

/** What is known about one property. */
export interface TgsiPropertyInfo {
  /** Words that stand for 0, 1, …; absent: an unsigned number is written. */
  readonly words?: readonly string[];
  /** False: the text parses, and then the host refuses the shader. */
  readonly accepted: boolean;
  /** Stages the property means something to; absent: all. */
  readonly stages?: readonly TgsiStage[];
}

const VERTEX_STAGES = ['VERT', 'TESS_CTRL', 'TESS_EVAL', 'GEOM'] as const;
const GEOM = { accepted: true, stages: ['GEOM'] } as const;
const FRAG = { accepted: true, stages: ['FRAG'] } as const;
const TESS_EVAL = { accepted: true, stages: ['TESS_EVAL'] } as const;
const COMP = { accepted: true, stages: ['COMP'] } as const;
const REFUSED = { accepted: false } as const;

/** Every property that the parser knows by name. */
export const TGSI_PROPERTIES = {
  GS_INPUT_PRIMITIVE: { ...GEOM, words: TGSI_PRIMITIVES },
  GS_OUTPUT_PRIMITIVE: { ...GEOM, words: TGSI_PRIMITIVES },
  GS_MAX_OUTPUT_VERTICES: GEOM,
  FS_COORD_ORIGIN: { ...FRAG, words: COORD_ORIGINS },
  FS_COORD_PIXEL_CENTER: { ...FRAG, words: PIXEL_CENTERS },
  FS_COLOR0_WRITES_ALL_CBUFS: FRAG,
  FS_DEPTH_LAYOUT: FRAG,
  VS_PROHIBIT_UCPS: REFUSED,
  GS_INVOCATIONS: GEOM,
  VS_WINDOW_SPACE_POSITION: REFUSED,
  TCS_VERTICES_OUT: { accepted: true, stages: ['TESS_CTRL'] },
  TES_PRIM_MODE: TESS_EVAL,
  TES_SPACING: TESS_EVAL,
  TES_VERTEX_ORDER_CW: TESS_EVAL,
  TES_POINT_MODE: TESS_EVAL,
  NUM_CLIPDIST_ENABLED: { accepted: true, stages: VERTEX_STAGES },
  NUM_CULLDIST_ENABLED: { accepted: true, stages: VERTEX_STAGES },
  FS_EARLY_DEPTH_STENCIL: FRAG,
  FS_POST_DEPTH_COVERAGE: REFUSED,
  NEXT_SHADER: { ...REFUSED, words: PROCESSORS },
  CS_FIXED_BLOCK_WIDTH: COMP,
  CS_FIXED_BLOCK_HEIGHT: COMP,
  CS_FIXED_BLOCK_DEPTH: COMP,
  MUL_ZERO_WINS: REFUSED,
  VS_BLIT_SGPRS_AMD: REFUSED,
  CS_USER_DATA_COMPONENTS_AMD: REFUSED,
  LAYER_VIEWPORT_RELATIVE: REFUSED,
  FS_BLEND_EQUATION_ADVANCED: FRAG,
  SEPARABLE_PROGRAM: { accepted: true },
} as const satisfies Record<string, TgsiPropertyInfo>;

/** A key of {@link TGSI_PROPERTIES}. */
export type TgsiPropertyName = keyof typeof TGSI_PROPERTIES;

/** The properties that the host uses. */
export type TgsiAcceptedProperty = {
  [Name in TgsiPropertyName]: (typeof TGSI_PROPERTIES)[Name]['accepted'] extends true ? Name : never;
}[TgsiPropertyName];

/** The value of a property: one of its words, or an unsigned number where it has none. */
export type TgsiPropertyValue<Name extends TgsiPropertyName> = (typeof TGSI_PROPERTIES)[Name] extends {
  readonly words: readonly (infer Word)[];
}
  ? Word
  : number;

/** {@link TGSI_PROPERTIES} by name, `undefined` for an unknown name. */
export const propertyInfo = (name: string): TgsiPropertyInfo | undefined =>
  Object.hasOwn(TGSI_PROPERTIES, name) ? TGSI_PROPERTIES[name as TgsiPropertyName] : undefined;

/** Properties without which the GLSL of a stage does not compile. */
export const REQUIRED_PROPERTIES: Readonly<Partial<Record<TgsiStage, readonly TgsiPropertyName[]>>> = {
  GEOM: ['GS_INPUT_PRIMITIVE', 'GS_OUTPUT_PRIMITIVE', 'GS_MAX_OUTPUT_VERTICES'],
  TESS_CTRL: ['TCS_VERTICES_OUT'],
  TESS_EVAL: ['TES_PRIM_MODE'],
  COMP: ['CS_FIXED_BLOCK_WIDTH', 'CS_FIXED_BLOCK_HEIGHT', 'CS_FIXED_BLOCK_DEPTH'],
};
