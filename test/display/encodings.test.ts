// Every encoding in every pixel format, decoded by a viewer that was written against the specification.

import { PICTURES } from './support/pictures';
import { withViewer } from './support/connect';
import { FORMATS, type TestFormat } from './support/test-format';
import { type Painter, TestPattern } from './support/test-pattern';
import type { TestViewer } from './support/test-viewer';

// A little more than a tile of any encoding.
const WIDTH = 67;
const HEIGHT = 66;
const ENCODINGS = { raw: 0, zlib: 6, zrle: 16, tight: 7, tightPng: -260 } as const;
const QUALITY_0 = -32;
/** Pixels, palettes of each size, runs: what depends on the pixel format. */
const FEW_PICTURES = ['noise', 'text', 'twelve', 'stripes'];

const expectSeen = (viewer: TestViewer, source: TestPattern): void => {
  const expected = Uint32Array.from(source.pixels, (pixel) => viewer.reader.seen(pixel & 0xffffff));
  const wrong = expected.findIndex((colour, index) => colour !== viewer.canvas.pixels[index]);
  if (wrong < 0) return;
  const { width } = source.size;
  const [x, y] = [wrong % width, Math.floor(wrong / width)];
  expect(`${x},${y} ${viewer.canvas.pixels[wrong]?.toString(16)}`).toBe(
    `${x},${y} ${expected[wrong]?.toString(16)}`,
  );
};

const kindsOf = async (
  encoding: number,
  format: TestFormat,
  painters: readonly Painter[],
): Promise<string[]> => {
  const source = new TestPattern(WIDTH, HEIGHT);
  let kinds: string[] = [];
  await withViewer(source, async ({ viewer }) => {
    viewer.setFormat(format);
    viewer.send(Buffer.of(2, 0, 0, 1, ...new Uint8Array(Int32Array.of(encoding).buffer).reverse()));
    for (const painter of painters) {
      source.paint({ x: 0, y: 0, width: WIDTH, height: HEIGHT }, painter);
      await viewer.refresh();
      expectSeen(viewer, source);
    }
    kinds = [...viewer.decoders.kinds.keys()].sort();
  });
  return kinds;
};

const KINDS: Readonly<Record<keyof typeof ENCODINGS, readonly string[]>> = {
  raw: ['raw'],
  zlib: ['zlib'],
  zrle: ['zrle packed', 'zrle palette runs', 'zrle raw', 'zrle runs', 'zrle solid'],
  tight: ['tight bits', 'tight fill', 'tight indices', 'tight pixels'],
  tightPng: ['tight fill', 'tight png'],
};

describe.each(Object.entries(ENCODINGS))('%s', (name, encoding) => {
  // PNG keeps colours that the smaller formats can't.
  const formats = Object.entries(FORMATS).filter(([, { bits }]) => bits === 32 || name !== 'tightPng');
  test.each(formats)('%s', async (formatName, format) => {
    const isAll = formatName === 'bgrx';
    const painters = isAll
      ? Object.values(PICTURES)
      : FEW_PICTURES.map((picture) => PICTURES[picture] as Painter);
    const kinds = await kindsOf(encoding, format, painters);
    if (isAll) expect(kinds).toEqual(KINDS[name as keyof typeof ENCODINGS]);
  });
});

const meanDifference = (viewer: TestViewer, source: TestPattern): number => {
  let sum = 0;
  source.pixels.forEach((pixel, index) => {
    const seen = viewer.canvas.pixels[index] as number;
    for (const shift of [0, 8, 16]) sum += Math.abs(((pixel >> shift) & 0xff) - ((seen >> shift) & 0xff));
  });
  return sum / source.pixels.length / 3;
};

test.each(['bgrx', 'rgbx', 'rgb565'])(
  'photographs go as JPEG in %s, better with a higher quality',
  async (name) => {
    const source = new TestPattern(WIDTH, HEIGHT, PICTURES.photograph);
    await withViewer(source, async ({ viewer }) => {
      viewer.setFormat(FORMATS[name] as TestFormat);
      const differences: number[] = [];
      for (const quality of [0, 5, 9]) {
        viewer.send(
          Buffer.of(2, 0, 0, 2),
          Buffer.from(Int32Array.of(7, QUALITY_0 + quality).buffer).swap32(),
        );
        await viewer.refresh();
        differences.push(meanDifference(viewer, source));
      }
      expect(viewer.decoders.kinds.has('tight jpeg')).toBe(true);
      expect(differences[0]).toBeLessThan(20);
      expect(differences[2]).toBeLessThan(1.5);
      expect([...differences].sort((a, b) => b - a)).toEqual(differences);
    });
  },
);

test('beside JPEG, drawings and flat areas stay as they are', async () => {
  const source = new TestPattern(256, 192, PICTURES.desktop);
  await withViewer(source, async ({ viewer }) => {
    viewer.send(Buffer.of(2, 0, 0, 2), Buffer.from(Int32Array.of(7, QUALITY_0).buffer).swap32());
    await viewer.refresh();
    expect(viewer.canvas.get(5, 5)).toBe(0x2d5f8b);
    expect([...viewer.decoders.kinds.keys()]).toEqual(
      expect.arrayContaining(['tight fill', 'tight jpeg', 'tight indices']),
    );
  });
});
