// The viewer's page in headless Chromium: the picture, what is typed and pointed at, and who is let in.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { Renderer } from 'virgl';
import { openScene, render as texturedCube } from '../../examples/textured-cube';
import {
  Display,
  type KeyInput,
  type Picture,
  PictureSource,
  type PointerInput,
  serveView,
  type ServeViewOptions,
  type ViewServer,
} from '../../lib/display';
import { encodeTrace, MemoryTrace, RecordingHost } from '../../lib/trace';
import { openPrivateHost } from '../../lib/vtest';
import { canvasPixels, CHROMIUM, launchChromium, meanDifference } from '../support/viewer-page';

const ROOT = path.join(__dirname, '..', '..');
const OUT = path.join(ROOT, 'out', 'view');
const VIRGL = path.join(ROOT, 'dist', 'cli', 'main.js');
const SIZE = { width: 320, height: 200 };
const VIEWPORT = { width: 1000, height: 700 };
/** Of 255, on average: JPEG is not exact where a texture is fine. */
const MAX_MEAN_DIFFERENCE = 6;
/** Another picture differs by more than that. */
const OTHER_DIFFERENCE = 12;

/** Blocks of colour, another for each number. */
const pattern = (number: number, { width, height } = SIZE): Picture => {
  const data = new Uint8Array(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    const block = Math.floor(x / 40) + 3 * Math.floor(y / 40) + number;
    data.set([(block * 60) & 255, (block * 110) & 255, (x * 255) / width, 255], pixel * 4);
  }
  return { width, height, data };
};

