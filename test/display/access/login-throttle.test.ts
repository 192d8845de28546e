// Guessing is slow: for one address, for a network of IPv6, and for everybody together.

import { LoginThrottle } from '../../../lib/display/access/login-throttle';

const MINUTE = 60_000;

const throttled = () => {
  const clock = { now: 1_000_000 };
  return { clock, throttle: new LoginThrottle({ now: () => clock.now }) };
};

test('three wrong answers are free, then each wait is twice as long', () => {
  const { clock, throttle } = throttled();
  const waits: number[] = [];
  for (let count = 0; count < 12; count += 1) {
    throttle.failed('10.0.0.1');
    waits.push(throttle.waitMs('10.0.0.1'));
    clock.now += MINUTE;
  }
  expect(waits).toEqual([
    0,
    0,
    1000,
    2000,
    4000,
    8000,
    16_000,
    32_000,
    ...Array.from({ length: 4 }, () => MINUTE),
  ]);
});

test('others do not wait', () => {
  const { throttle } = throttled();
  for (let count = 0; count < 5; count += 1) throttle.failed('10.0.0.1');
  expect(throttle.waitMs('10.0.0.2')).toBe(0);
});

test('a right answer, or time, makes up for wrong ones', () => {
  const { clock, throttle } = throttled();
  for (let count = 0; count < 5; count += 1) throttle.failed('10.0.0.1');
  throttle.succeeded('10.0.0.1');
  expect(throttle.waitMs('10.0.0.1')).toBe(0);
  for (let count = 0; count < 5; count += 1) throttle.failed('10.0.0.1');
  clock.now += 16 * MINUTE;
  expect(throttle.waitMs('10.0.0.1')).toBe(0);
});

test('a network of IPv6 is one', () => {
  const { throttle } = throttled();
  for (let count = 0; count < 5; count += 1) throttle.failed(`2001:db8:1:2::${count}`);
  expect(throttle.waitMs('2001:db8:1:2:ffff::1')).toBeGreaterThan(0);
  expect(throttle.waitMs('2001:db8:1:3::1')).toBe(0);
});

test('everybody together has a limit', () => {
  const { clock, throttle } = throttled();
  for (let count = 0; count < 30; count += 1) throttle.failed(`10.0.${count}.1`);
  expect(throttle.waitMs('10.1.0.1')).toBe(MINUTE);
  clock.now += MINUTE;
  expect(throttle.waitMs('10.1.0.1')).toBe(0);
});
