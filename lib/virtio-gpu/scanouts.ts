// What each display shows.

import { intersection, isEmptyRect } from '../image';
import { ResourceFlag } from '../protocol/enums';
import { unexpected } from './faults';
import type { Scanout, Tell } from './listener';
import type { GpuResource } from './resources';
import type { Rect } from './wire-types';

/** How a blob is read as a picture. */
export interface BlobPicture {
  format: number;
  offsetBytes: number;
  strideBytes: number;
  width: number;
  height: number;
}

/** What a display shows. */
export interface ActiveScanout {
  readonly resource: GpuResource;
  readonly rect: Rect;
  readonly blob?: BlobPicture;
}

const toScanout = ({ resource, rect, blob }: ActiveScanout): Scanout => ({
  resourceId: resource.id,
  rect: { ...rect },
  width: rect.width,
  height: rect.height,
  format: blob?.format ?? resource.format,
  isBottomUp: (resource.flags & ResourceFlag.Y_0_TOP) !== 0,
  ...(blob !== undefined && {
    blob: {
      offsetBytes: blob.offsetBytes,
      strideBytes: blob.strideBytes,
      width: blob.width,
      height: blob.height,
    },
  }),
});

const isSame = (a: ActiveScanout | undefined, b: ActiveScanout): boolean =>
  a !== undefined &&
  a.resource === b.resource &&
  a.blob === undefined &&
  b.blob === undefined &&
  a.rect.x === b.rect.x &&
  a.rect.y === b.rect.y &&
  a.rect.width === b.rect.width &&
  a.rect.height === b.rect.height;

/** The part of a rectangle that lies in another, in pixels of that one; undefined if there is none. */
export const partWithin = (rect: Rect, within: Rect): Rect | undefined => {
  const part = intersection(rect, within);
  return isEmptyRect(part) ? undefined : { ...part, x: part.x - within.x, y: part.y - within.y };
};

/** The scanouts of a device. */
export class Scanouts {
  readonly #active: (ActiveScanout | undefined)[];
  readonly #tell: Tell;

  constructor(count: number, tell: Tell) {
    this.#active = new Array<ActiveScanout | undefined>(count).fill(undefined);
    this.#tell = tell;
  }

  /** What a display shows, if anything. */
  at(index: number): ActiveScanout | undefined {
    return this.#active[index];
  }

  /** @throws CommandFault if there is no such display */
  check(index: number): void {
    const { length } = this.#active;
    if (index < length) return;
    throw unexpected('ERR_INVALID_SCANOUT_ID', 'scanout_id', `0 to ${length - 1}`, index);
  }

  /** Shows something else, or nothing. Showing the same as before is no news. */
  set(index: number, scanout: ActiveScanout | undefined): void {
    const before = this.#active[index];
    if (scanout === undefined ? before === undefined : isSame(before, scanout)) return;
    this.#active[index] = scanout;
    this.#tell('scanout', index, scanout && toScanout(scanout));
  }

  /** A part of a resource was drawn. */
  flush(resource: GpuResource, rect: Rect): void {
    for (let index = 0; index < this.#active.length; index += 1) {
      const active = this.#active[index];
      if (active?.resource !== resource) continue;
      const damage = partWithin(rect, active.rect);
      if (damage !== undefined) this.#tell('flush', index, damage);
    }
  }

  /** A resource is gone. */
  drop(resource: GpuResource): void {
    this.#active.forEach((active, index) => {
      if (active?.resource === resource) this.set(index, undefined);
    });
  }

  /** Nothing is shown any more. */
  clear(): void {
    this.#active.forEach((_, index) => this.set(index, undefined));
  }
}
