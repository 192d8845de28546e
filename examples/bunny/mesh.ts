// The Stanford bunny as interleaved vertices with computed normals.

import bunny from 'bunny';
import { vec3 } from 'gl-matrix';

/** Floats per vertex: position and normal. */
export const FLOATS_PER_VERTEX = 6;

/** A mesh ready for vertex and index buffers. */
export interface Mesh {
  /** x, y, z, then the normal, for each vertex. */
  vertices: Float32Array;
  /** Three per triangle. */
  indices: Uint16Array;
  centre: vec3;
  /** Of the sphere around the centre that holds the mesh. */
  radius: number;
}

// The sum of the normals of a vertex's triangles, each weighted by its area (which the cross product has in it).
const computeNormals = (): vec3[] => {
  const normals = bunny.positions.map(() => vec3.create());
  for (const [a, b, c] of bunny.cells) {
    const [pa, pb, pc] = [bunny.positions[a], bunny.positions[b], bunny.positions[c]];
    const face = vec3.cross(vec3.create(), vec3.sub(vec3.create(), pb, pa), vec3.sub(vec3.create(), pc, pa));
    for (const vertex of [a, b, c]) vec3.add(normals[vertex], normals[vertex], face);
  }
  return normals.map((normal) => vec3.normalize(normal, normal));
};

/** Loads the mesh. */
export const loadBunny = (): Mesh => {
  const normals = computeNormals();
  const low = bunny.positions.reduce(
    (corner, point) => vec3.min(corner, corner, point),
    vec3.fromValues(1e9, 1e9, 1e9),
  );
  const high = bunny.positions.reduce(
    (corner, point) => vec3.max(corner, corner, point),
    vec3.fromValues(-1e9, -1e9, -1e9),
  );
  return {
    vertices: Float32Array.from(bunny.positions.flatMap((position, i) => [...position, ...normals[i]])),
    indices: Uint16Array.from(bunny.cells.flat()),
    centre: vec3.lerp(vec3.create(), low, high, 0.5),
    radius: vec3.distance(low, high) / 2,
  };
};
