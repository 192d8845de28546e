// The numbers and bits that command fields are made of, under Gallium's names.
// Facts: virglrenderer src/gallium/include/pipe/p_defines.h, src/virgl_hw.h, src/virgl_protocol.h,
// src/virgl_video_hw.h and include virglrenderer.h. Masks are written as numbers to be or-ed together.

/** Shape of a resource (`enum pipe_texture_target`). */
export const TextureTarget = {
  BUFFER: 0,
  TEXTURE_1D: 1,
  TEXTURE_2D: 2,
  TEXTURE_3D: 3,
  TEXTURE_CUBE: 4,
  TEXTURE_RECT: 5,
  TEXTURE_1D_ARRAY: 6,
  TEXTURE_2D_ARRAY: 7,
  TEXTURE_CUBE_ARRAY: 8,
} as const;

/** Face of a cube map, which is also its z coordinate or layer (`enum pipe_tex_face`). */
export const CubeFace = { POS_X: 0, NEG_X: 1, POS_Y: 2, NEG_Y: 3, POS_Z: 4, NEG_Z: 5 } as const;

/** What consecutive vertices form (`enum pipe_prim_type`). */
export const Primitive = {
  POINTS: 0,
  LINES: 1,
  LINE_LOOP: 2,
  LINE_STRIP: 3,
  TRIANGLES: 4,
  TRIANGLE_STRIP: 5,
  TRIANGLE_FAN: 6,
  QUADS: 7,
  QUAD_STRIP: 8,
  POLYGON: 9,
  LINES_ADJACENCY: 10,
  LINE_STRIP_ADJACENCY: 11,
  TRIANGLES_ADJACENCY: 12,
  TRIANGLE_STRIP_ADJACENCY: 13,
  PATCHES: 14,
} as const;

/** Blend factor (`enum pipe_blendfactor`); 0, 11–16 and 22 mean nothing. */
export const BlendFactor = {
  ONE: 1,
  SRC_COLOR: 2,
  SRC_ALPHA: 3,
  DST_ALPHA: 4,
  DST_COLOR: 5,
  SRC_ALPHA_SATURATE: 6,
  CONST_COLOR: 7,
  CONST_ALPHA: 8,
  SRC1_COLOR: 9,
  SRC1_ALPHA: 10,
  ZERO: 17,
  INV_SRC_COLOR: 18,
  INV_SRC_ALPHA: 19,
  INV_DST_ALPHA: 20,
  INV_DST_COLOR: 21,
  INV_CONST_COLOR: 23,
  INV_CONST_ALPHA: 24,
  INV_SRC1_COLOR: 25,
  INV_SRC1_ALPHA: 26,
} as const;

/** How source and destination are combined (`enum pipe_blend_func`). */
export const BlendFunc = { ADD: 0, SUBTRACT: 1, REVERSE_SUBTRACT: 2, MIN: 3, MAX: 4 } as const;

/** Bitwise operation of the colour buffer (`enum pipe_logicop`). */
export const LogicOp = {
  CLEAR: 0,
  NOR: 1,
  AND_INVERTED: 2,
  COPY_INVERTED: 3,
  AND_REVERSE: 4,
  INVERT: 5,
  XOR: 6,
  NAND: 7,
  AND: 8,
  EQUIV: 9,
  NOOP: 10,
  OR_INVERTED: 11,
  COPY: 12,
  OR_REVERSE: 13,
  OR: 14,
  SET: 15,
} as const;

/** Comparison of depth, stencil, alpha and shadow samplers (`enum pipe_compare_func`). */
export const CompareFunc = {
  NEVER: 0,
  LESS: 1,
  EQUAL: 2,
  LEQUAL: 3,
  GREATER: 4,
  NOTEQUAL: 5,
  GEQUAL: 6,
  ALWAYS: 7,
} as const;

