// Comparing pictures with golden ones: drivers round differently, so a few pixels may differ a little.

import fs from 'node:fs';
import path from 'node:path';
import pixelmatch from 'pixelmatch';
import { decodePng, encodePng, type Image } from '../../lib/image';

const DIFFERENCES = path.join(__dirname, '..', '..', 'out', 'golden-differences');
/** Perceptual difference of a pixel, 0 to 1, that still counts as equal. */
const PIXEL_TOLERANCE = 0.1;
/** Share of pixels that may differ by more: edges that a driver rasterizes one pixel further. */
const SHARE_TOLERANCE = 0.002;

const update = process.env.UPDATE_GOLDEN === '1';

/**
 * Throws unless a picture looks like the golden one, and then leaves a difference picture in out/golden-differences.
 * With UPDATE_GOLDEN=1 the golden picture is written instead: look at it before you commit it.
 */
export const expectGolden = (golden: string, actual: Image): void => {
  if (update) {
    fs.mkdirSync(path.dirname(golden), { recursive: true });
    fs.writeFileSync(golden, encodePng(actual));
    return;
  }
  expectSimilar(path.basename(golden), decodePng(fs.readFileSync(golden)), actual);
};

/** Throws unless two pictures look alike, and then leaves a difference picture of that name in out/golden-differences. */
export const expectSimilar = (name: string, expected: Image, actual: Image): void => {
  const { width, height } = expected;
  expect({ width: actual.width, height: actual.height }).toEqual({ width, height });
  const difference = new Uint8Array(width * height * 4);
  const options = { threshold: PIXEL_TOLERANCE };
  const different = pixelmatch(expected.data, actual.data, difference, width, height, options);
  if (different <= width * height * SHARE_TOLERANCE) return;
  const file = path.join(DIFFERENCES, name);
  fs.mkdirSync(DIFFERENCES, { recursive: true });
  fs.writeFileSync(file, encodePng({ width, height, data: difference }));
  throw new Error(`${different} of ${width * height} pixels differ from ${name}; see ${file}`);
};
