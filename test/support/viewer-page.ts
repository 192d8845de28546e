// The viewer's page in headless Chromium, and what pictures on it are compared by.

import { type Browser, chromium, type Page } from 'playwright-core';
import type { Picture } from '../../lib/display';

/** Debian's. */
export const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
];

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

/** How much two pictures differ, of 255, on average. */
export const meanDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) return Infinity;
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) if (at % 4 !== 3) sum += Math.abs(a[at] - b[at]);
  return sum / ((a.length * 3) / 4);
};

/** What is on the page, RGBA. */
export const canvasPixels = async (page: Page): Promise<Picture> => {
  const { width, height, base64 } = await page.evaluate(() => {
    // Of the browser, of which this file has no types.
    const canvas = (globalThis as any).document.querySelector('#stage canvas'); // eslint-disable-line
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let text = '';
    for (let at = 0; at < data.length; at += 8192)
      text += String.fromCharCode(...data.subarray(at, at + 8192));
    return { width: canvas.width, height: canvas.height, base64: btoa(text) };
  });
  return { width, height, data: Buffer.from(base64, 'base64') };
};