/** What happens to a stencil value (`enum pipe_stencil_op`). */
export const StencilOp = {
  KEEP: 0,
  ZERO: 1,
  REPLACE: 2,
  INCR: 3,
  DECR: 4,
  INCR_WRAP: 5,
  DECR_WRAP: 6,
  INVERT: 7,
} as const;

/** How a polygon is filled (`PIPE_POLYGON_MODE_*`). */
export const PolygonMode = { FILL: 0, LINE: 1, POINT: 2 } as const;

/** Which faces are culled (`PIPE_FACE_*`). */
export const CullFace = { NONE: 0, FRONT: 1, BACK: 2, FRONT_AND_BACK: 3 } as const;

/** Origin of point sprite coordinates (`PIPE_SPRITE_COORD_*`). */
export const SpriteCoordMode = { UPPER_LEFT: 0, LOWER_LEFT: 1 } as const;

/** Texture wrap mode (`enum pipe_tex_wrap`). Hosts need capabilities for the three MIRROR_CLAMP modes. */
export const TextureWrap = {
  REPEAT: 0,
  CLAMP: 1,
  CLAMP_TO_EDGE: 2,
  CLAMP_TO_BORDER: 3,
  MIRROR_REPEAT: 4,
  MIRROR_CLAMP: 5,
  MIRROR_CLAMP_TO_EDGE: 6,
  MIRROR_CLAMP_TO_BORDER: 7,
} as const;

/** Filter inside one level (`enum pipe_tex_filter`). */
export const ImageFilter = { NEAREST: 0, LINEAR: 1 } as const;

/** Filter between levels (`enum pipe_tex_mipfilter`). */
export const MipFilter = { NEAREST: 0, LINEAR: 1, NONE: 2 } as const;

/** Whether a sampler compares (`enum pipe_tex_compare`). */
export const CompareMode = { NONE: 0, R_TO_TEXTURE: 1 } as const;

/** Source of one channel of a sampler view (`enum pipe_swizzle`). */
export const Swizzle = { X: 0, Y: 1, Z: 2, W: 3, ZERO: 4, ONE: 5 } as const;

/** Channels of a blend colour mask or of a blit (`PIPE_MASK_*`); Z and S are for blits only. */
export const ChannelMask = { R: 0x1, G: 0x2, B: 0x4, A: 0x8, RGBA: 0xf, Z: 0x10, S: 0x20, ZS: 0x30 } as const;

/** Buffers that CLEAR touches (`PIPE_CLEAR_*`). */
export const Clear = {
  DEPTH: 0x1,
  STENCIL: 0x2,
  DEPTHSTENCIL: 0x3,
  COLOR0: 0x4,
  COLOR1: 0x8,
  COLOR2: 0x10,
  COLOR3: 0x20,
  COLOR4: 0x40,
  COLOR5: 0x80,
  COLOR6: 0x100,
  COLOR7: 0x200,
  COLOR: 0x3fc,
} as const;

/** What CLEAR_SURFACE clears: depth and stencil, or colour. */
export const ClearSurfaceBuffers = { DEPTH: 0x1, STENCIL: 0x2, COLOR: 0x4 } as const;

/** Query types under virglrenderer's own numbers (newer Mesa numbers its enum differently and maps). */
export const QueryType = {
  OCCLUSION_COUNTER: 0,
  OCCLUSION_PREDICATE: 1,
  TIMESTAMP: 2,
  TIMESTAMP_DISJOINT: 3,
  TIME_ELAPSED: 4,
  PRIMITIVES_GENERATED: 5,
  PRIMITIVES_EMITTED: 6,
  SO_STATISTICS: 7,
  SO_OVERFLOW_PREDICATE: 8,
  GPU_FINISHED: 9,
  PIPELINE_STATISTICS: 10,
  OCCLUSION_PREDICATE_CONSERVATIVE: 11,
  SO_OVERFLOW_ANY_PREDICATE: 12,
} as const;

/** First dword of a query's result buffer (`enum virgl_query_state` words). */
export const QueryState = { NEW: 0, DONE: 1, WAIT_HOST: 2 } as const;

