// A viewer that others wrote, TigerVNC's, under Xvfb: what it shows is compared with what the display has, and what is typed and
// pointed at in it arrives.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Display, guardPasswords, serveVnc } from 'virgl/display';
import { decodeXwd } from '../../lib/guest/screen/xwd';
import type { Image } from '../../lib/image';
import { PICTURES } from '../display/support/pictures';
import { TestPattern } from '../display/support/test-pattern';
import { findProgram } from '../display/support/find-program';

const WIDTH = 640;
const HEIGHT = 400;
const SCREEN = { width: 800, height: 600 };
const PROGRAMS = ['xtigervncviewer', 'Xvfb', 'xdotool'];
const missing = PROGRAMS.filter((program) => findProgram(program) === undefined);
const describeIf = missing.length === 0 ? describe : describe.skip;
if (missing.length > 0)
  console.warn(`vnc-client: skipped, ${missing.join(', ')} missing (scripts/setup.sh --display)`);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let directory: string;
let xvfb: ChildProcess;
let display: string;

const startXvfb = async (): Promise<string> => {
  const { width, height } = SCREEN;
  const size = `${width}x${height}x24`;
  xvfb = spawn(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', size, '-nocursor', '-fbdir', directory, '-nolisten', 'tcp'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  const pipe = xvfb.stdio[3] as NodeJS.ReadableStream;
  return new Promise((resolve, reject) => {
    pipe.once('data', (bytes: Buffer) => resolve(`:${bytes.toString().trim()}`));
    xvfb.once('exit', () => reject(new Error('Xvfb did not start')));
  });
};

const see = (): Image => decodeXwd(fs.readFileSync(path.join(directory, 'Xvfb_screen0')));

/** As 0xRRGGBB. */
const colorAt = ({ data, width }: Image, x: number, y: number): number =>
  Buffer.from(data.buffer, data.byteOffset).readUIntBE((y * width + x) * 4, 3);

/** Where the viewer's picture begins on the screen: at the first place where all samples are right. */
const findPicture = (screen: Image, source: TestPattern): { x: number; y: number } | undefined => {
  const samples = Array.from({ length: 200 }, (_, index) => ({
    x: (index * 97) % WIDTH,
    y: (index * 61) % HEIGHT,
  }));
  for (let y = 0; y <= SCREEN.height - HEIGHT; y++)
    for (let x = 0; x <= SCREEN.width - WIDTH; x++) {
      const isHere = samples.every(
        (at) =>
          colorAt(screen, x + at.x, y + at.y) === ((source.pixels[at.y * WIDTH + at.x] as number) & 0xffffff),
      );
      if (isHere) return { x, y };
    }
  return undefined;
};

const isSame = (screen: Image, source: TestPattern, place: { x: number; y: number }): boolean =>
  source.pixels.every(
    (pixel, index) =>
      colorAt(screen, place.x + (index % WIDTH), place.y + Math.floor(index / WIDTH)) === (pixel & 0xffffff),
  );

/** Until a picture is on the screen, exactly. */
const waitForPicture = async (source: TestPattern): Promise<{ x: number; y: number }> => {
  for (const until = Date.now() + 20_000; Date.now() < until; await pause(100)) {
    const screen = see();
    const place = findPicture(screen, source);
    if (place !== undefined && isSame(screen, source, place)) return place;
  }
  throw new Error('the picture was not seen in 20 s');
};

const withClient = async (
  parameters: readonly string[],
  source: TestPattern,
  use: () => Promise<void>,
  password?: string,
): Promise<void> => {
  using shown = new Display(source);
  await using server = await serveVnc({
    display: shown,
    port: 0,
    ...(password === undefined ? {} : { authenticate: guardPasswords({ password }) }),
  });
  const client = spawn(
    'xtigervncviewer',
    ['-RemoteResize=0', '-MenuKey=', '-ReconnectOnError=0', ...parameters, `127.0.0.1::${server.port}`],
    { env: { ...process.env, DISPLAY: display, HOME: directory, VNC_PASSWORD: password }, stdio: 'ignore' },
  );
  try {
    await use();
  } finally {
    client.kill();
    await new Promise((resolve) => client.once('exit', resolve));
  }
};

const xdotool = (...words: string[]): void =>
  void execFileSync('xdotool', words, { env: { ...process.env, DISPLAY: display } });

describeIf('TigerVNC', () => {
  beforeAll(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-vnc-'));
    display = await startXvfb();
  });

  afterAll(() => {
    xvfb.kill();
    fs.rmSync(directory, { recursive: true, force: true });
  });

  test.each([
    ['Tight', ['-AutoSelect=0', '-PreferredEncoding=Tight', '-NoJPEG']],
    ['ZRLE', ['-AutoSelect=0', '-PreferredEncoding=ZRLE', '-NoJPEG']],
    ['Raw', ['-AutoSelect=0', '-PreferredEncoding=Raw', '-NoJPEG']],
  ])('shows the pixels of the display by %s, and follows changes', async (_name, parameters) => {
    const source = new TestPattern(WIDTH, HEIGHT, PICTURES.desktop);
    await withClient(parameters, source, async () => {
      await waitForPicture(source);
      source.paint({ x: 0, y: 100, width: WIDTH, height: 150 }, PICTURES.photograph as () => number);
      source.paint({ x: 300, y: 120, width: 200, height: 80 }, PICTURES.text as () => number);
      await waitForPicture(source);
    });
  });

  test('follows a new size', async () => {
    const source = new TestPattern(320, 200, PICTURES.text);
    await withClient(['-AutoSelect=0', '-PreferredEncoding=Tight', '-NoJPEG'], source, async () => {
      await pause(1000);
      source.resize(WIDTH, HEIGHT, PICTURES.desktop);
      await waitForPicture(source);
    });
  });

  test('a password, keys and the pointer', async () => {
    const source = new TestPattern(WIDTH, HEIGHT, PICTURES.desktop);
    const parameters = ['-AutoSelect=0', '-PreferredEncoding=ZRLE', '-NoJPEG'];
    const use = async (): Promise<void> => {
      const { x, y } = await waitForPicture(source);
      xdotool('mousemove', String(x + 123), String(y + 45));
      xdotool('click', '1');
      // There is no window manager that would do it.
      xdotool('search', '--name', 'TigerVNC', 'windowfocus', '--sync');
      xdotool('key', 'a');
      const { input } = source;
      for (let tries = 0; input.keys.length < 2 && tries < 50; tries++) await pause(100);
      expect(input.pointers).toContainEqual({ x: 123, y: 45, buttons: 1 });
      expect(input.pointers.at(-1)).toEqual({ x: 123, y: 45, buttons: 0 });
      expect(input.keys).toEqual([
        { keysym: 0x61, scancode: 0x1e, down: true },
        { keysym: 0x61, scancode: 0x1e, down: false },
      ]);
    };
    await withClient(parameters, source, use, 'secret');
  });
});
