// Checks of commands against the resources that they name, where the caller tells what those are.
// Facts: vrend_renderer.c `check_transfer_bounds`, `check_iov_bounds`, `resource_contains_box`.

import { Bind, TextureTarget } from '../enums';
import { checkBox, levelOf, overflows, resourceAt, type Box, type Level } from './boxes';
import { hasRelease } from './releases';
import { nameOf, numberAt, type Check, type CheckResource, type Site } from './site';
import { checkFormatOfView, checkView, layoutOrNone } from './views';

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
