// Looking around a scene by mouse and keyboard.

import { Orbit } from '../../lib/cli/view/orbit';

const STILL = { turn: 0, tilt: 0, distance: 1 };

test('turns by itself until it is taken in the hand', () => {
  const orbit = new Orbit();
  expect(orbit.advance(0)).toEqual(STILL);
  expect(orbit.advance(1)?.turn).toBeCloseTo(0.5);
  orbit.pointer({ x: 10, y: 10, buttons: 1 });
  orbit.advance(0);
  expect(orbit.advance(1)).toBeUndefined();
});

test('a drag turns and tilts; a movement without the button does not', () => {
  const orbit = new Orbit();
  orbit.pointer({ x: 100, y: 100, buttons: 1 });
  orbit.pointer({ x: 50, y: 125, buttons: 1 });
  orbit.pointer({ x: 50, y: 125, buttons: 0 });
  orbit.pointer({ x: 90, y: 90, buttons: 0 });
  expect(orbit.advance(1)).toEqual({ turn: 0.4, tilt: 0.2, distance: 1 });
});

test('the wheel comes closer, but not through', () => {
  const orbit = new Orbit();
  const wheel = (bit: number): void => {
    orbit.pointer({ x: 0, y: 0, buttons: 1 << bit });
    orbit.pointer({ x: 0, y: 0, buttons: 0 });
  };
  wheel(3);
  expect(orbit.advance(0)?.distance).toBeCloseTo(0.9);
  for (let count = 0; count < 50; count += 1) wheel(3);
  expect(orbit.advance(0)?.distance).toBe(0.3);
  for (let count = 0; count < 50; count += 1) wheel(4);
  expect(orbit.advance(0)?.distance).toBe(4);
});

test('keys: arrows, Space, Home', () => {
  const orbit = new Orbit();
  orbit.key({ keysym: 0xff53, down: true });
  orbit.key({ keysym: 0xff53, down: false });
  orbit.key({ keysym: 0xff52, down: true });
  expect(orbit.advance(0)).toEqual({ turn: 0.1, tilt: 0.1, distance: 1 });
  orbit.key({ keysym: 0xff50, down: true });
  expect(orbit.advance(1)).toEqual(STILL);
  orbit.key({ keysym: 0x20, down: true });
  expect(orbit.advance(1)?.turn).toBeCloseTo(0.5);
});
