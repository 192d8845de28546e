// Work for the GPU, recorded: clears, draws, grids, blits and copies.

import type { Box } from '../host';
import {
  ChannelMask,
  Clear,
  type CommandArguments,
  type CommandEncoder,
  formatName,
  ShaderStage,
} from '../protocol';
import { invalidArgument } from '../protocol/error';
import { checkList, checkObject, checkWhole } from './check-input';
import { handleOf, type ObjectOwner } from './context-object';
import type { Resource } from './resource';
import { Shader, type StageName } from './shader';

/** What recording needs of a context. */
export interface DrawTarget {
  readonly commands: CommandEncoder;
  resourceId(field: string, resource: Resource): number;
}

/** What to clear, and to what. */
export interface ClearValues {
  /** Red, green, blue, alpha, for every bound colour buffer. */
  color?: readonly number[];
  depth?: number;
  stencil?: number;
}

type WithoutIndirect = Omit<
  CommandArguments<'DRAW_VBO'>,
  | 'indirectResource'
  | 'indirectOffset'
  | 'indirectStride'
  | 'indirectDrawCount'
  | 'indirectDrawCountOffset'
  | 'indirectDrawCountResource'
>;

/** A draw. */
export interface DrawArguments extends WithoutIndirect {
  /** Arguments that lie in a buffer. */
  indirect?: {
    resource: Resource;
    /** Bytes; default 0. */
    offset?: number;
    /** Bytes from draw to draw; default 0: one after the other. */
    stride?: number;
    /** Number of draws; default 1. */
    drawCount?: number;
  };
}

/** A run of a compute shader. */
export interface GridArguments {
  /** Work groups in x, y, z. */
  grid: readonly [number, number, number];
  /** Size of a work group, which hosts take from the shader. Default 1, 1, 1. */
  block?: readonly [number, number, number];
  /** The size of the grid lies in a buffer instead. */
  indirect?: { resource: Resource; offset?: number };
}

/** One side of a blit or copy. */
export interface BlitSide {
  resource: Resource;
  /** Default 0. */
  level?: number;
  /** Default: the whole level, layer 0. Negative sizes flip. */
  box?: Box;
  /** Default: the resource's own. */
  format?: number;
}

/** A copy with scaling, conversion and filtering. */
export interface BlitArguments {
  src: BlitSide;
  dst: BlitSide;
  /** Default NEAREST. */
  filter?: CommandArguments<'BLIT'>['filter'];
  /** Channels; default: depth and stencil for formats of those, else colour. */
  mask?: number;
  /** Only these pixels of the destination. Default: all. */
  scissor?: { minX: number; minY: number; maxX: number; maxY: number };
  /** Whether the render condition holds; default false. */
  renderCondition?: boolean;
  /** Blend over the destination; default false. */
  alphaBlend?: boolean;
}

/** A copy as it is. */
export interface CopyArguments {
  src: Omit<BlitSide, 'format'>;
  dst: { resource: Resource; level?: number; x?: number; y?: number; z?: number };
}

/** The number of a stage in commands. */
export const stageNumber = (stage: StageName): number => ShaderStage[stage];

const CLEAR_KEYS = ['color', 'depth', 'stencil'];
const INDIRECT_KEYS = ['resource', 'offset', 'stride', 'drawCount'];
const GRID_KEYS = ['grid', 'block', 'indirect'];
const SIDE_KEYS = ['resource', 'level', 'box', 'format'];
const BLIT_KEYS = ['src', 'dst', 'filter', 'mask', 'scissor', 'renderCondition', 'alphaBlend'];
const SCISSOR_KEYS = ['minX', 'minY', 'maxX', 'maxY'];
const COPY_SOURCE_KEYS = ['resource', 'level', 'box'];
const COPY_TARGET_KEYS = ['resource', 'level', 'x', 'y', 'z'];

const wholeOf = (width: number, height: number): Box => ({ x: 0, y: 0, z: 0, w: width, h: height, d: 1 });

const maskOf = (format: number): number => {
  const name = formatName(format) ?? '';
  const depth = /(^|[^A-Z])Z\d/.test(name) ? ChannelMask.Z : 0;
  const stencil = /S8/.test(name) ? ChannelMask.S : 0;
  return depth | stencil || ChannelMask.RGBA;
};

/** Records a clear. */
export const recordClear = (
  { commands }: DrawTarget,
  values: ClearValues,
  colorBuffers: readonly boolean[],
): void => {
  checkObject('clear', 'values', values, CLEAR_KEYS);
  const { color, depth, stencil } = values;
  let buffers = 0;
  if (color !== undefined) {
    checkList('clear', 'color', color);
    if (color.length !== 4) throw invalidArgument('clear', 'color', 'four numbers', color);
    colorBuffers.forEach((bound, index) => (buffers |= bound ? Clear.COLOR0 << index : 0));
  }
  if (depth !== undefined) buffers |= Clear.DEPTH;
  if (stencil !== undefined) buffers |= Clear.STENCIL;
  if (buffers === 0)
    throw invalidArgument('clear', 'values', 'color, depth or stencil of what is bound', 'none');
  commands.clear({ buffers, color: [...(color ?? [0, 0, 0, 0])], depth: depth ?? 1, stencil: stencil ?? 0 });
};

/** Records a draw. */
export const recordDraw = (target: DrawTarget, draw: DrawArguments): void => {
  checkObject('draw', 'arguments', draw);
  if (draw.indirect === undefined) {
    target.commands.drawVbo(draw);
    return;
  }
  const { indirect, ...args } = draw;
  checkObject('draw', 'indirect', indirect, INDIRECT_KEYS);
  const { resource, offset = 0, stride = 0, drawCount = 1 } = indirect;
  target.commands.drawVbo({
    verticesPerPatch: 0,
    drawId: 0,
    ...args,
    indirectResource: target.resourceId('indirect.resource', resource),
    indirectOffset: offset,
    indirectStride: stride,
    indirectDrawCount: drawCount,
    indirectDrawCountOffset: 0,
    indirectDrawCountResource: 0,
  });
};

