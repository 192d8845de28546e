// The demo draws the bunny, the same as ever, and turns it.

import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { decodePng } from '../../lib/image';
import { expectGolden } from '../support/golden';

const run = promisify(execFile);
const ROOT = path.join(__dirname, '..', '..');
const TSX = path.join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');
const FRAMES = 3;
/** Of the pixels that the bunny covers, from any side. */
const LEAST_SHARE = 0.05;

describe('the demo', () => {
  let folder: string;
  let stdout: string;

  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'virgl-bunny-'));
    const options = ['--out', path.join(folder, 'demo.png'), '--frames', folder, '--count', String(FRAMES)];
    ({ stdout } = await run(process.execPath, [TSX, 'examples/bunny/index.ts', ...options], { cwd: ROOT }));
  }, 60_000);

  afterAll(() => fs.rm(folder, { recursive: true, force: true }));

  const picture = async (name: string) => decodePng(await fs.readFile(path.join(folder, name)));

  test('its first frame looks like the golden one', async () => {
    expectGolden(path.join(__dirname, 'golden', 'bunny.png'), await picture('demo.png'));
  });

  test('it turns: every frame shows the bunny, and none is like another', async () => {
    const frames = await Promise.all(
      Array.from({ length: FRAMES }, (_, frame) => picture(`frame-${String(frame).padStart(3, '0')}.png`)),
    );
    for (const { data, width, height } of frames) {
      const background = data.subarray(0, 4).join();
      let drawn = 0;
      for (let at = 0; at < data.length; at += 4)
        drawn += data.subarray(at, at + 4).join() === background ? 0 : 1;
      expect(drawn / (width * height)).toBeGreaterThan(LEAST_SHARE);
    }
    expect(new Set(frames.map(({ data }) => Buffer.from(data).toString('base64'))).size).toBe(FRAMES);
  });

  test('it names the renderer, the frame rate and the time of each phase', () => {
    expect(stdout).toMatch(/^renderer: \S+.* on virglrenderer \d/m);
    expect(stdout).toMatch(/^3 frames of 1280x720, 4x MSAA: [\d.]+ frames\/s/m);
    for (const phase of ['open', 'set up', 'draw', 'read back', 'write PNG']) {
      expect(stdout).toMatch(new RegExp(`^${phase} +[\\d.]+ ms`, 'm'));
    }
  });
});
