// The pointer as a tablet: places are right whichever way a guest rounds, buttons are told one by one.

import fc from 'fast-check';
import { axisValue, Tablet } from '../../../lib/display/input/tablet';

const STEPS = 0x8000;

test('the pixel comes back, rounded down or to the nearest', () => {
  const place = fc
    .integer({ min: 1, max: 8192 })
    .chain((pixels) => fc.tuple(fc.integer({ min: 0, max: pixels - 1 }), fc.constant(pixels)));
  fc.assert(
    fc.property(place, ([pixel, pixels]) => {
      const value = axisValue(pixel, pixels);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(STEPS);
      expect(Math.floor((value * pixels) / STEPS)).toBe(pixel);
      expect(Math.round((value * (pixels - 1)) / (STEPS - 1))).toBe(pixel);
    }),
  );
});

test('places outside are brought in', () => {
  expect(axisValue(-5, 100)).toBe(axisValue(0, 100));
  expect(axisValue(500, 100)).toBe(axisValue(99, 100));
  expect(axisValue(5, 0)).toBe(0);
});

test('buttons that changed, and only those', () => {
  const tablet = new Tablet();
  const buttons = (mask: number): string =>
    tablet
      .events({ x: 0, y: 0, buttons: mask }, { width: 10, height: 10 })
      .flatMap((event) =>
        event.type === 'btn' ? [`${event.data.down ? '+' : '-'}${event.data.button}`] : [],
      )
      .join(' ');
  expect(buttons(0b1)).toBe('+left');
  expect(buttons(0b101)).toBe('+right');
  expect(buttons(0b100)).toBe('-left');
  expect(buttons(0b11010)).toBe('+middle -right +wheel-up +wheel-down');
  expect(buttons(0b1_1110_0000)).toBe('-middle -wheel-up -wheel-down +wheel-left +wheel-right +side +extra');
});
