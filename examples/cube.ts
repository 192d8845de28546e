// A cube from -1 to 1 as plain triangles: what several examples draw.

import { vec3 } from 'gl-matrix';

/** Position, normal and texture coordinates. */
export const CUBE_STRIDE_BYTES = (3 + 3 + 2) * 4;
export const CUBE_VERTICES = 36;

type Axis = readonly [number, number, number];

/** Of each face: its normal, and the directions of u and of v, such that u × v = normal. */
// prettier-ignore
const FACES: readonly (readonly [Axis, Axis, Axis])[] = [
  [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
  [[-1, 0, 0], [0, 0, 1], [0, 1, 0]],
  [[0, 1, 0], [1, 0, 0], [0, 0, -1]],
  [[0, -1, 0], [1, 0, 0], [0, 0, 1]],
  [[0, 0, 1], [1, 0, 0], [0, 1, 0]],
  [[0, 0, -1], [-1, 0, 0], [0, 1, 0]],
];

/** Two triangles, counter-clockwise as seen from outside. */
// prettier-ignore
const CORNERS = [[-1, -1], [1, -1], [1, 1], [-1, -1], [1, 1], [-1, 1]] as const;

/** The vertices, interleaved. */
export const cubeVertices = (): Float32Array =>
  Float32Array.from(
    FACES.flatMap(([normal, u, v]) =>
      CORNERS.flatMap(([alongU, alongV]) => {
        const position = vec3.clone(normal);
        vec3.scaleAndAdd(position, position, u, alongU);
        vec3.scaleAndAdd(position, position, v, alongV);
        // Row 0 of a texture is its top row, so that v runs down.
        return [...position, ...normal, (alongU + 1) / 2, (1 - alongV) / 2];
      }),
    ),
  );
