// Limits and features in plain words, from capability sets made by hand.

import { Renderer } from '../../lib/renderer';
import { NullHost } from '../../lib/host';
import { recordingRenderer, syntheticCapset } from '../support/recording-renderer';

const opened = async (dwords: Record<number, number>) => {
  const { renderer } = await recordingRenderer({ fillCaps: () => syntheticCapset(dwords) });
  return renderer;
};

const FIRST_SET_BYTES = 308;

test('limits', async () => {
  const { limits, info } = await opened({
    264: 430,
    268: 2048,
    272: 4,
    280: 8,
    284: 4,
    296: 15,
    300: 16,
    356: 29,
    452: 1024,
    456: 32768,
    460: 65535,
    464: 65534,
    468: 65533,
    472: 512,
    484: 16384,
    488: 2048,
    492: 8192,
    1372: 65536,
  });
  expect(limits).toMatchObject({
    maxTextureArrayLayers: 2048,
    maxStreamOutputBuffers: 4,
    maxRenderTargets: 8,
    maxSamples: 4,
    maxUniformBlocks: 15,
    maxViewports: 16,
    maxVertexAttribs: 29,
    maxComputeWorkGroupInvocations: 1024,
    maxComputeSharedMemorySize: 32768,
    maxComputeGridSize: [65535, 65534, 65533],
    maxComputeBlockSize: [512, 0, 0],
    maxTexture2dSize: 16384,
    maxTexture3dSize: 2048,
    maxTextureCubeSize: 8192,
    maxUniformBlockSize: 65536,
  });
  expect(info).toMatchObject({ renderer: '', glslLevel: 430, native: undefined });
});

test('features, all off', async () => {
  const { has, ...features } = (await opened({})).features;
  expect(new Set(Object.values(features))).toEqual(new Set([false]));
  expect(has('COMPUTE_SHADER')).toBe(false);
});

test.each([
  ['computeShaders', { 392: 1 << 7 }],
  ['tessellation', { 260: 1 << 24 }],
  ['indirectDraw', { 260: 1 << 25 }],
  ['shaderBuffers', { 432: 1 }],
  ['shaderImages', { 440: 1 }],
  ['streamOutput', { 272: 1 }],
  ['occlusionQueries', { 260: 1 << 11 }],
  ['timerQueries', { 260: 1 << 12 }],
  ['cubeMapArrays', { 260: 1 << 2 }],
  ['textureMultisample', { 260: 1 << 14 }],
  ['doubles', { 260: 1 << 23 }],
] as const)('feature %s', async (name, dwords) => {
  const { has, ...features } = (await opened(dwords)).features;
  const on = Object.entries(features).filter(([, value]) => value === true);
  expect(on).toEqual([[name, true]]);
  expect(has('nothing')).toBe(false);
});

test('other capabilities by name', async () => {
  const { features } = await opened({ 392: 1 << 12, 688: 1 << 13 });
  expect(features.has('TEXTURE_BARRIER')).toBe(true);
  expect(features.has('PIPELINE_STATISTICS_QUERY')).toBe(true);
});

test('a host so old that it tells nothing beyond the first set', async () => {
  const renderer = await Renderer.open({
    host: new NullHost({ fillCaps: () => syntheticCapset().subarray(0, FIRST_SET_BYTES) }),
  });
  expect(renderer.limits.maxTexture2dSize).toBeUndefined();
  expect(renderer.features.computeShaders).toBe(false);
  expect(renderer.features.shaderBuffers).toBe(false);
});
