// How the levels of a resource lie in its shared memory, tight and one after the other, as Mesa's virgl_resource.c has
// them, and which transfers virglrenderer accepts (vrend_renderer.c `check_transfer_bounds`, `check_iov_bounds`).

import type { Box, ResourceCreateArgs } from '../../host';
import { type FormatLayout, formatLayout, formatName, TextureTarget } from '../../protocol';

/** A box of a level. */
export interface Region {
  level: number;
  box: Box;
}

/** Where the first row of a box lies in memory, and how far apart rows and layers are. */
export interface Placement {
  offset: number;
  stride: number;
  layerStride: number;
}

/** Bytes per row, rows per layer, and layers of a box. */
export interface Extent {
  rowBytes: number;
  rows: number;
  layers: number;
}

interface Level {
  offset: number;
  stride: number;
  layerStride: number;
  width: number;
  height: number;
  layers: number;
}

/** For formats without a plain layout, of which no transfer is made. */
const NO_BLOCK = { blockWidth: 1, blockHeight: 1, blockBytes: 1 } as const;

const minify = (size: number, level: number): number => Math.max(1, Math.floor(size / 2 ** level));

const layoutOf = (format: number): FormatLayout | undefined => {
  try {
    return formatLayout(format);
  } catch {
    return undefined; // no plain layout, or a number that virglrenderer does not know either
  }
};

/** Bytes from the first to the last that a placed box touches. */
export const spanOf = ({ rowBytes, rows, layers }: Extent, { stride, layerStride }: Placement): number =>
  (layers - 1) * layerStride + (rows - 1) * stride + rowBytes;

/** Whether there are no gaps between rows and layers. */
export const isTight = ({ rowBytes, rows, layers }: Extent, { stride, layerStride }: Placement): boolean =>
  (rows === 1 || stride === rowBytes) && (layers === 1 || layerStride === rowBytes * rows);

/** The same box without gaps between rows and layers. */
export const tightPlacement = ({ rowBytes, rows }: Extent, offset = 0): Placement => ({
  offset,
  stride: rowBytes,
  layerStride: rowBytes * rows,
});

/** The levels of a resource. */
export class ResourceLayout {
  /** Bytes of all levels; 0 if the format has no plain layout. */
  readonly sizeBytes: number;
  readonly #levels: Level[] = [];
  readonly #block: FormatLayout | undefined;

  constructor(readonly resource: Required<Omit<ResourceCreateArgs, 'backing'>>) {
    this.#block = layoutOf(resource.format);
    let offset = 0;
    for (let level = 0; level <= resource.lastLevel; level += 1) {
      const next = this.#level(level, offset);
      this.#levels.push(next);
      offset += next.layerStride * next.layers;
    }
    this.sizeBytes = offset;
  }

  /** True for buffers, of whose boxes only x and w count. */
  get isBuffer(): boolean {
    return this.resource.target === TextureTarget.BUFFER;
  }

  /** Texels per row of blocks. */
  get blockHeight(): number {
    return this.#block?.blockHeight ?? 1;
  }

  /** The box as it counts. */
  normalize({ level, box }: Region): Region {
    return { level, box: this.isBuffer ? { x: box.x, y: 0, z: 0, w: box.w, h: 1, d: 1 } : box };
  }

  /** Size of a box in memory. */
  extent({ box }: Region): Extent {
    const { blockWidth, blockHeight, blockBytes } = this.#block ?? NO_BLOCK;
    return {
      rowBytes: Math.ceil(box.w / blockWidth) * blockBytes,
      rows: Math.max(1, Math.ceil(box.h / blockHeight)),
      layers: Math.max(1, box.d),
    };
  }

  /** Strides as virglrenderer takes them: 0 stands for those of the level. */
  placement(region: Region, given: Placement): Placement {
    const level = this.#levels[region.level];
    const stride = given.stride || level.stride;
    const rows = Math.max(1, Math.ceil(level.height / this.blockHeight));
    return { offset: given.offset, stride, layerStride: given.layerStride || stride * rows };
  }

  /** Where a box lies in the shared memory. */
  sharedPlacement({ level, box }: Region): Placement {
    const { offset, stride, layerStride } = this.#levels[level];
    const { blockWidth, blockHeight, blockBytes } = this.#block ?? NO_BLOCK;
    const start =
      box.z * layerStride +
      Math.floor(box.y / blockHeight) * stride +
      Math.floor(box.x / blockWidth) * blockBytes;
    return { offset: offset + start, stride, layerStride };
  }

  /** Why virglrenderer would refuse a transfer of this region with so many bytes of memory; undefined if it would not. */
  fault(region: Region, given: Placement, memoryBytes: number): string | undefined {
    const { level, box } = region;
    const { lastLevel, format } = this.resource;
    if (this.#block === undefined)
      return `its format ${formatName(format) ?? format} has no plain layout in memory`;
    if (level > lastLevel) return `level ${level} is beyond the last one, ${lastLevel}`;
    const { width, height, layers } = this.#levels[level];
    const axes = [
      ['x', box.x, box.w, width],
      ['y', box.y, box.h, height],
      ['z', box.z, box.d, layers],
    ] as const;
    for (const [axis, start, size, limit] of axes)
      if (start + size > limit)
        return `the box reaches to ${start + size} along ${axis}, and level ${level} has ${limit}`;
    return this.#memoryFault(region, given, memoryBytes);
  }

  #memoryFault(region: Region, given: Placement, memoryBytes: number): string | undefined {
    const extent = this.extent(region);
    const placement = this.placement(region, given);
    if (placement.stride < extent.rowBytes && given.stride !== 0)
      return `a stride of ${given.stride} bytes is less than the ${extent.rowBytes} of a row`;
    const layerBytes = placement.stride * extent.rows;
    if (given.layerStride !== 0 && given.layerStride < layerBytes)
      return `a layer stride of ${given.layerStride} bytes is less than the ${layerBytes} of a layer`;
    const end = placement.offset + spanOf(extent, placement);
    if (end > memoryBytes) return `the box ends ${end} bytes into the memory, which has ${memoryBytes}`;
    return undefined;
  }

  #level(level: number, offset: number): Level {
    const { target, width, height, depth, arraySize } = this.resource;
    const size = {
      width: this.isBuffer ? width : minify(width, level),
      height: minify(height, level),
      layers: target === TextureTarget.TEXTURE_3D ? minify(depth, level) : arraySize,
    };
    const block = this.#block;
    if (block === undefined) return { ...size, offset: 0, stride: 0, layerStride: 0 };
    const stride = Math.ceil(size.width / block.blockWidth) * block.blockBytes;
    return { ...size, offset, stride, layerStride: stride * Math.ceil(size.height / block.blockHeight) };
  }
}
