// Two pictures, pixel by pixel.

import type { Image } from '../../image';
import { formatName } from '../../protocol';
import type { PlayedPicture } from '../play/play-options';
import { pictureOf } from '../report/texels';
import type { PixelDifference } from './result';

type Frames = { a: number; b: number };

const FAINT = 4;

const hex = ({ data }: Image, at: number): string =>
  `#${Buffer.from(data.subarray(at, at + 4)).toString('hex')}`;

const describe = ({ width, height, format }: PlayedPicture): string =>
  `${width}x${height} ${formatName(format) ?? format}`;

const none = (frames: Frames, problem: string): PixelDifference => ({
  ...frames,
  width: 0,
  height: 0,
  problem,
  differing: 1,
  total: 1,
  largest: 0,
});

const isSameBytes = (a: PlayedPicture, b: PlayedPicture): boolean =>
  Buffer.from(a.pixels.buffer, a.pixels.byteOffset, a.pixels.byteLength).equals(b.pixels);

/** The first faintly in grey, what differs in red. */
const differenceOf = (
  a: Image,
  b: Image,
): Omit<PixelDifference, 'a' | 'b' | 'pictures'> & { difference: Image } => {
  const { width, height } = a;
  const data = new Uint8Array(a.data.length);
  let [differing, largest] = [0, 0];
  let first: PixelDifference['first'];
  for (let at = 0; at < data.length; at += 4) {
    let distance = 0;
    for (let channel = at; channel < at + 4; channel += 1)
      distance = Math.max(distance, Math.abs(a.data[channel] - b.data[channel]));
    const grey = 255 - (255 - (a.data[at] + a.data[at + 1] + a.data[at + 2]) / 3) / FAINT;
    data.set(distance === 0 ? [grey, grey, grey, 255] : [220, Math.max(0, 60 - distance), 40, 255], at);
    if (distance === 0) continue;
    differing += 1;
    largest = Math.max(largest, distance);
    const pixel = at / 4;
    first ??= { x: pixel % width, y: Math.floor(pixel / width), a: hex(a, at), b: hex(b, at) };
  }
  return {
    width,
    height,
    differing,
    total: width * height,
    largest,
    ...(first && { first }),
    difference: { width, height, data },
  };
};

/** What differs; undefined if nothing does. */
export const comparePictures = (
  frames: Frames,
  a: PlayedPicture | undefined,
  b: PlayedPicture | undefined,
): PixelDifference | undefined => {
  if (a === undefined || b === undefined) {
    if (a === b) return undefined;
    return none(frames, `only the ${a === undefined ? 'second' : 'first'} has a picture`);
  }
  if (describe(a) !== describe(b))
    return none(frames, `${describe(a)} in the first, ${describe(b)} in the second`);
  if (isSameBytes(a, b)) return undefined;
  const { format, width, height } = a;
  const images = [a, b].map(({ pixels }) => pictureOf(format, width, height, pixels));
  const [imageA, imageB] = images;
  if (imageA === undefined || imageB === undefined)
    return none(frames, `bytes differ, and ${formatName(format) ?? format} can't be shown`);
  const { difference, ...found } = differenceOf(imageA, imageB);
  return { ...frames, ...found, pictures: { a: imageA, b: imageB, difference } };
};
