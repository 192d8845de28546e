// The capability sets that describe a host: fields, offsets, first releases, and the names of all bits.
// Facts: virglrenderer src/virgl_hw.h, `struct virgl_caps_v1`, `struct virgl_caps_v2`, `enum virgl_caps_bits`.
// Offsets are bytes from the start of the set. Fields are only ever appended.

import type { Release } from './schema-types';

/** What a field of a capability set holds. `formats` is a bit per format number; `text` is NUL-terminated. */
export type CapsetFieldType = 'u32' | 'i32' | 'f32' | 'formats' | 'text' | 'videoCaps';

/** A field of a capability set. */
export interface CapsetField<T extends CapsetFieldType = CapsetFieldType, C extends number = number> {
  readonly offset: number;
  readonly type: T;
  /** Number of values; 1 is a single value rather than an array. Bytes for text. */
  readonly count: C;
  readonly since: Release;
}

const at = <T extends CapsetFieldType, const C extends number = 1>(
  offset: number,
  type: T,
  since: Release = '0.8',
  count: C = 1 as C,
): CapsetField<T, C> => ({ offset, type, count, since });

/** Capability set 1, which set 2 begins with. 308 bytes. */
export const CAPSET_V1_FIELDS = {
  maxVersion: at(0, 'u32'),
  sampler: at(4, 'formats'),
  render: at(68, 'formats'),
  depthstencil: at(132, 'formats'),
  vertexbuffer: at(196, 'formats'),
  bset: at(260, 'u32'),
  glslLevel: at(264, 'u32'),
  maxTextureArrayLayers: at(268, 'u32'),
  maxStreamoutBuffers: at(272, 'u32'),
  maxDualSourceRenderTargets: at(276, 'u32'),
  maxRenderTargets: at(280, 'u32'),
  maxSamples: at(284, 'u32'),
  primMask: at(288, 'u32'),
  maxTboSize: at(292, 'u32'),
  maxUniformBlocks: at(296, 'u32'),
  maxViewports: at(300, 'u32'),
  maxTextureGatherComponents: at(304, 'u32'),
} as const;

/** What capability set 2 has behind set 1. */
export const CAPSET_V2_FIELDS = {
  minAliasedPointSize: at(308, 'f32'),
  maxAliasedPointSize: at(312, 'f32'),
  minSmoothPointSize: at(316, 'f32'),
  maxSmoothPointSize: at(320, 'f32'),
  minAliasedLineWidth: at(324, 'f32'),
  maxAliasedLineWidth: at(328, 'f32'),
  minSmoothLineWidth: at(332, 'f32'),
  maxSmoothLineWidth: at(336, 'f32'),
  maxTextureLodBias: at(340, 'f32'),
  maxGeomOutputVertices: at(344, 'u32'),
  maxGeomTotalOutputComponents: at(348, 'u32'),
  maxVertexOutputs: at(352, 'u32'),
  maxVertexAttribs: at(356, 'u32'),
  maxShaderPatchVaryings: at(360, 'u32'),
  minTexelOffset: at(364, 'i32'),
  maxTexelOffset: at(368, 'i32'),
  minTextureGatherOffset: at(372, 'i32'),
  maxTextureGatherOffset: at(376, 'i32'),
  textureBufferOffsetAlignment: at(380, 'u32'),
  uniformBufferOffsetAlignment: at(384, 'u32'),
  shaderBufferOffsetAlignment: at(388, 'u32'),
  capabilityBits: at(392, 'u32'),
  sampleLocations: at(396, 'u32', '0.8', 8),
  maxVertexAttribStride: at(428, 'u32'),
  maxShaderBufferFragCompute: at(432, 'u32'),
  maxShaderBufferOtherStages: at(436, 'u32'),
  maxShaderImageFragCompute: at(440, 'u32'),
  maxShaderImageOtherStages: at(444, 'u32'),
  maxImageSamples: at(448, 'u32'),
  maxComputeWorkGroupInvocations: at(452, 'u32'),
  maxComputeSharedMemorySize: at(456, 'u32'),
  maxComputeGridSize: at(460, 'u32', '0.8', 3),
  maxComputeBlockSize: at(472, 'u32', '0.8', 3),
  maxTexture2dSize: at(484, 'u32'),
  maxTexture3dSize: at(488, 'u32'),
  maxTextureCubeSize: at(492, 'u32'),
  maxCombinedShaderBuffers: at(496, 'u32'),
  maxAtomicCounters: at(500, 'u32', '0.8', 6),
  maxAtomicCounterBuffers: at(524, 'u32', '0.8', 6),
  maxCombinedAtomicCounters: at(548, 'u32'),
  maxCombinedAtomicCounterBuffers: at(552, 'u32'),
  hostFeatureCheckVersion: at(556, 'u32'),
  supportedReadbackFormats: at(560, 'formats'),
  scanout: at(624, 'formats'),
  capabilityBitsV2: at(688, 'u32', '0.9'),
  maxVideoMemory: at(692, 'u32', '0.9'),
  renderer: at(696, 'text', '0.10', 64),
  maxAnisotropy: at(760, 'f32', '0.10'),
  maxTextureSamplers: at(764, 'u32', '0.10'),
  supportedMultisampleFormats: at(768, 'formats', '0.10'),
  maxConstBufferSize: at(832, 'u32', '0.10', 6),
  numVideoCaps: at(856, 'u32', '0.10'),
  videoCaps: at(860, 'videoCaps', '0.10', 32),
  maxUniformBlockSize: at(1372, 'u32', '0.10'),
  maxTcsOutputs: at(1376, 'u32', '1.0'),
  maxTesOutputs: at(1380, 'u32', '1.0'),
  maxShaderStorageBlocks: at(1384, 'u32', '1.1', 6),
} as const;

