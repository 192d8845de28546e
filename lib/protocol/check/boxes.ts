// Boxes, and the levels of resources that they lie in.

import { TextureTarget } from '../enums';
import { numberAt, type CheckResource, type Site } from './site';

/** A box; of buffers, x and w count bytes. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly w: number;
  readonly h: number;
  readonly d: number;
}

/** How large a level is. */
export interface Level {
  readonly width: number;
  readonly height: number;
  readonly layers: number;
}

const minify = (size: number, level: number): number => Math.max(1, Math.floor(size / 2 ** level));

/** A level of a resource, whether it has it or not. */
export const levelOf = (resource: CheckResource, level: number): Level => ({
  width: resource.target === TextureTarget.BUFFER ? resource.width : minify(resource.width, level),
  height: minify(resource.height ?? 1, level),
  layers:
    resource.target === TextureTarget.TEXTURE_3D
      ? minify(resource.depth ?? 1, level)
      : (resource.arraySize ?? 1),
});

/** Parts of a box that do not fit; flipped boxes count as unflipped ones. */
export const overflows = (box: Box, { width, height, layers }: Level): string[] => {
  const axes = [
    ['x', box.x, box.w, width],
    ['y', box.y, box.h, height],
    ['z', box.z, box.d, layers],
  ] as const;
  return axes
    .filter(
      ([, start, size, limit]) => Math.min(start, start + size) < 0 || Math.max(start, start + size) > limit,
    )
    .map(([axis, start, size, limit]) => `${start} + ${size} of ${axis} beyond ${limit}`);
};

/** The resource that a field names, if it is known. */
export const resourceAt = ({ settings, values }: Site, field: string): CheckResource | undefined =>
  settings.resources?.get(numberAt(values, field));

const checkLevel = (site: Site, resource: CheckResource, field: string, isChecked: boolean): boolean => {
  const level = numberAt(site.values, field);
  const last = resource.lastLevel ?? 0;
  if (level <= last) return true;
  site.report(
    isChecked ? 'level' : 'box-unchecked',
    `expected a level from 0 to ${last} but found ${level}`,
    field,
  );
  return false;
};

/** Checks a level and a box in it; `isChecked` tells whether the host looks, or leaves it to the driver. */
export const checkBox = (
  site: Site,
  resource: CheckResource,
  { level, box, field }: { level: string; box: Box; field: string },
  isChecked = true,
): void => {
  if (!checkLevel(site, resource, level, isChecked)) return;
  const found = overflows(box, levelOf(resource, numberAt(site.values, level)));
  if (found.length === 0) return;
  site.report(
    isChecked ? 'box' : 'box-unchecked',
    `expected a box inside of the level but found ${found.join(', ')}`,
    field,
  );
};
