// Pictures of every kind that encoders treat differently. Seeded: the same every time.

import type { Painter } from './test-pattern';

/** Mulberry32: numbers from 0 to 1. */
export const randomNumbers = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const byte = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
const rgb = (red: number, green: number, blue: number): number =>
  (byte(red) << 16) | (byte(green) << 8) | byte(blue);

/** A number from a place: noise that is the same whichever order pixels are painted in. */
const hash = (x: number, y: number): number => {
  let mixed = Math.imul(x + 1, 0x27d4eb2d) ^ Math.imul(y + 1, 0x165667b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
};

/** Soft shapes with a little noise. */
const photograph: Painter = (x, y) => {
  const noise = (hash(x, y) & 7) - 4;
  return rgb(
    128 + 100 * Math.sin(x / 37 + y / 91) + noise,
    128 + 90 * Math.sin(x / 57 - y / 31) + noise,
    128 + 80 * Math.cos((x * y) / 15000) + noise,
  );
};

const INK = 0x202020;
const PAPER = 0xfffff0;

/** Strokes of ink on paper, in lines. */
const text: Painter = (x, y) => {
  const isLine = y % 16 > 3 && y % 16 < 13;
  const letter = hash(x >> 3, y >> 4);
  return isLine && x % 8 < 6 && (letter >> ((x % 5) + (y % 7))) & 1 ? INK : PAPER;
};

/** The pictures by name. */
export const PICTURES: Readonly<Record<string, Painter>> = {
  noise: (x, y) => hash(x, y) & 0xffffff,
  flat: () => 0x336699,
  text,
  photograph,
  twelve: (x, y) =>
    [0, 0xff, 0xff00, 0xff0000, 0xffff, 0xff00ff, 0xffff00, 0xffffff, 1, 2, 3, 4][
      hash(x >> 2, y) % 12
    ] as number,
  ninety: (x, y) => ((hash(x >> 1, y >> 1) % 90) * 0x020201) & 0xffffff,
  stripes: (x, y) => hash(x >> 3, y) & 0xffffff,
  desktop: (x, y) => {
    if (x > 20 && x < 90 && y > 15 && y < 80) return text(x, y);
    if (x > 110 && x < 180 && y > 40) return photograph(x, y);
    return 0x2d5f8b;
  },
};
