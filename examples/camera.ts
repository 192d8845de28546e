// Where a scene is seen from: on a sphere around the point that is looked at.

import { vec3 } from 'gl-matrix';

/** Relative to where the example itself looks from. */
export interface Camera {
  /** Radians around the upright axis. */
  turn: number;
  /** Radians upwards. */
  tilt: number;
  /** How many times as far away. */
  distance: number;
}

/** As the example itself. */
export const STILL: Camera = { turn: 0, tilt: 0, distance: 1 };

/** Straight from above or below there is no upright picture. */
const MAX_TILT = Math.PI / 2 - 0.05;

/** Where the camera is. */
export const eyeOf = ({ turn, tilt, distance }: Camera, stillEye: vec3, lookedAt: vec3): vec3 => {
  const [x, y, z] = vec3.subtract(vec3.create(), stillEye, lookedAt);
  const radius = Math.hypot(x, y, z);
  const around = Math.atan2(x, z) + turn;
  const up = Math.min(MAX_TILT, Math.max(-MAX_TILT, Math.asin(y / radius) + tilt));
  const out = radius * distance;
  const offset = vec3.fromValues(
    out * Math.cos(up) * Math.sin(around),
    out * Math.sin(up),
    out * Math.cos(up) * Math.cos(around),
  );
  return vec3.add(offset, offset, lookedAt);
};
