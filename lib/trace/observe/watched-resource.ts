// A live resource, as a watcher of calls remembers it. Most resources of a frame stand for a fence and are never looked at again, so
// that what takes time is found out when somebody asks.

import type { MemoryRange, ResourceCreateArgs } from '../../host';
import { formatLayout, TextureTarget } from '../../protocol';
import { type Region, ResourceLayout } from '../../vtest/host/layout';

/** What a classic resource was created with. */
export type CreatedAs = Required<Omit<ResourceCreateArgs, 'backing'>>;

const blockBytesOf = (format: number): number => {
  try {
    return formatLayout(format).blockBytes;
  } catch {
    return 1;
  }
};

/** A live resource, as its creator described it. */
export class WatchedResource {
  /** What is in it is different each time. */
  isMoody = false;
  #layout: ResourceLayout | undefined;

  constructor(
    readonly id: number,
    /** Undefined for blobs. */
    readonly created: CreatedAs | undefined,
    public backing: readonly MemoryRange[],
    /** Consists of nothing but its backing, which the host may read at any time. */
    readonly isGuestBlob: boolean,
  ) {}

  /** Undefined for blobs. */
  get layout(): ResourceLayout | undefined {
    if (this.#layout === undefined && this.created !== undefined)
      this.#layout = new ResourceLayout(this.created);
    return this.#layout;
  }

  /** Bytes per block of texels. */
  get blockBytes(): number {
    return this.created === undefined ? 1 : blockBytesOf(this.created.format);
  }

  /** A texture of one sample that can be read as a picture. */
  isPicture(): this is PictureResource {
    if (this.created === undefined || this.layout?.sizeBytes === 0) return false;
    const { target, nrSamples } = this.created;
    return (target === TextureTarget.TEXTURE_2D || target === TextureTarget.TEXTURE_RECT) && nrSamples <= 1;
  }

  /** Whether a box is all of level 0 of a picture. */
  isWhole({ level, box }: Region): boolean {
    if (level !== 0 || !this.isPicture()) return false;
    const { width, height } = this.created;
    return box.x === 0 && box.y === 0 && box.w === width && box.h === height;
  }
}

/** A resource whose level 0 is a picture. */
export type PictureResource = WatchedResource & {
  readonly created: CreatedAs;
  readonly layout: ResourceLayout;
};
