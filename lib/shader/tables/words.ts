// The word lists of TGSI text, in the order of their numbers. Source: tgsi_strings.c of virglrenderer.

/** Shader headers and stages, in the order of the virgl stage numbers (create command, BIND_SHADER, caps). */
export const TGSI_STAGES = ['VERT', 'FRAG', 'GEOM', 'TESS_CTRL', 'TESS_EVAL', 'COMP'] as const;
/** One of {@link TGSI_STAGES}; the index in that list is the virgl stage number. */
export type TgsiStage = (typeof TGSI_STAGES)[number];

/** Register files. `NULL` means "none" and `PRED` is a relic: both parse, neither works. */
export const TGSI_FILES = [
  'NULL',
  'CONST',
  'IN',
  'OUT',
  'TEMP',
  'SAMP',
  'ADDR',
  'IMM',
  'PRED',
  'SV',
  'IMAGE',
  'SVIEW',
  'BUFFER',
  'MEMORY',
  'HWATOMIC',
] as const;
/** One of {@link TGSI_FILES}. */
export type TgsiFile = (typeof TGSI_FILES)[number];

/** Texture targets; note CUBEARRAY without underscore. */
export const TGSI_TEXTURE_TARGETS = [
  'BUFFER',
  '1D',
  '2D',
  '3D',
  'CUBE',
  'RECT',
  'SHADOW1D',
  'SHADOW2D',
  'SHADOWRECT',
  '1D_ARRAY',
  '2D_ARRAY',
  'SHADOW1D_ARRAY',
  'SHADOW2D_ARRAY',
  'SHADOWCUBE',
  '2D_MSAA',
  '2D_ARRAY_MSAA',
  'CUBEARRAY',
  'SHADOWCUBEARRAY',
  'UNKNOWN',
] as const;
/** One of {@link TGSI_TEXTURE_TARGETS}. */
export type TgsiTextureTarget = (typeof TGSI_TEXTURE_TARGETS)[number];

/** Targets that a texture offset works with (fill_offset_buffer in vrend_shader.c); others are refused. */
export const TGSI_OFFSET_TARGETS: ReadonlySet<TgsiTextureTarget> = new Set([
  '1D',
  '1D_ARRAY',
  'SHADOW1D',
  'SHADOW1D_ARRAY',
  'RECT',
  'SHADOWRECT',
  '2D',
  '2D_ARRAY',
  'SHADOW2D',
  'SHADOW2D_ARRAY',
  '3D',
]);

/** What a sampler view returns. */
export const TGSI_RETURN_TYPES = ['UNORM', 'SNORM', 'SINT', 'UINT', 'FLOAT'] as const;
/** One of {@link TGSI_RETURN_TYPES}. */
export type TgsiReturnType = (typeof TGSI_RETURN_TYPES)[number];

/** Interpolation of fragment inputs; LINEAR is GLSL's `noperspective`, COLOR follows the flat-shade state. */
export const TGSI_INTERPOLATIONS = ['CONSTANT', 'LINEAR', 'PERSPECTIVE', 'COLOR'] as const;
/** One of {@link TGSI_INTERPOLATIONS}. */
export type TgsiInterpolation = (typeof TGSI_INTERPOLATIONS)[number];

/** Where in the pixel a fragment input is interpolated. */
export const TGSI_LOCATIONS = ['CENTER', 'CENTROID', 'SAMPLE'] as const;
/** One of {@link TGSI_LOCATIONS}. */
export type TgsiInterpolationLocation = (typeof TGSI_LOCATIONS)[number];

/** Types of immediates. */
export const TGSI_IMMEDIATE_TYPES = ['FLT32', 'UINT32', 'INT32', 'FLT64', 'UINT64', 'INT64'] as const;
/** One of {@link TGSI_IMMEDIATE_TYPES}. */
export type TgsiImmediateType = (typeof TGSI_IMMEDIATE_TYPES)[number];

/** Qualifiers of memory instructions, in the order of their bits. */
export const TGSI_MEMORY_QUALIFIERS = ['COHERENT', 'RESTRICT', 'VOLATILE'] as const;
/** One of {@link TGSI_MEMORY_QUALIFIERS}. */
export type TgsiMemoryQualifier = (typeof TGSI_MEMORY_QUALIFIERS)[number];

/** Kinds of MEMORY declarations; the host treats all of them as shared. */
export const TGSI_MEMORY_TYPES = ['GLOBAL', 'SHARED', 'PRIVATE', 'INPUT'] as const;
/** One of {@link TGSI_MEMORY_TYPES}. */
export type TgsiMemoryType = (typeof TGSI_MEMORY_TYPES)[number];

/** Primitives, in the order of the gallium numbers. */
export const TGSI_PRIMITIVES = [
  'POINTS',
  'LINES',
  'LINE_LOOP',
  'LINE_STRIP',
  'TRIANGLES',
  'TRIANGLE_STRIP',
  'TRIANGLE_FAN',
  'QUADS',
  'QUAD_STRIP',
  'POLYGON',
  'LINES_ADJACENCY',
  'LINE_STRIP_ADJACENCY',
  'TRIANGLES_ADJACENCY',
  'TRIANGLE_STRIP_ADJACENCY',
  'PATCHES',
] as const;
/** One of {@link TGSI_PRIMITIVES}. */
export type TgsiPrimitive = (typeof TGSI_PRIMITIVES)[number];

const ODD_PRIMITIVE_VERTICES: Partial<Record<TgsiPrimitive, number>> = {
  POINTS: 1,
  LINES: 2,
  LINE_LOOP: 2,
  LINE_STRIP: 2,
  LINES_ADJACENCY: 4,
  LINE_STRIP_ADJACENCY: 4,
  TRIANGLES_ADJACENCY: 6,
  TRIANGLE_STRIP_ADJACENCY: 6,
};

/** Vertices that a geometry shader sees per primitive (u_vertices_per_prim): 3 where nothing else is stated. */
export const verticesPerPrimitive = (primitive: TgsiPrimitive): number =>
  ODD_PRIMITIVE_VERTICES[primitive] ?? 3;
