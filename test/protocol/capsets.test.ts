// Capability sets of every release, made by hand.

import {
  CAPSET_V1_FIELDS,
  CAPSET_V2_FIELDS,
  CAPSET_V2_SIZES,
  decodeCapset,
  Format,
  VirglError,
  type CapsetField,
} from '../../lib/protocol';

const SIZE = 1408;

const example = (): DataView => {
  const view = new DataView(new ArrayBuffer(SIZE));
  view.setUint32(0, 2, true);
  view.setUint32(4 + (Format.B8G8R8A8_UNORM >>> 5) * 4, 1 << (Format.B8G8R8A8_UNORM & 31), true);
  view.setUint32(68 + (Format.R8G8B8A8_UNORM >>> 5) * 4, (1 << (Format.R8G8B8A8_UNORM & 31)) >>> 0, true);
  view.setUint32(260, 0x80000003, true);
  view.setUint32(264, 450, true);
  view.setUint32(288, 0x4010, true);
  view.setFloat32(312, 63.5, true);
  view.setInt32(364, -8, true);
  view.setUint32(392, 1 | (1 << 24), true);
  view.setUint32(460 + 4, 65535, true);
  view.setUint32(688, (1 << 18) | (1 << 20), true);
  new Uint8Array(view.buffer).set(new TextEncoder().encode('llvmpipe'), 696);
  view.setUint32(856, 1, true);
  new Uint8Array(view.buffer).set([11, 1, 40, 2, 0, 16, 0, 8, 1, 0, 2, 0, 0x35, 0, 0, 0], 860);
  view.setUint32(1384 + 20, 77, true);
  return view;
};

const bytes = (length: number): Uint8Array => new Uint8Array(example().buffer, 0, length);

test('the whole of set 2', () => {
  const caps = decodeCapset(2, bytes(SIZE));
  expect(caps.fields).toMatchObject({
    maxVersion: 2,
    glslLevel: 450,
    maxAliasedPointSize: 63.5,
    minTexelOffset: -8,
    maxComputeGridSize: [0, 65535, 0],
    renderer: 'llvmpipe',
    maxShaderStorageBlocks: [0, 0, 0, 0, 0, 77],
  });
  expect([...caps.fields.sampler]).toEqual(['B8G8R8A8_UNORM']);
  expect([...caps.fields.render]).toEqual(['R8G8B8A8_UNORM']);
  expect(caps.capabilityBits).toEqual(['TGSI_INVARIANT', '3D_ASTC', 'RESOURCE_LAYOUT', 'V2_BIT_20']);
  expect(caps.features).toEqual(['indepBlendEnable', 'indepBlendFunc', 'transformFeedbackOverflowQuery']);
  expect(caps.primitives).toEqual(['TRIANGLES', 'PATCHES']);
  expect(caps.fields.videoCaps).toEqual([
    {
      profile: 11,
      entrypoint: 1,
      maxLevel: 40,
      stackedFrames: 2,
      maxWidth: 4096,
      maxHeight: 2048,
      preferedFormat: 1,
      maxMacroblocks: 2,
      npotTexture: 1,
      supportsProgressive: 0,
      supportsInterlaced: 1,
      prefersInterlaced: 0,
      maxTemporalLayers: 3,
    },
  ]);
});

test.each(Object.entries(CAPSET_V2_SIZES))('set 2 of release %s has %i bytes', (release, size) => {
  const { fields, sizeBytes } = decodeCapset(2, bytes(size));
  expect(sizeBytes).toBe(size);
  const releases = Object.keys(CAPSET_V2_SIZES);
  const table: Record<string, CapsetField> = { ...CAPSET_V1_FIELDS, ...CAPSET_V2_FIELDS };
  const present = Object.keys(table).filter(
    (name) => releases.indexOf(table[name]?.since ?? '') <= releases.indexOf(release),
  );
  expect(Object.keys(fields)).toEqual(present);
});

test('set 1 has only its own fields, and reads at any offset', () => {
  const shifted = new Uint8Array(309);
  shifted.set(bytes(308), 1);
  const { fields, capabilityBits } = decodeCapset(1, shifted.subarray(1));
  expect(Object.keys(fields)).toEqual(Object.keys(CAPSET_V1_FIELDS));
  expect(fields.glslLevel).toBe(450);
  expect(capabilityBits).toEqual([]);
});

test('the tables leave no gap', () => {
  let end = 0;
  for (const { offset, type, count } of [
    ...Object.values(CAPSET_V1_FIELDS),
    ...Object.values(CAPSET_V2_FIELDS),
  ]) {
    expect(offset).toBe(end);
    end += type === 'formats' ? 64 : type === 'videoCaps' ? 16 * count : type === 'text' ? count : 4 * count;
  }
  expect(end).toBe(SIZE);
});

test('what can not be read is refused', () => {
  expect(() => decodeCapset(4, bytes(SIZE))).toThrow('decodeCapset: expected 1 or 2 for id but received 4');
  expect(() => decodeCapset(2, bytes(307))).toThrow(VirglError);
  expect(() => decodeCapset(2, [] as never)).toThrow('a Uint8Array');
});