/** Records a run of the compute shader. */
export const recordGrid = (target: DrawTarget, args: GridArguments): void => {
  checkObject('launchGrid', 'arguments', args, GRID_KEYS);
  const { grid, block, indirect } = args;
  checkList('launchGrid', 'grid', grid);
  if (block !== undefined) checkList('launchGrid', 'block', block);
  if (indirect !== undefined) checkObject('launchGrid', 'indirect', indirect, INDIRECT_KEYS.slice(0, 2));
  target.commands.launchGrid({
    grid: [...grid],
    block: block && [...block],
    indirectResource: indirect === undefined ? 0 : target.resourceId('indirect.resource', indirect.resource),
    indirectOffset: indirect?.offset ?? 0,
  });
};

const blitSide = (target: DrawTarget, field: string, side: BlitSide) => {
  checkObject('blit', field, side, SIDE_KEYS);
  const { resource, level = 0, box, format } = side;
  const id = target.resourceId(`${field}.resource`, resource);
  const [width, height] = resource.levelSize(level, 'blit', `${field}.level`);
  return {
    resource: id,
    level,
    box: box ?? wholeOf(width, height),
    format: (format ?? resource.descriptor.format) as CommandArguments<'BLIT'>['dstFormat'],
  };
};

const scissorOf = (scissor: BlitArguments['scissor']) => {
  if (scissor === undefined) return {};
  checkObject('blit', 'scissor', scissor, SCISSOR_KEYS);
  const { minX, minY, maxX, maxY } = scissor;
  return { scissorEnable: true, scissorMinX: minX, scissorMinY: minY, scissorMaxX: maxX, scissorMaxY: maxY };
};

/** Records a blit. */
export const recordBlit = (target: DrawTarget, args: BlitArguments): void => {
  checkObject('blit', 'arguments', args, BLIT_KEYS);
  const { src, dst, filter, mask, scissor, renderCondition, alphaBlend } = args;
  const [from, to] = [blitSide(target, 'src', src), blitSide(target, 'dst', dst)];
  target.commands.blit({
    mask: mask ?? maskOf(to.format),
    filter,
    ...scissorOf(scissor),
    renderConditionEnable: renderCondition,
    alphaBlend,
    dstResource: to.resource,
    dstLevel: to.level,
    dstFormat: to.format,
    dstBox: to.box,
    srcResource: from.resource,
    srcLevel: from.level,
    srcFormat: from.format,
    srcBox: from.box,
  });
};

const checkInside = (
  field: string,
  box: Box,
  [width, height, layers]: readonly [number, number, number],
): void => {
  checkObject('copyRegion', field, box, ['x', 'y', 'z', 'w', 'h', 'd']);
  const sides = [
    ['x', 'w', width],
    ['y', 'h', height],
    ['z', 'd', layers],
  ] as const;
  for (const [start, length, size] of sides) {
    checkWhole('copyRegion', `${field}.${start}`, box[start], [0, size - 1]);
    checkWhole('copyRegion', `${field}.${length}`, box[length], [1, size - box[start]]);
  }
};

/** Records a copy. */
export const recordCopy = (target: DrawTarget, args: CopyArguments): void => {
  checkObject('copyRegion', 'arguments', args, ['src', 'dst']);
  const { src, dst } = args;
  checkObject('copyRegion', 'src', src, COPY_SOURCE_KEYS);
  checkObject('copyRegion', 'dst', dst, COPY_TARGET_KEYS);
  const srcResource = target.resourceId('src.resource', src.resource);
  const dstResource = target.resourceId('dst.resource', dst.resource);
  const { level: srcLevel = 0 } = src;
  const { level: dstLevel = 0, x: dstX = 0, y: dstY = 0, z: dstZ = 0 } = dst;
  const srcSize = src.resource.levelSize(srcLevel, 'copyRegion', 'src.level');
  const srcBox = src.box ?? wholeOf(srcSize[0], srcSize[1]);
  checkInside('src.box', srcBox, srcSize);
  const { w, h, d } = srcBox;
  const dstSize = dst.resource.levelSize(dstLevel, 'copyRegion', 'dst.level');
  checkInside('dst', { x: dstX, y: dstY, z: dstZ, w, h, d }, dstSize);
  target.commands.resourceCopyRegion({
    dstResource,
    dstLevel,
    dstX,
    dstY,
    dstZ,
    srcResource,
    srcLevel,
    srcBox,
  });
};

/** What LINK_SHADER calls the stages. */
const LINK_FIELDS: Readonly<Record<StageName, keyof CommandArguments<'LINK_SHADER'>>> = {
  VERTEX: 'vertex',
  FRAGMENT: 'fragment',
  GEOMETRY: 'geometry',
  TESS_CTRL: 'tessCtrl',
  TESS_EVAL: 'tessEval',
  COMPUTE: 'compute',
};

/** Records a hint to link shaders of `owner`. */
export const recordLink = (
  owner: ObjectOwner,
  commands: CommandEncoder,
  shaders: readonly Shader[],
): void => {
  checkList('linkShaders', 'shaders', shaders);
  const handles: CommandArguments<'LINK_SHADER'> = {};
  shaders.forEach((shader, index) => {
    const handle = handleOf(owner, 'linkShaders', `shaders[${index}]`, shader, Shader);
    handles[LINK_FIELDS[shader.stage]] = handle;
  });
  commands.linkShader(handles);
};
