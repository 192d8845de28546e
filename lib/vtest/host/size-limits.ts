// Textures that are too large for the server's GL: found here, because a server has only one way to say so, which ends the
// connection.

import { type CapsetFields, decodeCapset, TextureTarget } from '../../protocol';
import type { CreateArgs } from './resource';

/** Longest sides that the server's GL takes; 0 where it does not tell. */
export type SizeLimits = Pick<
  CapsetFields,
  'maxTexture2dSize' | 'maxTexture3dSize' | 'maxTextureCubeSize' | 'maxTextureArrayLayers'
>;

const VIRGL2 = 2;
/** Layers that any GL has: the faces of a cube. */
const FACES = 6;
const NO_LIMITS: SizeLimits = { maxTextureArrayLayers: 0 };

/** The limits that a capability set tells; none if it can't be read. */
export const sizeLimitsOf = (caps: Uint8Array | undefined): SizeLimits => {
  if (caps === undefined) return NO_LIMITS;
  try {
    return decodeCapset(VIRGL2, caps).fields;
  } catch {
    return NO_LIMITS;
  }
};

const { BUFFER, TEXTURE_3D, TEXTURE_CUBE, TEXTURE_CUBE_ARRAY } = TextureTarget;

const longestSide = (target: number, limits: SizeLimits): number | undefined => {
  if (target === TEXTURE_3D) return limits.maxTexture3dSize;
  if (target === TEXTURE_CUBE || target === TEXTURE_CUBE_ARRAY) return limits.maxTextureCubeSize;
  return limits.maxTexture2dSize;
};

/** What is too large about a resource; undefined if nothing is, as far as is known. */
export const sizeFault = (
  { target, width, height, depth, arraySize }: CreateArgs,
  limits: SizeLimits,
): string | undefined => {
  if (target === BUFFER) return undefined;
  const most = longestSide(target, limits) || Infinity;
  const mostLayers = limits.maxTextureArrayLayers || Infinity;
  const sides = [
    ['width', width, most],
    ['height', height, most],
    ['depth', depth, most],
    ['arraySize', arraySize, Math.max(mostLayers, FACES)],
  ] as const;
  const side = sides.find(([, size, limit]) => size > limit);
  return side && `${side[0]}: expected at most ${side[2]}, which the server's GL takes, but found ${side[1]}`;
};