/** `index` of a PIPELINE_STATISTICS query. */
export const PipelineStatistic = {
  IA_VERTICES: 0,
  IA_PRIMITIVES: 1,
  VS_INVOCATIONS: 2,
  GS_INVOCATIONS: 3,
  GS_PRIMITIVES: 4,
  C_INVOCATIONS: 5,
  C_PRIMITIVES: 6,
  PS_INVOCATIONS: 7,
  HS_INVOCATIONS: 8,
  DS_INVOCATIONS: 9,
  CS_INVOCATIONS: 10,
} as const;

/** How conditional rendering waits (`enum pipe_render_cond_flag`). */
export const RenderConditionMode = { WAIT: 0, NO_WAIT: 1, BY_REGION_WAIT: 2, BY_REGION_NO_WAIT: 3 } as const;

/** Type of a query value that is written into a buffer (`enum pipe_query_value_type`). */
export const QueryValueType = { I32: 0, U32: 1, I64: 2, U64: 3 } as const;

/** Spacing of the tessellator, in TGSI property TES_SPACING (`PIPE_TESS_SPACING_*`). */
export const TessSpacing = { FRACTIONAL_ODD: 0, FRACTIONAL_EVEN: 1, EQUAL: 2 } as const;

/** Access to a shader image (`PIPE_IMAGE_ACCESS_*`). */
export const ImageAccess = { READ: 0x1, WRITE: 0x2, READ_WRITE: 0x3 } as const;

/** What MEMORY_BARRIER orders (`PIPE_BARRIER_*`). */
export const Barrier = {
  MAPPED_BUFFER: 0x1,
  SHADER_BUFFER: 0x2,
  QUERY_BUFFER: 0x4,
  VERTEX_BUFFER: 0x8,
  INDEX_BUFFER: 0x10,
  CONSTANT_BUFFER: 0x20,
  INDIRECT_BUFFER: 0x40,
  TEXTURE: 0x80,
  IMAGE: 0x100,
  FRAMEBUFFER: 0x200,
  STREAMOUT_BUFFER: 0x400,
  GLOBAL_BUFFER: 0x800,
  UPDATE_BUFFER: 0x1000,
  UPDATE_TEXTURE: 0x2000,
} as const;

/** What TEXTURE_BARRIER orders (`PIPE_TEXTURE_BARRIER_*`). */
export const TextureBarrier = { SAMPLER: 0x1, FRAMEBUFFER: 0x2 } as const;

/** Usage of a transfer (`PIPE_MAP_*` of old Gallium). Hosts ignore it. */
export const TransferUsage = {
  READ: 0x1,
  WRITE: 0x2,
  MAP_DIRECTLY: 0x4,
  DISCARD_RANGE: 0x100,
  DONTBLOCK: 0x200,
  UNSYNCHRONIZED: 0x400,
  FLUSH_EXPLICIT: 0x800,
  DISCARD_WHOLE: 0x1000,
  PERSISTENT: 0x2000,
  COHERENT: 0x4000,
} as const;

/** Which way TRANSFER3D moves data (`enum virgl_transfer3d_direction` words). */
export const TransferDirection = { TO_HOST: 1, FROM_HOST: 2 } as const;

/** Flags of COPY_TRANSFER3D; READ_FROM_HOST needs the capability COPY_TRANSFER_BOTH_DIRECTIONS. */
export const CopyTransferFlag = { SYNCHRONIZED: 0x1, READ_FROM_HOST: 0x2 } as const;

/** What SET_TWEAKS changes (`enum vrend_tweak_type`). */
export const Tweak = {
  GLES_EMULATE_BGRA: 0,
  GLES_APPLY_BGRA_DEST_SWIZZLE: 1,
  SAMPLES_PASSED_MULTIPLIER: 2,
} as const;