const until = async (what: () => boolean | Promise<boolean>): Promise<void> => {
  const end = Date.now() + 15_000;
  while (!(await what())) {
    if (Date.now() > end) throw new Error(`still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
};

const shows = async (page: Page, picture: Picture): Promise<void> => {
  let difference = Infinity;
  const isSame = async (): Promise<boolean> => {
    difference = meanDifference((await canvasPixels(page)).data, picture.data);
    return difference < MAX_MEAN_DIFFERENCE;
  };
  await until(isSame).catch(() => {
    throw new Error(`the picture differs by ${difference} of 255`);
  });
};

/** A source that remembers what was done to it. */
const rememberingSource = (label: string, number: number) => {
  const keys: KeyInput[] = [];
  const pointers: PointerInput[] = [];
  const texts: string[] = [];
  const source: PictureSource = new PictureSource({
    label,
    input: {
      key: (input) => keys.push(input),
      pointer: (input) => pointers.push(input),
      clipboard: (text) => texts.push(text),
    },
    requestSize: (width, height) => source.show(pattern(number, { width, height })),
  });
  source.show(pattern(number));
  return { source, keys, pointers, texts };
};

const keyText = (keys: readonly KeyInput[]): string =>
  keys.map(({ down, scancode = 0 }) => `${down ? '+' : '-'}${scancode.toString(16)}`).join(' ');

const isSkipped = !existsSync(CHROMIUM) && process.env['VIRGL_REQUIRE_BROWSER'] !== '1';

if (isSkipped) process.stderr.write(`tests of the viewer are skipped: there is no ${CHROMIUM}\n`);
(isSkipped ? describe.skip : describe)('the viewer', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let server: ViewServer;
  let remembered: ReturnType<typeof rememberingSource>;
  let displays: Display[];
  let complaints: string[];

  const serve = async (options: ServeViewOptions = {}): Promise<void> => {
    remembered = rememberingSource('first', 1);
    displays = [
      new Display(remembered.source, { encoderThreads: 0 }),
      new Display(rememberingSource('second', 5).source, { encoderThreads: 0 }),
    ];
    server = await serveView({ display: displays[0], port: 0, ...options });
  };

  const connected = (): Promise<unknown> => page.waitForSelector('body[data-state=connected]');

  const open = async (options: ServeViewOptions = {}): Promise<void> => {
    await serve(options);
    await page.goto(server.loginUrl());
    await connected();
  };

  const shot = (name: string): Promise<unknown> => page.screenshot({ path: path.join(OUT, `${name}.png`) });

  const newPage = async (): Promise<Page> => {
    const made = await context.newPage();
    made.on('console', (message) => complaints.push(message.text()));
    made.on('pageerror', (error) => complaints.push(error.message));
    return made;
  };

  beforeAll(async () => {
    mkdirSync(OUT, { recursive: true });
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    complaints = [];
    context = await browser.newContext({ viewport: VIEWPORT, ignoreHTTPSErrors: true });
    page = await newPage();
  });
  afterEach(async () => {
    await context.close();
    await server?.close();
    for (const display of displays ?? []) display.close();
  });

  test('shows the picture, and each that follows', async () => {
    await open();
    await shows(page, pattern(1));
    remembered.source.show(pattern(2));
    await shows(page, pattern(2));
    // When it has been still for a while, it is exact.
    await until(async () => meanDifference((await canvasPixels(page)).data, pattern(2).data) === 0);
    expect(await page.title()).toBe('first · virgl');
    // The token is not in the address any more.
    expect(page.url()).toBe(server.url);
    await shot('pattern');
    expect(complaints.filter((text) => !text.includes('willReadFrequently'))).toEqual([]);
  });

  test('counts frames, and knows latency and bandwidth', async () => {
    await open();
    const pictures = [pattern(1), pattern(2)];
    const timer = setInterval(() => {
      pictures.reverse();
      remembered.source.show(pictures[0]);
    }, 40);
    try {
      await until(async () => Number.parseInt((await page.textContent('#frames')) ?? '', 10) > 10);
      await until(async () => /^[\d.]+ ms$/.test((await page.textContent('#latency')) ?? ''));
      expect(await page.textContent('#bandwidth')).toMatch(/^[\d.]+ [kM]bit\/s$/);
      expect(await page.textContent('#size')).toBe('320×200');
      await shot('figures');
    } finally {
      clearInterval(timer);
    }
  });

  test('keys and pointer reach the source, at the right place', async () => {
    await open();
    // That it understands scan codes, the server says with the first picture.
    await shows(page, pattern(1));
    await page.keyboard.press('z');
    await page.keyboard.press('Shift+Digit7');
    await until(() => remembered.keys.length >= 6);
    expect(keyText(remembered.keys)).toBe('+2c -2c +2a +8 -8 -2a');
    const box = await page.locator('#stage canvas').boundingBox();
    if (box === null) throw new Error('there is no canvas');
    await page.mouse.click(box.x + box.width * 0.25, box.y + box.height * 0.75, { button: 'right' });
    await until(() => remembered.pointers.some(({ buttons }) => buttons === 4));
    const { x, y } = remembered.pointers.find(({ buttons }) => buttons === 4) ?? { x: 0, y: 0 };
    expect(Math.abs(x - 80)).toBeLessThanOrEqual(1);
    expect(Math.abs(y - 150)).toBeLessThanOrEqual(1);
    await page.mouse.wheel(0, 100);
    await until(() => remembered.pointers.some(({ buttons }) => buttons === 1 << 4));
  });

  test('Ctrl-Alt-Del, the clipboard, and the way back from the picture to the buttons', async () => {
    await open();
    await page.click('#ctrl-alt-del');
    await until(() => remembered.keys.length >= 6);
    expect(keyText(remembered.keys)).toBe('+1d +38 +d3 -d3 -38 -1d');
    await page.click('#clipboard');
    await page.fill('#clipboard-text', 'Grüße');
    await page.click('#clipboard-send');
    await until(() => remembered.texts.length > 0);
    expect(remembered.texts).toEqual(['Grüße']);
    await shot('clipboard');
    await page.click('#clipboard');
    remembered.keys.length = 0;
    await page.keyboard.press('Control+Alt+KeyG');
    expect(await page.evaluate('document.activeElement.id')).toBe('fit');
    await until(() => remembered.keys.length >= 4);
    // What was down goes up, as its coming up is not seen any more.
    expect(keyText(remembered.keys)).toMatch(/^\+1d \+38 (-1d -38|-38 -1d)$/);
  });

  test('fits the picture, or gives the display the size of the window', async () => {
    await open();
    const canvas = page.locator('#stage canvas');
    await until(async () => ((await canvas.boundingBox())?.width ?? 0) === VIEWPORT.width);
    await page.click('#fit');
    await until(async () => ((await canvas.boundingBox())?.width ?? 0) === SIZE.width);
    await page.click('#resize');
    const stage = await page.locator('#stage').boundingBox();
    const wanted = { width: Math.floor(stage?.width ?? 0), height: Math.floor(stage?.height ?? 0) };
    await until(() => remembered.source.size.width === wanted.width);
    expect(remembered.source.size).toEqual(wanted);
    await shows(page, pattern(1, wanted));
    await shot('resized');
  });

  test('full screen hides the bar until it is wanted', async () => {
    const barOpacity = (): Promise<unknown> =>
      page.evaluate('getComputedStyle(document.querySelector("header")).opacity');
    await open();
    await page.click('#full-screen');
    await page.waitForSelector('#full-screen[aria-pressed=true]');
    await page.mouse.move(500, 400);
    await until(async () => (await barOpacity()) === '0');
    await shot('full-screen');
    await page.mouse.move(500, 2);
    await until(async () => (await barOpacity()) === '1');
  });

  test('several displays can be chosen from', async () => {
    await serve();
    await server.close();
    server = await serveView({ displays, port: 0 });
    await page.goto(server.loginUrl());
    await connected();
    await shows(page, pattern(1));
    await page.selectOption('#displays', '1');
    await until(async () => (await page.title()) === 'second · virgl');
    await connected();
    await shows(page, pattern(5));
    await shot('second');
  });

  test('view-only: nothing that is typed or clicked arrives', async () => {
    await open({ viewOnly: true });
    await shows(page, pattern(1));
    for (const id of ['ctrl-alt-del', 'resize', 'clipboard'])
      expect(await page.locator(`#${id}`).isVisible()).toBe(false);
    await page.mouse.click(500, 400);
    await page.keyboard.press('a');
    remembered.source.show(pattern(3));
    await shows(page, pattern(3));
    expect({ keys: remembered.keys, pointers: remembered.pointers }).toEqual({ keys: [], pointers: [] });
    await shot('view-only');
  });

  test('a token is good for one browser, which stays let in', async () => {
    await serve();
    const address = server.loginUrl();
    await page.goto(address);
    await connected();
    await page.reload();
    await connected();
    const stranger = await browser.newContext();
    const other = await stranger.newPage();
    await other.goto(address);
    await other.waitForSelector('body[data-state=login]');
    expect(await other.textContent('#message-text')).toBe('This token was used, or never valid.');
    await other.screenshot({ path: path.join(OUT, 'refused.png') });
    await other.goto(`${server.url}#token=wrong`);
    await other.waitForSelector('body[data-state=login]');
    await stranger.close();
  });

  test('by password; over TLS on other addresses', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'virgl-view-'));
    const before = process.env['XDG_CONFIG_HOME'];
    process.env['XDG_CONFIG_HOME'] = folder;
    try {
      await serve({ host: '0.0.0.0', password: 'open sesame' });
      await page.goto(`https://127.0.0.1:${server.port}/`);
      await page.waitForSelector('body[data-state=login]');
      await page.fill('#password', 'wrong');
      await page.keyboard.press('Enter');
      await until(async () => (await page.textContent('#message-text')) === 'Wrong password.');
      await shot('login');
      await page.fill('#password', 'open sesame');
      await page.keyboard.press('Enter');
      await connected();
      await shows(page, pattern(1));
      const [cookie] = await context.cookies();
      expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Strict' });
    } finally {
      process.env['XDG_CONFIG_HOME'] = before;
      if (before === undefined) delete process.env['XDG_CONFIG_HOME'];
      rmSync(folder, { recursive: true });
    }
  });

  test('a lost connection is tried again', async () => {
    await open();
    const { port } = server;
    await server.close();
    await page.waitForSelector('body[data-state=disconnected]');
    expect(await page.textContent('#message-title')).toBe('The connection ended');
    server = await serveView({ display: displays[0], port });
    // Its sessions are others.
    await page.waitForSelector('body[data-state=login]');
    await page.goto(server.loginUrl());
    await connected();
    await shows(page, pattern(1));
  });

  test('in the dark, and on a narrow screen', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await open();
    await shows(page, pattern(1));
    await shot('dark');
    await page.setViewportSize({ width: 390, height: 700 });
    await shot('narrow');
    const boxes = await page.locator('.tools button:visible').all();
    for (const button of boxes) {
      const { x = -1, width = 0 } = (await button.boundingBox()) ?? {};
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + width).toBeLessThanOrEqual(390);
      expect(width).toBeGreaterThanOrEqual(40);
    }
  });

  describe('of virgl view', () => {
    let child: ChildProcess | undefined;

    /** Opens the address that the command prints. */
    const view = async (...args: string[]): Promise<void> => {
      child = spawn(process.execPath, [VIRGL, 'view', ...args, '--view', '127.0.0.1:0'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const printed = await new Promise<string>((resolve) =>
        child?.stdout?.once('data', (text: Buffer) => resolve(String(text))),
      );
      const address = /^open (http:\S+)$/m.exec(printed)?.[1] ?? '';
      await page.goto(address);
      await connected();
    };

    const ended = (): Promise<number | null> =>
      new Promise((resolve) => {
        child?.once('exit', resolve);
        child?.kill('SIGTERM');
      });

    afterEach(() => child?.kill('SIGKILL'));

    test('an example turns, is turned by mouse, and is the picture that it is', async () => {
      const size = { width: 320, height: 240 };
      await view('--example', 'textured-cube', '--size', '320x240');
      const first = await canvasPixels(page);
      await until(async () => meanDifference((await canvasPixels(page)).data, first.data) > OTHER_DIFFERENCE);
      await page.keyboard.press('Home');
      const host = await openPrivateHost();
      const renderer = await Renderer.open({ host });
      const still = await texturedCube(renderer, size, () => {});
      await renderer.close();
      await shows(page, { ...size, data: still });
      await shot('cube');
      await page.mouse.move(500, 300);
      await page.mouse.down();
      await page.mouse.move(620, 340, { steps: 5 });
      await page.mouse.up();
      await until(async () => meanDifference((await canvasPixels(page)).data, still) > OTHER_DIFFERENCE);
      await shot('cube-turned');
      expect(await ended()).toBe(0);
    });

    test('a trace plays, stops, and steps', async () => {
      const folder = mkdtempSync(path.join(os.tmpdir(), 'virgl-view-'));
      const { file, pictures } = await recordCube(folder);
      await view(file, '--fps', '20');
      await until(async () => /frame 2 of 4$/.test((await page.textContent('#label')) ?? ''));
      await page.keyboard.press('Space');
      await until(async () => /stopped$/.test((await page.textContent('#label')) ?? ''));
      const at = (): Promise<number> =>
        page.textContent('#label').then((text) => Number(/frame (\d)/.exec(text ?? '')?.[1]));
      for (const [key, by] of [
        ['ArrowRight', 1],
        ['ArrowRight', 1],
        ['ArrowLeft', 3],
        ['ArrowLeft', 3],
      ] as const) {
        const wanted = ((await at()) + by) % pictures.length;
        await page.keyboard.press(key);
        await until(async () => (await at()) === wanted);
        await shows(page, pictures[wanted]);
      }
      await shot('trace');
      expect(await ended()).toBe(0);
      rmSync(folder, { recursive: true });
    });
  });
});

/** A trace of four frames, and their pictures. */
const recordCube = async (folder: string): Promise<{ file: string; pictures: Picture[] }> => {
  const size = { width: 160, height: 120 };
  const meta = { writer: '0.0.0', recordedAt: '2026-01-01T00:00:00.000Z', source: 'a cube' };
  const trace = new MemoryTrace(meta);
  const host = new RecordingHost(await openPrivateHost(), trace, { frames: 'none' });
  const renderer = await Renderer.open({ host });
  const scene = await openScene(renderer, size, () => {});
  const pictures: Picture[] = [];
  for (let frame = 0; frame < 4; frame += 1) {
    await scene.draw({ turn: frame * 0.4, tilt: 0, distance: 1 });
    pictures.push({ ...size, data: await scene.target.read() });
    host.markFrame();
  }
  expect(meanDifference(pictures[0].data, pictures[1].data)).toBeGreaterThan(OTHER_DIFFERENCE);
  await renderer.close();
  const file = path.join(folder, 'cube.vgtrace');
  writeFileSync(file, encodeTrace(meta, trace.list));
  return { file, pictures };
};
