// A guest in TigerVNC's viewer: what it shows is seen exactly, and what is typed and pointed at arrives.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { VirtualDisplay } from '../../lib/guest/screen/xvfb';
import { decodePng, type Image } from '../../lib/image';
import { describeGuests } from '../support/guests';
import { meanDifference } from '../support/viewer-page';
import { BTN_LEFT, readTablet, SHELL_AND_TABLET } from './support/guest-script';
import { cut, isCube, keepPicture } from './support/pictures';
import { moveMouse } from './support/real-mouse';
import { until, VirglCommand } from './support/virgl-command';

const SIZE = { width: 800, height: 600 };
/** Room around the viewer's window. */
const SCREEN = { width: 900, height: 700 };
/** Beside the viewer, where the local pointer is no part of what is compared. */
const ASIDE = { x: 850, y: 650 };
/** Where the pointer goes: far, by one pixel, and to the edges. */
const PLACES = [
  { x: 200, y: 450 },
  { x: 201, y: 450 },
  { x: 640, y: 77 },
  { x: 0, y: 599 },
  { x: 400, y: 300 },
];
/** Without losses, and with no window of its own for questions. */
const VIEWER_OPTIONS = ['-RemoteResize=0', '-MenuKey=', '-ReconnectOnError=0', '-NoJPEG'];

describeGuests(
  'virgl guest run --vnc',
  () => {
    let folder: string;
    let command: VirglCommand;
    let display: VirtualDisplay;
    let viewer: ChildProcess;

    const xdotool = (...words: string[]): string =>
      execFileSync('xdotool', words, { env: { ...process.env, DISPLAY: display.name }, encoding: 'utf8' });

    beforeAll(async () => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-vnc-'));
      const options = ['--vnc', '127.0.0.1:0', '--screenshots', folder];
      command = new VirglCommand(['guest', 'run', ...options, '--', 'sh', '-c', SHELL_AND_TABLET]);
      const [, port] = await command.says(/VNC on 127\.0\.0\.1 port (\d+)/);
      await command.says(/told of the tablet/);
      display = await VirtualDisplay.open(SCREEN.width, SCREEN.height);
      viewer = spawn('xtigervncviewer', [...VIEWER_OPTIONS, `127.0.0.1::${port}`], {
        env: { ...process.env, DISPLAY: display.name, HOME: folder },
        stdio: 'ignore',
      });
      await command.says(/VNC client 1/);
      // Where nothing manages windows, they are not quite at the corner.
      xdotool('search', '--sync', '--name', 'TigerVNC', 'windowmove', '0', '0', 'windowsize', '800', '600');
      xdotool('search', '--sync', '--name', 'TigerVNC', 'windowfocus', '--sync');
      moveMouse(xdotool, ASIDE);
    });

    afterAll(async () => {
      viewer?.kill();
      await display?.[Symbol.asyncDispose]();
      await command?.[Symbol.asyncDispose]();
      fs.rmSync(folder, { recursive: true, force: true });
    });

    const seen = async (): Promise<Image> => cut(await display.capture(), 0, 0, SIZE);

    /** The newest of QEMU's own. */
    const lastScreenshot = (): Image => {
      const name = fs
        .readdirSync(folder)
        .filter((file) => file.endsWith('.png'))
        .sort()
        .at(-1);
      return decodePng(fs.readFileSync(path.join(folder, String(name))));
    };

    const isSame = (a: Image, b: Image): boolean => meanDifference(a.data, b.data) === 0;

    /** What the viewer shows, once that is exactly what QEMU says that the guest shows. */
    const exactPicture = async (): Promise<Image> => {
      let shown: Image | undefined;
      await until('the same picture in the viewer and in QEMU', async () => {
        shown = await seen();
        return isSame(shown, lastScreenshot());
      });
      return shown as Image;
    };

    test('a key reaches the shell, and its echo is seen', async () => {
      const before = await exactPicture();
      xdotool('type', '--delay', '40', '/tmp/say Key!');
      await until('an echo', async () => !isSame(await seen(), before));
      xdotool('key', 'Return');
      await command.says(/^Key!$/m);
      keepPicture('vnc-shell', await exactPicture());
    });

    test('the pointer is where it should be, each time that it moves', async () => {
      const pixelOf = (share: number, pixels: number): number => Math.floor(share * pixels);
      for (const place of PLACES) {
        moveMouse(xdotool, place);
        await until(
          () => `${place.x},${place.y} in ${JSON.stringify(readTablet(command.stdout))}`,
          () => {
            const { x, y } = readTablet(command.stdout);
            return pixelOf(x, SIZE.width) === place.x && pixelOf(y, SIZE.height) === place.y;
          },
        );
      }
      xdotool('click', '1');
      await until('a click', () => readTablet(command.stdout).pressed.includes(BTN_LEFT));
      moveMouse(xdotool, ASIDE);
    });

    test('kmscube turns, in the right colours', async () => {
      xdotool('type', '--delay', '40', 'kmscube');
      xdotool('key', 'Return');
      await until('a cube', async () => isCube(await seen()));
      const before = await seen();
      await until('the cube to turn', async () => !isSame(await seen(), before));
      xdotool('key', 'ctrl+z');
      const still = await exactPicture();
      expect(isCube(still)).toBe(true);
      keepPicture('vnc-kmscube', still);
    });

    test('a signal ends it while they look', async () => {
      command.child.kill('SIGTERM');
      expect(await command.ended).toBe(143);
      expect(command.remains).toEqual([]);
    });
  },
  ['xtigervncviewer', 'Xvfb', 'xdotool'],
);