/** Advanced blend equations; carried in the first render target's `alphaSrcFactor` (`enum gl_advanced_blend_mode`). */
export const AdvancedBlendMode = {
  NONE: 0,
  MULTIPLY: 1,
  SCREEN: 2,
  OVERLAY: 3,
  DARKEN: 4,
  LIGHTEN: 5,
  COLORDODGE: 6,
  COLORBURN: 7,
  HARDLIGHT: 8,
  SOFTLIGHT: 9,
  DIFFERENCE: 10,
  EXCLUSION: 11,
  HSL_HUE: 12,
  HSL_SATURATION: 13,
  HSL_COLOR: 14,
  HSL_LUMINOSITY: 15,
} as const;

/** Video profiles (`enum pipe_video_profile` under virgl's numbers). */
export const VideoProfile = {
  UNKNOWN: 0,
  MPEG1: 1,
  MPEG2_SIMPLE: 2,
  MPEG2_MAIN: 3,
  MPEG4_SIMPLE: 4,
  MPEG4_ADVANCED_SIMPLE: 5,
  VC1_SIMPLE: 6,
  VC1_MAIN: 7,
  VC1_ADVANCED: 8,
  AVC_BASELINE: 9,
  AVC_CONSTRAINED_BASELINE: 10,
  AVC_MAIN: 11,
  AVC_EXTENDED: 12,
  AVC_HIGH: 13,
  AVC_HIGH10: 14,
  AVC_HIGH422: 15,
  AVC_HIGH444: 16,
  HEVC_MAIN: 17,
  HEVC_MAIN_10: 18,
  HEVC_MAIN_STILL: 19,
  HEVC_MAIN_12: 20,
  HEVC_MAIN_444: 21,
  JPEG_BASELINE: 22,
  VP9_PROFILE0: 23,
  VP9_PROFILE2: 24,
  AV1_MAIN: 25,
} as const;

/** What a video codec does (`enum pipe_video_entrypoint`). */
export const VideoEntrypoint = { UNKNOWN: 0, BITSTREAM: 1, IDCT: 2, MC: 3, ENCODE: 4 } as const;

/** Why virglrenderer put a context in its error state (`enum virgl_ctx_errors`); 16 and up since 1.0. */
export const ContextError = {
  NONE: 0,
  UNKNOWN: 1,
  ILLEGAL_SHADER: 2,
  ILLEGAL_HANDLE: 3,
  ILLEGAL_RESOURCE: 4,
  ILLEGAL_SURFACE: 5,
  ILLEGAL_VERTEX_FORMAT: 6,
  ILLEGAL_CMD_BUFFER: 7,
  GLES_HAVE_TES_BUT_MISS_TCS: 8,
  GL_ANY_SAMPLES_PASSED: 9,
  ILLEGAL_FORMAT: 10,
  ILLEGAL_SAMPLER_VIEW_TARGET: 11,
  TRANSFER_IOV_BOUNDS: 12,
  ILLEGAL_DUAL_SRC_BLEND: 13,
  UNSUPPORTED_FUNCTION: 14,
  ILLEGAL_PROGRAM_PIPELINE: 15,
  TOO_MANY_VERTEX_ATTRIBUTES: 16,
  UNSUPPORTED_TEX_WRAP: 17,
  CUBE_MAP_FACE_OUT_OF_RANGE: 18,
  BLIT_AREA_OUT_OF_RANGE: 19,
  SSBO_BINDING_RANGE: 20,
  RESOURCE_OUT_OF_RANGE: 21,
} as const;

/** Shader stages under virgl's numbers (`PIPE_SHADER_*` of old Gallium). */
export const ShaderStage = {
  VERTEX: 0,
  FRAGMENT: 1,
  GEOMETRY: 2,
  TESS_CTRL: 3,
  TESS_EVAL: 4,
  COMPUTE: 5,
} as const;

