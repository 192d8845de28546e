// Checks of commands against the resources that they name, where the caller tells what those are.
// Facts: vrend_renderer.c `check_transfer_bounds`, `check_iov_bounds`, `resource_contains_box`.

import { Bind, TextureTarget } from '../enums';
import { formatLayout, type FormatLayout } from '../format-layout';
import { formatName } from '../formats';
import { hasRelease } from './releases';
import { numberAt, type Check, type CheckResource, type Site, type Values } from './site';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly w: number;
  readonly h: number;
  readonly d: number;
}

interface Level {
  readonly width: number;
  readonly height: number;
  readonly layers: number;
}

const minify = (size: number, level: number): number => Math.max(1, Math.floor(size / 2 ** level));

const levelOf = (resource: CheckResource, level: number): Level => ({
  width: resource.target === TextureTarget.BUFFER ? resource.width : minify(resource.width, level),
  height: minify(resource.height ?? 1, level),
  layers:
    resource.target === TextureTarget.TEXTURE_3D
      ? minify(resource.depth ?? 1, level)
      : (resource.arraySize ?? 1),
});

// Parts of a box that do not fit; flipped boxes count as unflipped ones.
const overflows = (box: Box, { width, height, layers }: Level): string[] => {
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

const resourceAt = ({ settings, values }: Site, field: string): CheckResource | undefined =>
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

const checkBox = (
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

const checkTransfer: Check = (site) => {
  const resource = resourceAt(site, 'resource');
  if (resource) checkBox(site, resource, { level: 'level', box: site.values['box'] as Box, field: 'box' });
};

const checkClear: Check = (site) => {
  const resource = resourceAt(site, 'resource');
  if (resource)
    checkBox(site, resource, { level: 'level', box: site.values['box'] as Box, field: 'box' }, false);
};

const layoutOrNone = (format: number): FormatLayout | undefined => {
  if (formatName(format) === undefined || format === 0) return undefined;
  try {
    return formatLayout(format);
  } catch {
    return undefined; // planar formats have none
  }
};

// Bytes that a box takes in the layout of a transfer.
const bytesOf = (resource: CheckResource, values: Values, box: Box): number | undefined => {
  if (resource.target === TextureTarget.BUFFER) return box.w;
  const layout = layoutOrNone(resource.format);
  if (layout === undefined) return undefined;
  const { blockWidth, blockHeight, blockBytes } = layout;
  const level = levelOf(resource, numberAt(values, 'level'));
  const row = Math.ceil(box.w / blockWidth) * blockBytes;
  const rows = Math.ceil(box.h / blockHeight);
  const stride = numberAt(values, 'stride') || Math.ceil(level.width / blockWidth) * blockBytes;
  const layerStride = numberAt(values, 'layerStride') || Math.ceil(level.height / blockHeight) * stride;
  return Math.max(0, box.d - 1) * layerStride + Math.max(0, rows - 1) * stride + row;
};

const checkInlineData: Check = (site) => {
  const resource = resourceAt(site, 'resource');
  const box = site.values['box'] as Box;
  const needed = resource && bytesOf(resource, site.values, box);
  const { byteLength } = site.values['data'] as Uint32Array;
  if (needed === undefined || needed <= byteLength) return;
  site.report('data-length', `expected at least ${needed} bytes for the box but found ${byteLength}`, 'data');
};

const checkCopy: Check = (site) => {
  const { values, settings } = site;
  const source = resourceAt(site, 'srcResource');
  const destination = resourceAt(site, 'dstResource');
  const box = values['srcBox'] as Box;
  const isChecked = hasRelease(settings.release, '1.0');
  if (source) checkBox(site, source, { level: 'srcLevel', box, field: 'srcBox' }, isChecked);
  if (!destination) return;
  const [x, y, z] = [numberAt(values, 'dstX'), numberAt(values, 'dstY'), numberAt(values, 'dstZ')];
  // Copies between formats of other block sizes scale the box; only its corner is certain.
  const sameBlocks = source?.format === destination.format;
  const size = sameBlocks ? { w: box.w, h: box.h, d: box.d } : { w: 0, h: 0, d: 0 };
  checkBox(site, destination, { level: 'dstLevel', box: { x, y, z, ...size }, field: 'dstX' }, isChecked);
};

// Only slices and layers are checked by hosts; GL clips the rest.
const checkBlit: Check = (site) => {
  const isChecked = hasRelease(site.settings.release, '1.0');
  for (const side of ['src', 'dst'] as const) {
    const resource = resourceAt(site, `${side}Resource`);
    if (!resource) continue;
    const { z, d } = site.values[`${side}Box`] as Box;
    const box = { x: 0, y: 0, z, w: 0, h: 0, d };
    checkBox(site, resource, { level: `${side}Level`, box, field: `${side}Box` }, isChecked);
  }
};

const checkQueryBuffer: Check = (site) => {
  const resource = resourceAt(site, 'resource');
  if (resource === undefined) return;
  if (resource.target !== TextureTarget.BUFFER) {
    site.report('resource-kind', 'expected a buffer for the result of a query', 'resource');
  } else if (resource.bind !== undefined && resource.bind !== Bind.CUSTOM) {
    site.report(
      'resource-kind',
      `expected a buffer with bind CUSTOM but found 0x${resource.bind.toString(16)}`,
      'resource',
    );
  }
};

/** Checks by full name of the command; only called when the resources are known. */
export const RESOURCE_CHECKS: Readonly<Record<string, readonly Check[]>> = {
  RESOURCE_INLINE_WRITE: [checkTransfer, checkInlineData],
  TRANSFER3D: [checkTransfer],
  COPY_TRANSFER3D: [checkTransfer],
  CLEAR_TEXTURE: [checkClear],
  RESOURCE_COPY_REGION: [checkCopy],
  BLIT: [checkBlit],
  'CREATE_OBJECT QUERY': [checkQueryBuffer],
};
