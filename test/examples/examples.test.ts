// Every example of the catalogue, run as its reader would, looks as ever.

import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { crc32, inflateSync } from 'node:zlib';
import { EXAMPLES } from '../../examples/catalogue';
import { decodePng, encodePng } from '../../lib/image';
import { expectGolden } from '../support/golden';
import { describeNative } from '../support/native-library';

const run = promisify(execFile);
const ROOT = path.join(__dirname, '..', '..');
const TSX = path.join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');
const WIDTH = 320;
const HEIGHT = 240;
const FRAMES = 4;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Lines that an example prints beside the one about its file. */
const REMARKS: Record<string, RegExp> = {
  compute: /^1048576 numbers went through the shader, and all are right$/m,
  'transform-feedback': /^captured 1442 vertices, x from -0.83 to 1.00$/m,
  queries: /^near +15360 pixels seen\nmiddle +8448 .*\nfar +13632 .*\nhidden +0 pixels seen$/m,
  'virtio-gpu-2d': /^display 0 shows 320x240 new pixels$/m,
  'two-contexts':
    /^resource "picture" .* drawn by context "painter" and seen by context "owner of the wall"$/m,
};

const example = async (name: string, ...options: string[]) =>
  run(process.execPath, [TSX, 'examples/run.ts', name, '--size', `${WIDTH}x${HEIGHT}`, ...options], {
    cwd: ROOT,
    encoding: 'buffer',
    maxBuffer: MAX_OUTPUT_BYTES,
  });

interface Chunk {
  name: string;
  data: Buffer;
}

const pngChunks = (bytes: Buffer): Chunk[] => {
  const chunks: Chunk[] = [];
  for (let at = 8; at < bytes.length;) {
    const end = at + 8 + bytes.readUInt32BE(at);
    chunks.push({ name: bytes.toString('latin1', at + 4, at + 8), data: bytes.subarray(at + 8, end) });
    expect(bytes.readUInt32BE(end)).toBe(crc32(bytes.subarray(at + 4, end)));
    at = end + 4;
  }
  return chunks;
};

describeNative('the examples', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'virgl-examples-'));
  });
  afterAll(() => fs.rm(folder, { recursive: true, force: true }));

  test.each(Object.keys(EXAMPLES))('%s', async (name) => {
    const file = path.join(folder, `${name}.png`);
    const { stdout } = await example(name, '--out', file);
    expect(stdout.toString()).toMatch(`wrote ${file}`);
    expect(stdout.toString()).toMatch(REMARKS[name] ?? /^/);
    const picture = decodePng(await fs.readFile(file));
    const colours = new Set(new Uint32Array(Uint8Array.from(picture.data).buffer));
    expect(colours.size).toBeGreaterThan(1);
    expectGolden(path.join(__dirname, 'golden', `${name}.png`), picture);
  });

  const golden = path.join(__dirname, 'golden', 'video-wall.png');
  const image = (data: Uint8Array) => ({ width: WIDTH, height: HEIGHT, data });
  const rawFrames = async (): Promise<Buffer[]> => {
    const { stdout } = await example('video-wall', '--frames', String(FRAMES), '--raw');
    const frameBytes = WIDTH * HEIGHT * 4;
    expect(stdout.byteLength).toBe(FRAMES * frameBytes);
    return Array.from({ length: FRAMES }, (_, at) => stdout.subarray(at * frameBytes, (at + 1) * frameBytes));
  };

  test('a video as raw frames: the first one is the picture, and each is another', async () => {
    const frames = await rawFrames();
    expectGolden(golden, image(frames[0]));
    expect(new Set(frames.map((frame) => frame.toString('base64'))).size).toBe(FRAMES);
  });

  test('a video as an animated PNG, which is a picture for those that know no animation', async () => {
    const file = path.join(folder, 'wall.png');
    await example('video-wall', '--frames', String(FRAMES), '--apng', file);
    const bytes = await fs.readFile(file);
    expectGolden(golden, decodePng(bytes));
    const chunks = pngChunks(bytes);
    const animation = chunks.filter(({ name }) => ['acTL', 'fcTL', 'fdAT'].includes(name));
    expect(animation[0].data.readUInt32BE(0)).toBe(FRAMES);
    // Sequence numbers count all chunks of the animation but acTL.
    expect(animation.slice(1).map(({ data }) => data.readUInt32BE(0))).toEqual(
      animation.slice(1).map((_, index) => index),
    );
    const last = animation.slice(animation.findLastIndex(({ name }) => name === 'fcTL') + 1);
    const pixels = inflateSync(Buffer.concat(last.map(({ data }) => data.subarray(4))));
    const [plain] = pngChunks(Buffer.from(encodePng(image((await rawFrames())[FRAMES - 1])))).filter(
      ({ name }) => name === 'IDAT',
    );
    expect(pixels.equals(inflateSync(plain.data))).toBe(true);
  });

  test('what is no video says so', async () => {
    await expect(example('triangle', '--raw')).rejects.toMatchObject({ code: 1 });
    await expect(example('triangle', '--raw')).rejects.toThrow('picture, not a video');
  });
});
