// Pictures of a guest's screen: kept for people, and compared.

import fs from 'node:fs';
import path from 'node:path';
import { encodePng, type Image } from '../../../lib/image';
import type { Picture } from '../../../lib/display';
import { meanDifference } from '../../support/viewer-page';

/** Of 255, on average: JPEG is not exact at edges. */
export const MAX_MEAN_DIFFERENCE = 4;

const PICTURES = path.join(__dirname, '..', '..', '..', 'out', 'guest-view');

/** A file in out/guest-view. */
export const pictureFile = (name: string): string => {
  fs.mkdirSync(PICTURES, { recursive: true });
  return path.join(PICTURES, `${name}.png`);
};

export const keepPicture = (name: string, picture: Image): void =>
  fs.writeFileSync(pictureFile(name), encodePng(picture));

/** A part of a picture. */
export const cut = (
  picture: Image,
  x: number,
  y: number,
  { width, height }: { width: number; height: number },
): Image => {
  const data = new Uint8Array(width * height * 4);
  for (let row = 0; row < height; row += 1) {
    const start = ((y + row) * picture.width + x) * 4;
    data.set(picture.data.subarray(start, start + width * 4), row * width * 4);
  }
  return { width, height, data };
};

/** As it would be if red and blue were mistaken for each other. */
export const withRedAsBlue = ({ width, height, data }: Picture): Picture => {
  const other = new Uint8Array(data);
  for (let at = 0; at < data.length; at += 4) [other[at], other[at + 2]] = [data[at + 2], data[at]];
  return { width, height, data: other };
};

/** Says how much they differ when that is too much. */
export const expectSamePicture = (shown: Picture, wanted: Picture): void => {
  expect([shown.width, shown.height]).toEqual([wanted.width, wanted.height]);
  expect(meanDifference(shown.data, wanted.data)).toBeLessThan(MAX_MEAN_DIFFERENCE);
  // Which would say nothing if the picture were grey.
  const mistaken = withRedAsBlue(wanted).data;
  expect(meanDifference(shown.data, mistaken)).toBeGreaterThan(3 * meanDifference(shown.data, wanted.data));
};

/** The smallest rectangle around what differs by more than JPEG makes it; undefined for nothing. */
export const changedArea = (
  a: Picture,
  b: Picture,
): { x: number; y: number; width: number; height: number } | undefined => {
  const THRESHOLD = 60;
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  for (let pixel = 0; pixel < a.width * a.height; pixel += 1) {
    if (Math.abs(a.data[pixel * 4] - b.data[pixel * 4]) < THRESHOLD) continue;
    const [x, y] = [pixel % a.width, Math.floor(pixel / a.width)];
    [left, top, right, bottom] = [
      Math.min(left, x),
      Math.min(top, y),
      Math.max(right, x),
      Math.max(bottom, y),
    ];
  }
  return right < 0 ? undefined : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
};

const GREY = 128;

/** Whether kmscube is seen: its grey is in a corner. */
export const isCube = ({ data }: Picture): boolean =>
  data.slice(0, 3).every((channel) => Math.abs(channel - GREY) < 8);
