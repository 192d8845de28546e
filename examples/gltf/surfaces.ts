// What the surfaces of the model look like: height and colour by formulas.

/** 0 to 255 each. */
export type Rgb = readonly [number, number, number];

/** Height and colour at u, v of 0 to 1. Heights that jump make edges. */
export interface Surface {
  height(u: number, v: number): number;
  colour(u: number, v: number): Rgb;
  /** How steep a height difference of 1 from texel to texel is. */
  steepness: number;
}

const fract = (x: number): number => x - Math.floor(x);
const mix = (a: Rgb, b: Rgb, t: number): Rgb =>
  [0, 1, 2].map((i) => a[i] + (b[i] - a[i]) * t) as unknown as Rgb;
const smooth = (low: number, high: number, x: number): number => {
  const t = Math.min(1, Math.max(0, (x - low) / (high - low)));
  return t * t * (3 - 2 * t);
};
/** 0 at the edges of a cell, 1 inside. */
const cell = (u: number, v: number, edge: number): number =>
  Math.min(...[u, 1 - u, v, 1 - v].map((distance) => smooth(0, edge, distance)));
/** A number of 0 to 1 that looks like chance, the same every time. */
const noise = (x: number, y: number): number => fract(Math.sin(x * 127.1 + y * 311.7) * 43758.5453);

const tile = (u: number, v: number): number => cell(fract(u * 4), fract(v * 4), 0.08);
const brick = (u: number, v: number): [number, number] => [u * 3 + (Math.floor(v * 6) % 2) / 2, v * 6];
const bricks = (u: number, v: number): number => {
  const [x, y] = brick(u, v);
  return cell(fract(x), fract(y), 0.15);
};
const planks = (v: number): number => cell(0.5, fract(v * 5), 0.12);
const frame = (u: number, v: number): number => 1 - smooth(0.11, 0.14, Math.min(u, 1 - u, v, 1 - v));
const studs = (u: number, v: number): number =>
  1 - smooth(0.05, 0.35, Math.hypot(fract(u * 12) - 0.5, fract(v * 6) - 0.5));

/** By the name of the material. */
export const SURFACES = {
  floor: {
    height: tile,
    colour: (u, v) =>
      mix(
        [70, 70, 75],
        (Math.floor(u * 4) + Math.floor(v * 4)) % 2 ? [120, 145, 150] : [205, 200, 185],
        tile(u, v),
      ),
    steepness: 2,
  },
  bricks: {
    height: bricks,
    colour: (u, v) => {
      const [x, y] = brick(u, v).map(Math.floor);
      return mix([150, 145, 135], mix([150, 60, 45], [195, 95, 65], noise(x % 3, y)), bricks(u, v));
    },
    steepness: 4,
  },
  crate: {
    height: (u, v) => Math.max(planks(v) * 0.4, frame(u, v)),
    colour: (u, v) => {
      const grain = 0.5 + 0.5 * Math.sin(v * 90 + 3 * Math.sin(u * 9) + 6 * noise(Math.floor(v * 5), 1));
      const wood = mix([150, 100, 55], [180, 130, 80], grain);
      return mix(mix([60, 40, 25], wood, planks(v)), mix([120, 75, 40], wood, 0.3), frame(u, v));
    },
    steepness: 4,
  },
  ball: {
    height: studs,
    colour: (u, v) => mix([45, 110, 120], [225, 190, 90], smooth(0.4, 0.6, studs(u, v))),
    steepness: 3,
  },
} as const satisfies Record<string, Surface>;
