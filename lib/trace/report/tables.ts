// Bytes of buffers as tables: constants by fours, vertices by their elements, indices.

import { formatName } from '../../protocol';
import { shortNumber } from './field-words';
import type { PageTable } from './page-data';
import { texelReader } from './texels';

const MOST_CONSTANTS = 256;
const VEC4_BYTES = 16;
const INDICES_PER_ROW = 12;

const floatWord = (value: number, bits: number): string =>
  Number.isNaN(value) || (value !== 0 && Math.abs(value) < 1e-20)
    ? `0x${bits.toString(16).padStart(8, '0')}`
    : shortNumber(value);

/** Four floats a row; what is no sensible float is shown by its bits. */
export const constantTable = (bytes: Uint8Array): PageTable => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.ceil(bytes.byteLength / VEC4_BYTES);
  const rows = Array.from({ length: Math.min(count, MOST_CONSTANTS) }, (_, index) => [
    String(index),
    ...Array.from(
      { length: Math.min(4, Math.floor((bytes.byteLength - index * VEC4_BYTES) / 4)) },
      (_unused, channel) => {
        const at = index * VEC4_BYTES + channel * 4;
        return floatWord(view.getFloat32(at, true), view.getUint32(at, true));
      },
    ),
  ]);
  if (count > MOST_CONSTANTS) rows.push([`… ${count - MOST_CONSTANTS} more`]);
  return { head: ['vec4', 'x', 'y', 'z', 'w'], rows };
};

/** How an attribute is fetched: a vertex element. */
export interface VertexElement {
  srcOffset: number;
  instanceDivisor: number;
  vertexBufferIndex: number;
  srcFormat: number;
}

/** Bytes of a vertex buffer. `start` is where they begin in it. */
export interface VertexBytes {
  bytes: Uint8Array;
  start: number;
  offset: number;
  stride: number;
}

const attributeWord = (element: VertexElement, buffer: VertexBytes | undefined, vertex: number): string => {
  const reader = texelReader(element.srcFormat);
  if (buffer === undefined || reader === undefined) return '?';
  const row = element.instanceDivisor === 0 ? vertex : 0;
  const at = buffer.offset + row * buffer.stride + element.srcOffset - buffer.start;
  if (at < 0 || at + reader.texelBytes > buffer.bytes.byteLength) return 'outside';
  return reader.read(buffer.bytes, at).map(shortNumber).join(', ');
};

/** Chosen vertices, a column for each element. Elements per instance show the first instance. */
export const vertexTable = (
  elements: readonly VertexElement[],
  buffers: ReadonlyMap<number, VertexBytes>,
  vertices: readonly number[],
): PageTable => ({
  head: [
    'vertex',
    ...elements.map(({ srcFormat, instanceDivisor }, index) => {
      const each = instanceDivisor === 0 ? '' : ', per instance';
      return `IN[${index}] ${formatName(srcFormat) ?? srcFormat}${each}`;
    }),
  ],
  rows: vertices.map((vertex) => [
    String(vertex),
    ...elements.map((element) => attributeWord(element, buffers.get(element.vertexBufferIndex), vertex)),
  ]),
});

/** The indices in bytes of 1, 2 or 4 bytes each. */
export const indicesOf = (bytes: Uint8Array, indexSize: number): number[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.byteLength / indexSize) }, (_, index) => {
    if (indexSize === 1) return view.getUint8(index);
    return indexSize === 2 ? view.getUint16(index * 2, true) : view.getUint32(index * 4, true);
  });
};

/** Indices, twelve a row: whole triangles and lines. */
export const indexTable = (indices: readonly number[], first: number): PageTable => ({
  rows: Array.from({ length: Math.ceil(indices.length / INDICES_PER_ROW) }, (_, row) => {
    const at = row * INDICES_PER_ROW;
    return [String(first + at), ...indices.slice(at, at + INDICES_PER_ROW).map(String)];
  }),
});
