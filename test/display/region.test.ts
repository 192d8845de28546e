// Regions, and how pieces are split for several threads: nothing is lost, nothing is sent twice.

import fc from 'fast-check';
import { splitPieces } from '../../lib/display/encode/lanes';
import { contains, overlap, Region } from '../../lib/display/region';
import type { Rect } from 'virgl/display';

const SIDE = 40;

const rects = fc.array(
  fc
    .record({
      x: fc.nat(SIDE - 1),
      y: fc.nat(SIDE - 1),
      width: fc.integer({ min: 1, max: SIDE }),
      height: fc.integer({ min: 1, max: SIDE }),
    })
    .map(({ x, y, width, height }) => ({
      x,
      y,
      width: Math.min(width, SIDE - x),
      height: Math.min(height, SIDE - y),
    })),
  { maxLength: 60 },
);

const pixelsOf = (list: readonly Rect[]): Set<number> => {
  const pixels = new Set<number>();
  for (const { x, y, width, height } of list)
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) pixels.add(row * SIDE + column);
  return pixels;
};

const areDisjoint = (list: readonly Rect[]): boolean =>
  list.every((a, index) => list.slice(index + 1).every((b) => !overlap(a, b)));

test('a region covers what was added, in few rectangles that do not overlap', () => {
  fc.assert(
    fc.property(rects, (added) => {
      const region = new Region(added);
      expect(region.rects.length).toBeLessThanOrEqual(24);
      expect(areDisjoint(region.rects)).toBe(true);
      const covered = pixelsOf(region.rects);
      expect([...pixelsOf(added)].every((pixel) => covered.has(pixel))).toBe(true);
    }),
  );
});

test('a few rectangles are covered exactly', () => {
  fc.assert(
    fc.property(rects, (added) => {
      const few = added.slice(0, 3);
      expect(pixelsOf(new Region(few).rects)).toEqual(pixelsOf(few));
    }),
  );
});

test('what is taken out is not in it any more; what is left is', () => {
  fc.assert(
    fc.property(rects, rects, (added, removed) => {
      const few = added.slice(0, 2);
      const hole = removed[0];
      if (hole === undefined) return;
      const region = new Region(few);
      region.remove(hole);
      const left = pixelsOf(few);
      for (const pixel of pixelsOf([hole])) left.delete(pixel);
      expect(pixelsOf(region.rects)).toEqual(left);
      expect(new Region(few).within(hole).rects.every((rect) => contains(hole, rect))).toBe(true);
    }),
  );
});

test('pieces are split into equal parts', () => {
  const pieces = [
    { rect: { x: 0, y: 0, width: 1920, height: 700 }, offsetBytes: 0, strideBytes: 7680 },
    { rect: { x: 0, y: 700, width: 500, height: 380 }, offsetBytes: 7680 * 700, strideBytes: 2000 },
  ];
  for (const lanes of [1, 2, 3, 4]) {
    const parts = splitPieces(pieces, lanes);
    expect(parts).toHaveLength(lanes);
    const rows = parts.flat().map(({ rect, offsetBytes, strideBytes }) => {
      const whole = rect.y < 700 ? pieces[0] : pieces[1];
      expect(offsetBytes).toBe((whole?.offsetBytes ?? 0) + (rect.y - (whole?.rect.y ?? 0)) * strideBytes);
      return rect.height * rect.width;
    });
    expect(rows.reduce((sum, count) => sum + count, 0)).toBe(1920 * 700 + 500 * 380);
    expect(areDisjoint(parts.flat().map(({ rect }) => rect))).toBe(true);
  }
});
