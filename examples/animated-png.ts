// Animated PNG: each frame is a PNG whose pixel data go into chunks of other names. Facts: the PNG specification, third
// edition, sections 11.3.6 (acTL, fcTL, fdAT) and 5.3 (chunks).

import { encodePng } from 'virgl';
import { crc32 } from 'node:zlib';
import type { Size } from './example';

const SIGNATURE_BYTES = 8;
/** What a chunk has beside its data: length, name, checksum. */
const CHUNK_OVERHEAD_BYTES = 12;

interface Chunk {
  name: string;
  data: Buffer;
}

const chunksOf = (png: Uint8Array): Chunk[] => {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE_BYTES; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    chunks.push({
      name: bytes.toString('latin1', at + 4, at + 8),
      data: bytes.subarray(at + 8, at + 8 + length),
    });
    at += length + CHUNK_OVERHEAD_BYTES;
  }
  return chunks;
};

const u32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32BE(value, 4 * index));
  return bytes;
};

const serialize = ({ name, data }: Chunk): Buffer => {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  return Buffer.concat([u32(data.length), body, u32(crc32(body))]);
};

/** Shown for 1/`framesPerSecond`; the next frame replaces it. */
const frameControl = (sequence: number, { width, height }: Size, framesPerSecond: number): Chunk => {
  const timing = Buffer.from([0, 1, framesPerSecond >> 8, framesPerSecond & 0xff, 0, 0]);
  return { name: 'fcTL', data: Buffer.concat([u32(sequence, width, height, 0, 0), timing]) };
};

/** The bytes of an animated PNG that repeats for ever. */
export const encodeAnimatedPng = async (
  frames: AsyncIterable<Uint8Array>,
  size: Size,
  framesPerSecond: number,
): Promise<Buffer> => {
  const first: Chunk[] = [];
  const animation: Chunk[] = [];
  let [sequence, count] = [0, 0];
  for await (const data of frames) {
    const chunks = chunksOf(encodePng({ ...size, data }));
    if (count === 0) first.push(...chunks.filter(({ name }) => name !== 'IDAT' && name !== 'IEND'));
    animation.push(frameControl(sequence++, size, framesPerSecond));
    for (const chunk of chunks.filter(({ name }) => name === 'IDAT')) {
      // Programs that know no animation show the first frame, which stays what it was.
      if (count === 0) animation.push(chunk);
      else animation.push({ name: 'fdAT', data: Buffer.concat([u32(sequence++), chunk.data]) });
    }
    count += 1;
  }
  const control = { name: 'acTL', data: u32(count, 0) };
  const all = [...first, control, ...animation, { name: 'IEND', data: Buffer.alloc(0) }];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...all.map(serialize)]);
};
