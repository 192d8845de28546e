// What a display says of itself: well-formed for every size, preferred mode first, no mode larger.

import fc from 'fast-check';
import { displayEdid } from '../../lib/virtio-gpu';

const BLOCK = 128;
const MAGIC = [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];

interface Size {
  width: number;
  height: number;
}

const edid = (width: number, height: number, refreshHz = 60) =>
  displayEdid({ width, height, enabled: true, refreshHz }, 0);
const blocksOf = (bytes: Uint8Array) =>
  Array.from({ length: bytes.byteLength / BLOCK }, (_, at) => bytes.subarray(at * BLOCK, (at + 1) * BLOCK));

const detailed = (bytes: Uint8Array, at: number) => ({
  clock: bytes[at] | (bytes[at + 1] << 8),
  width: bytes[at + 2] | ((bytes[at + 4] >> 4) << 8),
  hBlank: bytes[at + 3] | ((bytes[at + 4] & 0xf) << 8),
  height: bytes[at + 5] | ((bytes[at + 7] >> 4) << 8),
  vBlank: bytes[at + 6] | ((bytes[at + 7] & 0xf) << 8),
});

const RATIOS = [10 / 16, 3 / 4, 4 / 5, 9 / 16];
const ESTABLISHED: [byte: number, bit: number, size: Size][] = [
  [35, 5, { width: 640, height: 480 }],
  [35, 0, { width: 800, height: 600 }],
  [36, 3, { width: 1024, height: 768 }],
];

/** Every mode that is told, as Linux reads them. */
const modesOf = ([first, ...others]: Uint8Array[]): Size[] => {
  const modes: Size[] = ESTABLISHED.filter(([byte, bit]) => first[byte] & (1 << bit)).map(
    ([, , size]) => size,
  );
  for (let at = 38; at < 54; at += 2) {
    if (first[at] === 1) continue;
    const width = (first[at] + 31) * 8;
    modes.push({ width, height: Math.round(width * RATIOS[first[at + 1] >> 6]) });
  }
  for (const block of others) {
    if (block[0] !== 2) continue;
    for (let at = block[2]; block[at] + block[at + 1] > 0 && at + 18 < BLOCK; at += 18) {
      const { width, height } = detailed(block, at);
      modes.push({ width, height });
    }
  }
  return modes;
};

const sizes = fc.integer({ min: 1, max: 16384 });

test('any size has blocks whose bytes add up to 0, and no mode beyond it', () => {
  fc.assert(
    fc.property(sizes, sizes, fc.integer({ min: 1, max: 500 }), (width, height, refreshHz) => {
      const bytes = edid(width, height, refreshHz);
      const blocks = blocksOf(bytes);
      expect([...bytes.subarray(0, 8)]).toEqual(MAGIC);
      expect(bytes[126]).toBe(blocks.length - 1);
      expect(bytes.byteLength % BLOCK).toBe(0);
      for (const block of blocks) expect(block.reduce((sum, byte) => sum + byte, 0) % 256).toBe(0);
      for (const mode of modesOf(blocks)) {
        expect(mode.width).toBeLessThanOrEqual(width);
        expect(mode.height).toBeLessThanOrEqual(height);
      }
    }),
    { numRuns: 200, seed: 1 },
  );
});

test.each([
  [1024, 768, 60],
  [1366, 768, 60],
  [1920, 1080, 60],
  [1920, 1080, 144],
  [2560, 1600, 60],
  [3840, 2160, 60],
  [333, 777, 60],
])('%dx%d at %d Hz is the preferred mode', (width, height, refreshHz) => {
  const found = detailed(edid(width, height, refreshHz), 54);
  expect(found).toMatchObject({ width, height });
  const refresh = (found.clock * 10_000) / ((width + found.hBlank) * (height + found.vBlank));
  expect(Math.abs(refresh - refreshHz)).toBeLessThan(refreshHz / 50);
});

test('modes are the usual ones that are smaller', () => {
  const text = (width: number, height: number) =>
    modesOf(blocksOf(edid(width, height)))
      .map((mode) => `${mode.width}x${mode.height}`)
      .join(' ');
  expect(text(1024, 768)).toBe('640x480 800x600');
  expect(text(1920, 1080)).toBe(
    '640x480 800x600 1024x768 1680x1050 1600x900 1440x900 1280x1024 1280x800 1280x720 1366x768',
  );
  expect(text(640, 480)).toBe('');
  expect(text(3840, 2160)).toContain('2560x1440');
});

test('a size that does not fit into the first block has one of its own', () => {
  const [first, , displayId] = blocksOf(edid(5120, 2880));
  expect(detailed(first, 54)).toMatchObject({ width: 3840, height: 2160 });
  const u16 = (at: number) => displayId[at] | (displayId[at + 1] << 8);
  // Tag, version, bytes of data, type and count of the section; tag, revision and bytes of the timing; preferred.
  expect([...displayId.subarray(0, 8)]).toEqual([0x70, 0x12, 23, 0, 0, 3, 0, 20]);
  expect(displayId[11] & 0x80).toBe(0x80);
  expect([u16(12) + 1, u16(20) + 1]).toEqual([5120, 2880]);
});

test('displays differ in their names', () => {
  const name = (index: number) =>
    Buffer.from(displayEdid({ width: 800, height: 600, enabled: true, refreshHz: 60 }, index)).toString(
      'latin1',
      77,
      90,
    );
  expect([name(0), name(15)]).toEqual(['virgl 1\n     ', 'virgl 16\n    ']);
});
