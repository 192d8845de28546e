// Copies between memory here and resources of the server: through the shared memory where that is free, over the socket
// otherwise. Each layer is a transfer of its own, because virglrenderer reads one layer at a time and writes one face.

import type { VtestClient } from '../client/client';
import { type Extent, isTight, type Placement, type Region, spanOf, tightPlacement } from './layout';
import { gather, scatter, type Spans } from './memory';
import type { HostResource } from './resource';

/** A box of a resource, and where it lies in memory. */
export interface Transfer {
  resource: HostResource;
  region: Region;
  /** With strides, none of which is 0. */
  placement: Placement;
  memory: Spans;
}

/** Most bytes of one message; servers have limits. Longer transfers go in pieces of whole rows. */
const MAX_INLINE_BYTES = 64 * 1024 * 1024;

/** One transfer per layer; none for a box of nothing. */
const layersOf = ({ resource, region, placement, memory }: Transfer): Transfer[] => {
  const { box, level } = region;
  if (box.w === 0 || box.h === 0) return [];
  return Array.from({ length: box.d }, (_, layer) => ({
    resource,
    region: { level, box: { ...box, z: box.z + layer, d: 1 } },
    placement: { ...placement, offset: placement.offset + layer * placement.layerStride },
    memory,
  }));
};

/** Pieces of a layer that are short enough to travel over the socket. */
const piecesOf = (transfer: Transfer): Transfer[] => {
  const { resource, region, placement, memory } = transfer;
  const { rowBytes, rows } = resource.layout.extent(region);
  const { level, box } = region;
  if (rowBytes * rows <= MAX_INLINE_BYTES) return [transfer];
  if (rows === 1) return bufferPiecesOf(transfer);
  const rowsAtOnce = Math.max(1, Math.floor(MAX_INLINE_BYTES / rowBytes));
  const { blockHeight } = resource.layout;
  return Array.from({ length: Math.ceil(rows / rowsAtOnce) }, (_, piece) => {
    const first = piece * rowsAtOnce;
    const y = first * blockHeight;
    const h = Math.min(rowsAtOnce * blockHeight, box.h - y);
    const at = { ...placement, offset: placement.offset + first * placement.stride };
    return { resource, region: { level, box: { ...box, y: box.y + y, h } }, placement: at, memory };
  });
};

const bufferPiecesOf = ({ resource, region, placement, memory }: Transfer): Transfer[] => {
  const { level, box } = region;
  return Array.from({ length: Math.ceil(box.w / MAX_INLINE_BYTES) }, (_, piece) => {
    const x = piece * MAX_INLINE_BYTES;
    const part = { ...box, x: box.x + x, w: Math.min(MAX_INLINE_BYTES, box.w - x) };
    return {
      resource,
      region: { level, box: part },
      placement: { ...placement, offset: placement.offset + x },
      memory,
    };
  });
};

const boxFields = ({ resource, region: { level, box } }: Transfer) => ({
  handle: resource.id,
  level,
  x: box.x,
  y: box.y,
  z: box.z,
  width: box.w,
  height: box.h,
  depth: box.d,
});

const allDone = async (promises: readonly Promise<void>[]): Promise<void> => {
  await Promise.all(promises);
};

/** The transfers of one connection. */
export class HostTransfers {
  constructor(private readonly client: VtestClient) {}

  /** Copies memory into a resource. The memory must not change before the promise settles. */
  write(transfer: Transfer): Promise<void> {
    transfer.resource.written = true;
    return allDone(layersOf(transfer).map((layer) => this.#writeShared(layer) ?? this.#writeInline(layer)));
  }

  /** Copies a resource into memory. */
  read(transfer: Transfer): Promise<void> {
    return allDone(layersOf(transfer).map((layer) => this.#readShared(layer) ?? this.#readInline(layer)));
  }

  /** Undefined when the shared memory can't be used now. */
  #writeShared(transfer: Transfer): Promise<void> | undefined {
    const place = this.#claim(transfer);
    if (place === undefined) return undefined;
    const { extent, bytes, placement, release } = place;
    gather(extent, { memory: transfer.memory, at: transfer.placement }, bytes, placement);
    const dataSize = spanOf(extent, placement);
    const fields = { ...boxFields(transfer), dataSize, offset: placement.offset };
    return this.client.transferPut2(fields).finally(release);
  }

  #readShared(transfer: Transfer): Promise<void> | undefined {
    const place = this.#claim(transfer);
    if (place === undefined) return undefined;
    const { extent, bytes, placement, release } = place;
    const fields = { ...boxFields(transfer), dataSize: spanOf(extent, placement), offset: placement.offset };
    const read = this.client.transferGet2(fields);
    const copied = read.then(() =>
      scatter(extent, bytes, placement, { memory: transfer.memory, at: transfer.placement }),
    );
    return copied.finally(release);
  }

  #claim({ resource, region }: Transfer) {
    // The shared memory of these is not beside the resource, it is the resource.
    if (resource.shared === undefined || resource.livesInBacking) return undefined;
    const extent = resource.layout.extent(region);
    const placement = resource.layout.sharedPlacement(region);
    const end = placement.offset + spanOf(extent, placement);
    if (end > resource.shared.sizeBytes) return undefined;
    const release = resource.claim(placement.offset, end);
    return release && { extent, placement, release, bytes: resource.shared.bytes };
  }

  #writeInline(transfer: Transfer): Promise<void> {
    return allDone(
      piecesOf(transfer).map((piece) => {
        const { extent, own, bytes, tight } = inlineBytes(piece);
        if (own) gather(extent, { memory: piece.memory, at: piece.placement }, bytes, tight);
        return this.client.transferPut({ ...boxFields(piece), ...stridesOf(piece, extent) }, bytes);
      }),
    );
  }

  #readInline(transfer: Transfer): Promise<void> {
    return allDone(
      piecesOf(transfer).map(async (piece) => {
        const { extent, own, bytes, tight } = inlineBytes(piece);
        await this.client.transferGet({ ...boxFields(piece), ...stridesOf(piece, extent) }, bytes);
        if (own) scatter(extent, bytes, tight, { memory: piece.memory, at: piece.placement });
      }),
    );
  }
}

/** The bytes that travel: the caller's own where they lie as they must. */
const inlineBytes = ({ resource, region, placement, memory }: Transfer) => {
  const extent = resource.layout.extent(region);
  const length = extent.rowBytes * extent.rows;
  const given = isTight(extent, placement) ? memory.stableView(placement.offset, length) : undefined;
  const bytes = given ?? new Uint8Array(length);
  return { extent, own: given === undefined, bytes, tight: tightPlacement(extent) };
};

/** Tight strides; those of buffers mean nothing. */
const stridesOf = ({ resource }: Transfer, extent: Extent): { stride: number; layerStride: number } => {
  if (resource.layout.isBuffer) return { stride: 0, layerStride: 0 };
  const { stride, layerStride } = tightPlacement(extent);
  return { stride, layerStride };
};
