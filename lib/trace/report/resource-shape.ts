// The shape of a resource as the tracker knows it, of blobs too once a command has given them one.

import type { TrackedResource } from '../inspect';

/** What decides where the texels of a resource lie. */
export interface Shape {
  target: number;
  format: number;
  bind: number;
  width: number;
  height: number;
  depth: number;
  arraySize: number;
  lastLevel: number;
  nrSamples: number;
}

const TEXTURE_2D = 2;

/** The shape, or undefined for a blob without one. */
export const shapeOf = (resource: TrackedResource | undefined): Shape | undefined => {
  if (resource === undefined) return undefined;
  const from = resource.typed?.fields ?? (resource.maker === 'resourceCreate' ? resource.args : undefined);
  if (from === undefined) return undefined;
  const number = (name: string, missing: number): number => Number(from[name] ?? missing);
  return {
    target: number('target', TEXTURE_2D),
    format: number('format', 0),
    bind: number('bind', 0),
    width: number('width', 1),
    height: number('height', 1),
    depth: number('depth', 1),
    arraySize: number('arraySize', 1),
    lastLevel: number('lastLevel', 0),
    nrSamples: number('nrSamples', number('samples', 0)),
  };
};