/** Sizes in bytes of capability set 2, by the release that first had it. */
export const CAPSET_V2_SIZES: Readonly<Record<Release, number>> = {
  '0.8': 688,
  '0.9': 696,
  '0.10': 1376,
  '1.0': 1384,
  '1.1': 1408,
  '1.2': 1408,
  '1.3': 1408,
};

/** Size in bytes of capability set 1. */
export const CAPSET_V1_SIZE = 308;

/** Parts of a video capability of 16 bytes: name, first bit, bits. */
export const VIDEO_CAP_FIELDS = {
  profile: [0, 8],
  entrypoint: [8, 8],
  maxLevel: [16, 8],
  stackedFrames: [24, 8],
  maxWidth: [32, 16],
  maxHeight: [48, 16],
  preferedFormat: [64, 16],
  maxMacroblocks: [80, 16],
  npotTexture: [96, 1],
  supportsProgressive: [97, 1],
  supportsInterlaced: [98, 1],
  prefersInterlaced: [99, 1],
  maxTemporalLayers: [100, 8],
} as const satisfies Record<string, readonly [firstBit: number, bits: number]>;

/** Names of the bits of `bset`, from bit 0. */
export const BSET_BITS = [
  'indepBlendEnable',
  'indepBlendFunc',
  'cubeMapArray',
  'shaderStencilExport',
  'conditionalRender',
  'startInstance',
  'primitiveRestart',
  'blendEqSep',
  'instanceid',
  'vertexElementInstanceDivisor',
  'seamlessCubeMap',
  'occlusionQuery',
  'timerQuery',
  'streamoutPauseResume',
  'textureMultisample',
  'fragmentCoordConventions',
  'depthClipDisable',
  'seamlessCubeMapPerTexture',
  'ubo',
  'colorClamping',
  'polyStipple',
  'mirrorClamp',
  'textureQueryLod',
  'hasFp64',
  'hasTessellationShaders',
  'hasIndirectDraw',
  'hasSampleShading',
  'hasCull',
  'conditionalRenderInverted',
  'derivativeControl',
  'polygonOffsetClamp',
  'transformFeedbackOverflowQuery',
] as const;

/** Names of the bits of `capabilityBits` (`VIRGL_CAP_*`), from bit 0; the last two since 0.9. */
export const CAPABILITY_BITS = [
  'TGSI_INVARIANT',
  'TEXTURE_VIEW',
  'SET_MIN_SAMPLES',
  'COPY_IMAGE',
  'TGSI_PRECISE',
  'TXQS',
  'MEMORY_BARRIER',
  'COMPUTE_SHADER',
  'FB_NO_ATTACH',
  'ROBUST_BUFFER_ACCESS',
  'TGSI_FBFETCH',
  'SHADER_CLOCK',
  'TEXTURE_BARRIER',
  'TGSI_COMPONENTS',
  'GUEST_MAY_INIT_LOG',
  'SRGB_WRITE_CONTROL',
  'QBO',
  'TRANSFER',
  'FBO_MIXED_COLOR_FORMATS',
  'HOST_IS_GLES',
  'BIND_COMMAND_ARGS',
  'MULTI_DRAW_INDIRECT',
  'INDIRECT_PARAMS',
  'TRANSFORM_FEEDBACK3',
  '3D_ASTC',
  'INDIRECT_INPUT_ADDR',
  'COPY_TRANSFER',
  'CLIP_HALFZ',
  'APP_TWEAK_SUPPORT',
  'BGRA_SRGB_IS_EMULATED',
  'CLEAR_TEXTURE',
  'ARB_BUFFER_STORAGE',
] as const;

/**
 * Names of the bits of `capabilityBitsV2` (`VIRGL_CAP_V2_*`), from bit 0. First releases: 0.9 for bits 0–5, 0.10 for
 * 6–10, 1.0 for 11–16, 1.1 for 17, 1.3 for 18.
 */
export const CAPABILITY_BITS_V2 = [
  'BLEND_EQUATION',
  'UNTYPED_RESOURCE',
  'VIDEO_MEMORY',
  'MEMINFO',
  'STRING_MARKER',
  'DIFFERENT_GPU',
  'IMPLICIT_MSAA',
  'COPY_TRANSFER_BOTH_DIRECTIONS',
  'SCANOUT_USES_GBM',
  'SSO',
  'TEXTURE_SHADOW_LOD',
  'VS_VERTEX_LAYER',
  'VS_VIEWPORT_INDEX',
  'PIPELINE_STATISTICS_QUERY',
  'DRAW_PARAMETERS',
  'GROUP_VOTE',
  'MIRROR_CLAMP_TO_EDGE',
  'MIRROR_CLAMP',
  'RESOURCE_LAYOUT',
] as const;

/** A bit of `bset`. */
export type BsetBit = (typeof BSET_BITS)[number];

/** A bit of `capabilityBits` or `capabilityBitsV2`; no name stands in both. */
export type CapabilityBit = (typeof CAPABILITY_BITS)[number] | (typeof CAPABILITY_BITS_V2)[number];
