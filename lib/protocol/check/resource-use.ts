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

// Targets that a texture can be seen as beside its own, as in ARB_texture_view.
const { TEXTURE_1D, TEXTURE_2D, TEXTURE_CUBE, TEXTURE_1D_ARRAY, TEXTURE_2D_ARRAY, TEXTURE_CUBE_ARRAY } =
  TextureTarget;
const LAYERED: readonly number[] = [TEXTURE_2D, TEXTURE_2D_ARRAY, TEXTURE_CUBE, TEXTURE_CUBE_ARRAY];
const TARGETS_OF: Readonly<Record<number, readonly number[]>> = {
  [TEXTURE_1D]: [TEXTURE_1D_ARRAY],
  [TEXTURE_1D_ARRAY]: [TEXTURE_1D],
  [TEXTURE_2D]: [TEXTURE_2D_ARRAY],
  [TEXTURE_2D_ARRAY]: LAYERED,
  [TEXTURE_CUBE]: LAYERED,
  [TEXTURE_CUBE_ARRAY]: LAYERED,
};

const isDepthOrStencil = ({ channels }: FormatLayout): boolean =>
  channels.some(({ name }) => name === 'Z' || name === 'S');

// Whether texels of one format can be read as those of the other, as far as their layouts tell.
const isViewable = (from: FormatLayout, to: FormatLayout): boolean =>
  from.blockBytes === to.blockBytes && isDepthOrStencil(from) === isDepthOrStencil(to);

const checkFormatOfView = (site: Site, resource: CheckResource, field: string): void => {
  const [own, view] = [resource.format, numberAt(site.values, field)].map(layoutOrNone);
  if (own === undefined || view === undefined || isViewable(own, view)) return;
  site.report('view-kind', `expected a format that ${own.name} can be seen as but found ${view.name}`, field);
};

const checkTargetOfView = ({ values, report }: Site, resource: CheckResource): void => {
  const target = numberAt(values, 'target');
  // 0 stands for the target of the resource.
  if (target === 0 || target === resource.target || TARGETS_OF[resource.target]?.includes(target)) return;
  report(
    'view-kind',
    `expected a target that ${resource.target} can be seen as but found ${target}`,
    'target',
  );
};

const ELEMENT_DWORDS = [4, 5] as const;

// Elements of a view of a buffer: two dwords that the decoder, who does not know the resource, may take for layers and
// levels.
const checkElements = (site: Site, resource: CheckResource): void => {
  const layout = layoutOrNone(numberAt(site.values, 'format'));
  if (layout === undefined) return;
  const last = Math.floor(resource.width / layout.blockBytes) - 1;
  const { payload } = site.command;
  const range = [payload[ELEMENT_DWORDS[0] - 1] ?? 0, payload[ELEMENT_DWORDS[1] - 1] ?? 0] as const;
  checkRange(site, ['firstElement', 'lastElement'], range, last);
};

// Format, target, levels and layers of a view of a texture.
const checkView: Check = (site) => {
  const { values } = site;
  const resource = resourceAt(site, 'resource');
  if (resource === undefined) return;
  if (resource.target === TextureTarget.BUFFER) return checkElements(site, resource);
  checkFormatOfView(site, resource, 'format');
  checkTargetOfView(site, resource);
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

// Only slices and layers are checked by hosts; GL clips the rest.
const checkBlit: Check = (site) => {
  const isChecked = hasRelease(site.settings.release, '1.0');
  for (const side of ['src', 'dst'] as const) {
    const resource = resourceAt(site, `${side}Resource`);
    if (!resource) continue;
    if (resource.target === TextureTarget.BUFFER) {
      site.report('resource-target', 'expected a texture but found a buffer', `${side}Resource`);
      continue;
    }
    const { z, d } = site.values[`${side}Box`] as Box;
    const box = { x: 0, y: 0, z, w: 0, h: 0, d };
    checkBox(site, resource, { level: `${side}Level`, box, field: `${side}Box` }, isChecked);
    checkFormatOfView(site, resource, `${side}Format`);
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
  CLEAR_TEXTURE: [checkClear],
  RESOURCE_COPY_REGION: [checkCopy],
  BLIT: [checkBlit],
  'CREATE_OBJECT QUERY': [checkQueryBuffer],
  'CREATE_OBJECT SURFACE': [checkView],
  'CREATE_OBJECT MSAA_SURFACE': [checkView],
  'CREATE_OBJECT SAMPLER_VIEW': [checkView],
};
