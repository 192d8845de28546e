// The format table and the layouts that follow from its names.

import {
  Format,
  FORMAT_ALIASES,
  formatLayout,
  formatName,
  VirglError,
  type FormatName,
} from '../../lib/protocol';

const shape = (name: FormatName): number[] => {
  const { blockWidth, blockHeight, blockDepth, blockBytes } = formatLayout(Format[name]);
  return [blockWidth, blockHeight, blockDepth, blockBytes];
};

test('numbers are unique and have names', () => {
  const numbers = Object.values(Format);
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const [name, number] of Object.entries(Format)) expect(formatName(number)).toBe(name);
  expect(formatName(73)).toBeUndefined();
  expect(Math.max(...numbers)).toBe(480);
  expect(Format[FORMAT_ALIASES.NV12]).toBe(166);
});

test.each<[FormatName, number[]]>([
  ['R8_UNORM', [1, 1, 1, 1]],
  ['B8G8R8A8_UNORM', [1, 1, 1, 4]],
  ['B5G6R5_UNORM', [1, 1, 1, 2]],
  ['R9G9B9E5_FLOAT', [1, 1, 1, 4]],
  ['R11G11B10_FLOAT', [1, 1, 1, 4]],
  ['R32G32B32_FLOAT', [1, 1, 1, 12]],
  ['R64G64B64A64_FLOAT', [1, 1, 1, 32]],
  ['L8A8_SRGB', [1, 1, 1, 2]],
  ['Z16_UNORM', [1, 1, 1, 2]],
  ['Z24_UNORM_S8_UINT', [1, 1, 1, 4]],
  ['X24S8_UINT', [1, 1, 1, 4]],
  ['Z32_FLOAT_S8X24_UINT', [1, 1, 1, 8]],
  ['X32_S8X24_UINT', [1, 1, 1, 8]],
  ['S8_UINT', [1, 1, 1, 1]],
  ['DXT1_RGB', [4, 4, 1, 8]],
  ['DXT5_SRGBA', [4, 4, 1, 16]],
  ['RGTC1_SNORM', [4, 4, 1, 8]],
  ['LATC2_UNORM', [4, 4, 1, 16]],
  ['BPTC_RGB_UFLOAT', [4, 4, 1, 16]],
  ['ETC2_RGB8A1', [4, 4, 1, 8]],
  ['ETC2_SRGBA8', [4, 4, 1, 16]],
  ['ETC2_R11_SNORM', [4, 4, 1, 8]],
  ['ETC2_RG11_UNORM', [4, 4, 1, 16]],
  ['ASTC_10x5_SRGB', [10, 5, 1, 16]],
  ['ASTC_6x5x5', [6, 5, 5, 16]],
  ['FXT1_RGBA', [8, 4, 1, 16]],
  ['U8Y8V8Y8_422_UNORM', [2, 1, 1, 4]],
  ['R8G8_B8G8_422_UNORM', [2, 1, 1, 4]],
  ['Y16U16Y16V16_422_UNORM', [2, 1, 1, 8]],
  ['A8Y8U8V8_444_UNORM', [1, 1, 1, 4]],
])('%s lies in blocks of %j', (name, expected) => {
  expect(shape(name)).toEqual(expected);
});

test('channels count from the lowest bit', () => {
  expect(formatLayout(Format.B5G6R5_UNORM).channels).toEqual([
    { name: 'B', bits: 5, offsetBits: 0 },
    { name: 'G', bits: 6, offsetBits: 5 },
    { name: 'R', bits: 5, offsetBits: 11 },
  ]);
  expect(formatLayout(Format.Z24_UNORM_S8_UINT).channels[1]).toEqual({ name: 'S', bits: 8, offsetBits: 24 });
});

test('only NONE, R1_UNORM and planar or packed video formats have no layout', () => {
  for (const [name, number] of Object.entries(Format)) {
    const plain =
      !/^(NONE|R1_UNORM)$|\d_[A-Z]\d.*_4\d\d_|_420_/.test(name) ||
      /^([A-Z]\d){2}_([A-Z]\d){2}_422/.test(name);
    if (plain) expect(formatLayout(number).blockBytes).toBeGreaterThan(0);
    else expect(() => formatLayout(number)).toThrow(VirglError);
  }
  expect(() => formatLayout(Format.Y8_U8V8_420_UNORM)).toThrow(
    'formatLayout: Y8_U8V8_420_UNORM has no plain layout in memory',
  );
  expect(() => formatLayout(9999)).toThrow('expected a format number but received 9999');
});