/** Object types of CREATE_OBJECT, BIND_OBJECT and DESTROY_OBJECT (`enum virgl_object_type`). */
export const ObjectType = {
  NULL: 0,
  BLEND: 1,
  RASTERIZER: 2,
  DSA: 3,
  SHADER: 4,
  VERTEX_ELEMENTS: 5,
  SAMPLER_VIEW: 6,
  SAMPLER_STATE: 7,
  SURFACE: 8,
  QUERY: 9,
  STREAMOUT_TARGET: 10,
  MSAA_SURFACE: 11,
} as const;

/** What a resource may be used for (`VIRGL_BIND_*`); bits 24 and up since 0.9. */
export const Bind = {
  DEPTH_STENCIL: 0x1,
  RENDER_TARGET: 0x2,
  SAMPLER_VIEW: 0x8,
  VERTEX_BUFFER: 0x10,
  INDEX_BUFFER: 0x20,
  CONSTANT_BUFFER: 0x40,
  DISPLAY_TARGET: 0x80,
  COMMAND_ARGS: 0x100,
  STREAM_OUTPUT: 0x800,
  SHADER_BUFFER: 0x4000,
  QUERY_BUFFER: 0x8000,
  CURSOR: 0x10000,
  CUSTOM: 0x20000,
  SCANOUT: 0x40000,
  STAGING: 0x80000,
  SHARED: 0x100000,
  PREFER_EMULATED_BGRA: 0x200000,
  LINEAR: 0x400000,
  MINIGBM_CAMERA_WRITE: 0x1000000,
  MINIGBM_CAMERA_READ: 0x2000000,
  MINIGBM_HW_VIDEO_DECODER: 0x4000000,
  MINIGBM_HW_VIDEO_ENCODER: 0x8000000,
  MINIGBM_SW_READ_OFTEN: 0x10000000,
  MINIGBM_SW_READ_RARELY: 0x20000000,
  MINIGBM_SW_WRITE_OFTEN: 0x40000000,
  MINIGBM_SW_WRITE_RARELY: 0x80000000,
  MINIGBM_PROTECTED: 0xf0000000,
  SHARED_SUBFLAGS: 0xff000000,
} as const;

/** Flags of a resource (`VIRGL_RESOURCE_*`). */
export const ResourceFlag = { Y_0_TOP: 0x1, MAP_PERSISTENT: 0x2, MAP_COHERENT: 0x4 } as const;

/** Where a blob's memory lives (`VIRGL_RENDERER_BLOB_MEM_*`, the numbers of virtio-gpu). */
export const BlobMem = { GUEST: 1, HOST3D: 2, HOST3D_GUEST: 3 } as const;

/** What a blob may be used for (`VIRGL_RENDERER_BLOB_FLAG_*`). */
export const BlobFlag = { USE_MAPPABLE: 0x1, USE_SHAREABLE: 0x2, USE_CROSS_DEVICE: 0x4 } as const;

/** Cacheability of a mapped blob (`VIRGL_RENDERER_MAP_CACHE_*`). */
export const MapCache = { NONE: 0, CACHED: 1, UNCACHED: 2, WC: 3 } as const;

/** Ids of capability sets (`VIRTGPU_DRM_CAPSET_*`). This package reads the first two. */
export const CapsetId = {
  VIRGL: 1,
  VIRGL2: 2,
  GFXSTREAM_VULKAN: 3,
  VENUS: 4,
  CROSS_DOMAIN: 5,
  DRM: 6,
} as const;

/** The largest counts that virglrenderer accepts (`p_state.h`, `vrend_decode.c`). */
export const Limit = {
  VERTEX_BUFFERS: 32,
  VERTEX_ELEMENTS: 32,
  COLOR_BUFFERS: 8,
  VIEWPORTS: 16,
  CONSTANT_BUFFERS: 32,
  SAMPLERS: 32,
  SAMPLER_VIEWS: 128,
  SHADER_BUFFERS: 32,
  SHADER_IMAGES: 32,
  ATOMIC_BUFFERS: 32,
  STREAMOUT_OUTPUTS: 64,
  STREAMOUT_TARGETS: 16,
  CLIP_PLANES: 8,
  PLANES: 4,
} as const;
