// Where the rows of a transfer lie in memory that consists of ranges, and what they add up to when they are compared.

import { createHash } from 'node:crypto';
import type { MemoryRange } from '../../host';
import { type Extent, isTight, type Placement, spanOf, tightPlacement } from '../../vtest/host/layout';
import { gather, Spans } from '../../vtest/host/memory';
import type { PixelDigest } from '../model';

/** The bytes of a box in a caller's array, or in ranges of shared memory. */
export interface PlacedRows {
  extent: Extent;
  placement: Placement;
  memory: Uint8Array | readonly MemoryRange[];
}

/** Bytes of memory that consists of ranges. */
export const lengthOf = (memory: PlacedRows['memory']): number =>
  memory instanceof Uint8Array
    ? memory.byteLength
    : memory.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);

/** The pieces of ranges between two places of the memory that they make up. */
const slice = (ranges: readonly MemoryRange[], start: number, end: number, into: MemoryRange[]): void => {
  let at = 0;
  for (const { memory, offsetBytes, lengthBytes } of ranges) {
    const from = Math.max(start, at);
    const to = Math.min(end, at + lengthBytes);
    if (from < to) into.push({ memory, offsetBytes: offsetBytes + from - at, lengthBytes: to - from });
    at += lengthBytes;
    if (at >= end) return;
  }
};

/**
 * The shared memory that the rows take.
 * @param largestGap rows that are no further apart are one piece
 */
export const rangesOf = (
  { extent, placement, memory }: PlacedRows,
  largestGap: number,
): readonly MemoryRange[] => {
  const pieces: MemoryRange[] = [];
  if (memory instanceof Uint8Array) return pieces;
  const { rowBytes, rows, layers } = extent;
  const { offset, stride, layerStride } = placement;
  const areRowsTogether = rows === 1 || stride - rowBytes <= largestGap;
  const layerBytes = (rows - 1) * stride + rowBytes;
  if (areRowsTogether && (layers === 1 || layerStride - layerBytes <= largestGap)) {
    slice(memory, offset, offset + spanOf(extent, placement), pieces);
    return pieces;
  }
  for (let layer = 0; layer < layers; layer += 1) {
    const start = offset + layer * layerStride;
    if (areRowsTogether) slice(memory, start, start + layerBytes, pieces);
    else
      for (let row = 0; row < rows; row += 1)
        slice(memory, start + row * stride, start + row * stride + rowBytes, pieces);
  }
  return pieces;
};

/** The bytes of all rows without gaps; undefined where the memory was closed meanwhile. */
export const bytesOf = ({ extent, placement, memory }: PlacedRows): Uint8Array | undefined => {
  const length = extent.rowBytes * extent.rows * extent.layers;
  const only = memory instanceof Uint8Array ? memory : memory.length === 1 ? viewOf(memory[0]) : undefined;
  if (!(memory instanceof Uint8Array) && memory.some((range) => range.memory.closed)) return undefined;
  if (only !== undefined && isTight(extent, placement))
    return only.subarray(placement.offset, placement.offset + length);
  const rows = new Uint8Array(length);
  const views = memory instanceof Uint8Array ? [memory] : memory.map(viewOf);
  gather(extent, { memory: new Spans(views), at: placement }, rows, tightPlacement(extent));
  return rows;
};

const viewOf = ({ memory, offsetBytes, lengthBytes }: MemoryRange): Uint8Array =>
  memory.bytes.subarray(offsetBytes, offsetBytes + lengthBytes);

/** As an array of numbers of so many bytes each, if there are such numbers and the bytes are aligned. */
const numbersOf = (bytes: Uint8Array, blockBytes: number): ArrayLike<number> | undefined => {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteOffset % blockBytes !== 0 || byteLength % blockBytes !== 0) return undefined;
  if (blockBytes === 4) return new Uint32Array(buffer, byteOffset, byteLength / 4);
  if (blockBytes === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return blockBytes === 1 ? bytes : undefined;
};

const countDiffering = (bytes: Uint8Array, blockBytes: number): number => {
  const numbers = numbersOf(bytes, blockBytes);
  let differing = 0;
  if (numbers !== undefined) {
    const { length } = numbers;
    const first = numbers[0];
    for (let index = 1; index < length; index += 1) if (numbers[index] !== first) differing += 1;
    return differing;
  }
  for (let at = blockBytes; at < bytes.length; at += blockBytes) {
    for (let byte = 0; byte < blockBytes; byte += 1) {
      if (bytes[at + byte] === bytes[byte]) continue;
      differing += 1;
      break;
    }
  }
  return differing;
};

/** What tells rows from others. */
export const digestOf = (bytes: Uint8Array, blockBytes: number): PixelDigest => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  lengthBytes: bytes.byteLength,
  differing: countDiffering(bytes, blockBytes),
});
