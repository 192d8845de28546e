// What a host can take and do, in plain words, from its capability set. Facts: virgl_hw.h, `struct virgl_caps_v2`.

import type { Capset } from '../protocol';

/** The largest values that the host takes; undefined where an old host does not tell. */
export interface RendererLimits {
  /** Texels along a side. */
  maxTexture2dSize?: number;
  maxTexture3dSize?: number;
  maxTextureCubeSize?: number;
  maxTextureArrayLayers: number;
  /** Samples per texel. */
  maxSamples: number;
  maxRenderTargets: number;
  maxViewports: number;
  maxVertexAttribs?: number;
  maxStreamOutputBuffers: number;
  maxUniformBlocks: number;
  /** Bytes. */
  maxUniformBlockSize?: number;
  maxAnisotropy?: number;
  maxComputeWorkGroupInvocations?: number;
  /** Work groups in x, y, z. */
  maxComputeGridSize?: readonly number[];
  /** Invocations in x, y, z. */
  maxComputeBlockSize?: readonly number[];
  /** Bytes. */
  maxComputeSharedMemorySize?: number;
}

/** What the host can do. */
export interface RendererFeatures {
  computeShaders: boolean;
  tessellation: boolean;
  indirectDraw: boolean;
  shaderBuffers: boolean;
  shaderImages: boolean;
  streamOutput: boolean;
  occlusionQueries: boolean;
  timerQueries: boolean;
  cubeMapArrays: boolean;
  textureMultisample: boolean;
  doubles: boolean;
  /** Everything else: names of `CAPABILITY_BITS` and `BSET_BITS` in virgl/protocol. */
  has(capability: string): boolean;
}

/** Limits by name. */
export const limitsOf = ({ fields }: Capset): RendererLimits => ({
  maxTexture2dSize: fields.maxTexture2dSize,
  maxTexture3dSize: fields.maxTexture3dSize,
  maxTextureCubeSize: fields.maxTextureCubeSize,
  maxTextureArrayLayers: fields.maxTextureArrayLayers,
  maxSamples: fields.maxSamples,
  maxRenderTargets: fields.maxRenderTargets,
  maxViewports: fields.maxViewports,
  maxVertexAttribs: fields.maxVertexAttribs,
  maxStreamOutputBuffers: fields.maxStreamoutBuffers,
  maxUniformBlocks: fields.maxUniformBlocks,
  maxUniformBlockSize: fields.maxUniformBlockSize,
  maxAnisotropy: fields.maxAnisotropy,
  maxComputeWorkGroupInvocations: fields.maxComputeWorkGroupInvocations,
  maxComputeGridSize: fields.maxComputeGridSize,
  maxComputeBlockSize: fields.maxComputeBlockSize,
  maxComputeSharedMemorySize: fields.maxComputeSharedMemorySize,
});

/** Features by name. */
export const featuresOf = ({ fields, features, capabilityBits }: Capset): RendererFeatures => {
  const known = new Set<string>([...features, ...capabilityBits]);
  const has = (capability: string): boolean => known.has(capability);
  return {
    computeShaders: has('COMPUTE_SHADER'),
    tessellation: has('hasTessellationShaders'),
    indirectDraw: has('hasIndirectDraw'),
    shaderBuffers: (fields.maxShaderBufferFragCompute ?? 0) > 0,
    shaderImages: (fields.maxShaderImageFragCompute ?? 0) > 0,
    streamOutput: fields.maxStreamoutBuffers > 0,
    occlusionQueries: has('occlusionQuery'),
    timerQueries: has('timerQuery'),
    cubeMapArrays: has('cubeMapArray'),
    textureMultisample: has('textureMultisample'),
    doubles: has('hasFp64'),
    has,
  };
};
