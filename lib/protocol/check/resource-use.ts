// Checks of commands against the resources that they name, where the caller tells what those are.
// Facts: vrend_renderer.c `check_transfer_bounds`, `check_iov_bounds`, `resource_contains_box`.

import { Bind, TextureTarget } from '../enums';
import { formatLayout, type FormatLayout } from '../format-layout';
import { formatName } from '../formats';
import { hasRelease } from './releases';
import { nameOf, numberAt, type Check, type CheckResource, type Site } from './site';

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

// Before 1.0, hosts take layers for signed numbers and only see the upper end.
const passesUnchecked = ({ z, d }: Box, { layers }: Level, isVolume: boolean): boolean => {
  const [first, count] = [z | 0, d | 0];
  const isHigh = count > layers || first > layers || ((first + count) | 0) > layers;
  return !isHigh && !(isVolume && count < 0);
};

const checkTransfer: Check = (site) => {
  const resource = resourceAt(site, 'resource');
  if (resource === undefined) return;
  const box = site.values['box'] as Box;
  const level = levelOf(resource, numberAt(site.values, 'level'));
  const isFlat = overflows({ ...box, z: 0, d: 1 }, level).length === 0;
  const isUnchecked =
    isFlat &&
    numberAt(site.values, 'level') <= (resource.lastLevel ?? 0) &&
    !hasRelease(site.settings.release, '1.0') &&
    passesUnchecked(box, level, resource.target === TextureTarget.TEXTURE_3D);
  checkBox(site, resource, { level: 'level', box, field: 'box' }, !isUnchecked);
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

interface Layout {
  readonly stride: number;
  readonly layerStride: number;
  /** Bytes that the box takes. */
  readonly bytes: number;
}

// How the box of a transfer lies in memory; nothing for strides that are too short, and for planar formats.
const transferLayout = (site: Site, resource: CheckResource, box: Box): Layout | undefined => {
  const { values, report } = site;
  const layout = layoutOrNone(resource.format);
  if (layout === undefined) return undefined;
  const { blockWidth, blockHeight, blockBytes } = layout;
  const rowBytes = (width: number): number => Math.ceil(width / blockWidth) * blockBytes;
  const rows = (height: number): number => Math.ceil(height / blockHeight);
  const level = levelOf(resource, numberAt(values, 'level'));
  const stride = numberAt(values, 'stride') || rowBytes(level.width);
  if (stride < rowBytes(box.w)) {
    report('stride', `expected at least ${rowBytes(box.w)} bytes per row but found ${stride}`, 'stride');
    return undefined;
  }
  const layerStride = numberAt(values, 'layerStride') || rows(level.height) * stride;
  if (layerStride < rows(box.h) * stride) {
    const message = `expected at least ${rows(box.h) * stride} bytes per layer but found ${layerStride}`;
    report('stride', message, 'layerStride');
    return undefined;
  }
  const [w, h, d] = [box.w, box.h, box.d].map((size) => Math.max(1, size)) as [number, number, number];
  return { stride, layerStride, bytes: (d - 1) * layerStride + (rows(h) - 1) * stride + rowBytes(w) };
};

// Of a box that lies inside of its level; others are told already.
const fittingLayout = (site: Site, resource: CheckResource): Layout | undefined => {
  const box = site.values['box'] as Box;
  const level = numberAt(site.values, 'level');
  const fits = level <= (resource.lastLevel ?? 0) && overflows(box, levelOf(resource, level)).length === 0;
  return fits ? transferLayout(site, resource, box) : undefined;
};

const checkInlineData: Check = (site) => {
  const resource = resourceAt(site, 'resource');
  const needed = resource && fittingLayout(site, resource)?.bytes;
  const { byteLength } = site.values['data'] as Uint32Array;
  if (needed === undefined || needed <= byteLength) return;
  site.report('data-length', `expected at least ${needed} bytes for the box but found ${byteLength}`, 'data');
};

// What is moved to or from the memory that is attached to a resource.
const checkBacking =
  (memoryOf: string, offsetField: string): Check =>
  (site) => {
    const { values, report } = site;
    const memory = resourceAt(site, memoryOf)?.backingBytes;
    if (memory === 0) return report('backing', 'expected a resource with memory attached to it', memoryOf);
    const resource = resourceAt(site, 'resource');
    const needed = resource && fittingLayout(site, resource)?.bytes;
    if (memory === undefined || needed === undefined) return;
    const offset = numberAt(values, offsetField);
    if (offset + needed <= memory) return;
    const message = `expected ${needed} bytes at ${offset} inside of the ${memory} that are attached`;
    report('backing', message, offsetField);
  };

const MEMORY_INFO_BYTES = 24;

const checkMemoryInfo: Check = (site) => {
  const bytes = resourceAt(site, 'resource')?.backingBytes ?? MEMORY_INFO_BYTES;
  if (bytes >= MEMORY_INFO_BYTES) return;
  const message = `expected ${MEMORY_INFO_BYTES} bytes of attached memory but found ${bytes}`;
  site.report('backing', message, 'resource');
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
  // Copies between formats of other block sizes scale the box; only its corner is certain. Buffers are bytes.
  const isBuffer = (resource?: CheckResource): boolean => resource?.target === TextureTarget.BUFFER;
  const sameBlocks = source?.format === destination.format || (isBuffer(source) && isBuffer(destination));
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

const checkRange = (
  { report }: Site,
  fields: readonly [string, string],
  range: readonly [number, number],
  most: number,
): void => {
  const [first, last] = range;
  const what = `expected a range from 0 to ${most} but found ${first} to ${last}`;
  if (first > most) report('view-range', what, fields[0]);
  else if (last > most) report('view-range', what, fields[1]);
};

// Levels and layers of a view of a texture. Views of buffers hold as many elements as GL takes.
const checkView: Check = (site) => {
  const { values } = site;
  const resource = resourceAt(site, 'resource');
  if (resource === undefined || resource.target === TextureTarget.BUFFER) return;
  const lastLevel = resource.lastLevel ?? 0;
  const isSurface = values['level'] !== undefined;
  const levels: readonly [string, string] = isSurface ? ['level', 'level'] : ['firstLevel', 'lastLevel'];
  checkRange(site, levels, [numberAt(values, levels[0]), numberAt(values, levels[1])], lastLevel);
  const { layers } = levelOf(resource, isSurface ? Math.min(numberAt(values, 'level'), lastLevel) : 0);
  checkRange(
    site,
    ['firstLayer', 'lastLayer'],
    [numberAt(values, 'firstLayer'), numberAt(values, 'lastLayer')],
    layers - 1,
  );
};

const checkStreamoutRange: Check = (site) => {
  const { values, report } = site;
  const [offset, size] = [numberAt(values, 'bufferOffset'), numberAt(values, 'bufferSize')];
  const width = resourceAt(site, 'resource')?.width ?? Infinity;
  if (offset % 4 !== 0)
    report('streamout-range', `expected a multiple of 4 but found ${offset}`, 'bufferOffset');
  if (size === 0 || size % 4 !== 0 || offset + size > width) {
    const most = width === Infinity ? '' : ` up to ${Math.max(0, width - offset)}`;
    report('streamout-range', `expected a multiple of 4${most} but found ${size}`, 'bufferSize');
  }
};

const checkStorage: Check = ({ values, settings, report }) => {
  if (!hasRelease(settings.release, '1.0')) return;
  const buffers = (values['buffers'] ?? []) as readonly {
    offset: number;
    length: number;
    resource: number;
  }[];
  buffers.forEach(({ offset, length, resource }, index) => {
    const { target, width = 0 } = settings.resources?.get(resource) ?? {};
    if (target !== TextureTarget.BUFFER || offset + length <= width) return;
    const message = `expected a range inside of ${width} bytes but found ${length} at ${offset}`;
    report('buffer-range', message, `buffers[${index}].length`);
  });
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

// Where commands name buffers: fields, or lists of items with a field `resource`.
const BUFFERS: Readonly<Record<string, readonly string[]>> = {
  SET_VERTEX_BUFFERS: ['buffers'],
  SET_INDEX_BUFFER: ['resource'],
  SET_UNIFORM_BUFFER: ['resource'],
  SET_SHADER_BUFFERS: ['buffers'],
  SET_ATOMIC_BUFFERS: ['buffers'],
  'CREATE_OBJECT STREAMOUT_TARGET': ['resource'],
  DRAW_VBO: ['indirectResource', 'indirectDrawCountResource'],
  LAUNCH_GRID: ['indirectResource'],
  GET_QUERY_RESULT_QBO: ['resource'],
};

/** Whether what is used as a buffer is one. */
export const checkBuffers: Check = ({ command, values, settings, report }) => {
  const check = (id: number, path: string): void => {
    const { target, bind } = settings.resources?.get(id) ?? {};
    if ((target ?? TextureTarget.BUFFER) !== TextureTarget.BUFFER)
      report('resource-target', `expected a buffer but ${id} is a texture`, path);
    else if (bind === Bind.CUSTOM || bind === Bind.STAGING)
      report('resource-target', `expected a buffer of GL but ${id} has bind CUSTOM or STAGING`, path);
  };
  for (const field of BUFFERS[nameOf(command)] ?? []) {
    const value = values[field];
    if (typeof value === 'number') check(value, field);
    (Array.isArray(value) ? (value as { resource: number }[]) : []).forEach(({ resource }, index) => {
      check(resource, `${field}[${index}].resource`);
    });
  }
};

/** Checks by full name of the command; only called when the resources are known. */
export const RESOURCE_CHECKS: Readonly<Record<string, readonly Check[]>> = {
  RESOURCE_INLINE_WRITE: [checkTransfer, checkInlineData],
  TRANSFER3D: [checkTransfer, checkBacking('resource', 'offset')],
  COPY_TRANSFER3D: [checkTransfer, checkBacking('stagingResource', 'stagingOffset')],
  GET_MEMORY_INFO: [checkMemoryInfo],
  SET_SHADER_BUFFERS: [checkStorage],
  CLEAR_TEXTURE: [checkClear],
  RESOURCE_COPY_REGION: [checkCopy],
  BLIT: [checkBlit],
  'CREATE_OBJECT QUERY': [checkQueryBuffer],
  'CREATE_OBJECT SURFACE': [checkView],
  'CREATE_OBJECT MSAA_SURFACE': [checkView],
  'CREATE_OBJECT SAMPLER_VIEW': [checkView],
  'CREATE_OBJECT STREAMOUT_TARGET': [checkStreamoutRange],
};
