// A guest in a browser: what it shows is seen, and what is typed and pointed at there arrives.

import fs from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { decodePng, type Image } from '../../lib/image';
import { describeGuests } from '../support/guests';
import { canvasPixels, CHROMIUM, launchChromium, meanDifference } from '../support/viewer-page';
import { BTN_LEFT, readTablet, SHELL_AND_TABLET } from './support/guest-script';
import { changedArea, expectSamePicture, isCube, keepPicture, pictureFile } from './support/pictures';
import { until, VirglCommand } from './support/virgl-command';

const SIZE = { width: 800, height: 600 };
/** Of the console's font. */
const CHARACTER = { width: 8, height: 16 };
/** A cube that turns differs by more, and JPEG by less. */
const MOVED = 0.5;

describeGuests(
  'virgl guest run --view',
  () => {
    let command: VirglCommand;
    let browser: Browser;
    let page: Page;
    let screenshots: string;

    beforeAll(async () => {
      screenshots = path.join(path.dirname(pictureFile('page')), 'screenshots');
      fs.rmSync(screenshots, { recursive: true, force: true });
      const args = [
        '--view',
        '127.0.0.1:0',
        '--screenshots',
        screenshots,
        '--',
        'sh',
        '-c',
        SHELL_AND_TABLET,
      ];
      command = new VirglCommand(['guest', 'run', ...args]);
      browser = await launchChromium();
      page = await browser.newPage({ viewport: { width: 1000, height: 760 } });
      const [, address] = await command.says(/^open (\S+)$/m);
      await page.goto(address);
      await page.waitForSelector('body[data-state=connected]');
      await command.says(/told of the tablet/);
    });

    afterAll(async () => {
      await browser?.close();
      await command?.[Symbol.asyncDispose]();
    });

    /** Waits until the page shows the same for a while, and returns that. */
    const stillPicture = async (): Promise<Image> => {
      let picture = await canvasPixels(page);
      let since = Date.now();
      await until('a still picture', async () => {
        const next = await canvasPixels(page);
        if (meanDifference(next.data, picture.data) > 0) since = Date.now();
        picture = next;
        return Date.now() - since > 1200;
      });
      return picture;
    };

    /** The newest of QEMU's own. */
    const lastScreenshot = (): Image => {
      const name = fs.readdirSync(screenshots).sort().at(-1);
      return decodePng(fs.readFileSync(path.join(screenshots, String(name))));
    };

    const type = (text: string): Promise<void> => page.keyboard.type(text, { delay: 30 });

    const isCubeTurning = async (): Promise<boolean> => {
      const before = await canvasPixels(page);
      if (!isCube(before)) return false;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return meanDifference((await canvasPixels(page)).data, before.data) > MOVED;
    };

    test('a key reaches the shell, and its echo is seen', async () => {
      await page.click('#stage canvas');
      await type('clear\n');
      const empty = await stillPicture();
      expect([empty.width, empty.height]).toEqual([SIZE.width, SIZE.height]);
      await type('hhhhh');
      const echoed = await stillPicture();
      const { width, height } = changedArea(empty, echoed) ?? { width: 0, height: 0 };
      // The cursor is one character further.
      expect(width).toBeGreaterThan(4 * CHARACTER.width);
      expect(width).toBeLessThanOrEqual(6 * CHARACTER.width);
      expect(height).toBeLessThanOrEqual(CHARACTER.height);
      await page.keyboard.press('Control+u');
      await type('/tmp/say ');
      // As a person does it, who needs Shift.
      for (const key of ['Shift+KeyK', 'e', 'y', 'Shift+Digit1', 'Enter']) await page.keyboard.press(key);
      await command.says(/^Key!$/m);
      await page.screenshot({ path: pictureFile('page-shell') });
    });

    test('the pointer is where it should be', async () => {
      const box = (await page.locator('#stage canvas').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
      await page.mouse.click(box.x + box.width * 0.25, box.y + box.height * 0.75);
      await until(
        () => `a click in ${JSON.stringify(readTablet(command.stdout))}`,
        () => {
          const { x, y, pressed } = readTablet(command.stdout);
          const isThere = Math.abs(x - 0.25) < 2 / SIZE.width && Math.abs(y - 0.75) < 2 / SIZE.height;
          return isThere && pressed.includes(BTN_LEFT);
        },
      );
    });

    test('kmscube turns, in the right colours', async () => {
      await page.click('#stage canvas');
      await type('clear; kmscube\n');
      await until('the cube to turn', isCubeTurning);
      await page.keyboard.press('Control+z');
      const shown = await stillPicture();
      keepPicture('page-kmscube', shown);
      const own = lastScreenshot();
      keepPicture('page-kmscube-own', own);
      expectSamePicture(shown, own);
      // What is still is sent once more without losses.
      expect(meanDifference(shown.data, own.data)).toBe(0);
      await page.screenshot({ path: pictureFile('page-kmscube-whole') });
      await type('fg\n');
      await until('the cube to turn on', isCubeTurning);
      // Any key ends it.
      await page.keyboard.press('Enter');
      await until('the shell', async () => !isCube(await canvasPixels(page)));
    });

    test('the guest ends with its shell', async () => {
      await type('exit 3\n');
      expect(await command.ended).toBe(3);
      expect(command.remains).toEqual([]);
    });
  },
  [CHROMIUM],
);
