// Guests for tests. A machine that can't run any skips these tests and says why; VIRGL_REQUIRE_GUEST=1 makes that a failure.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { encodePng, type Image } from '../../lib/image';
import type { ScreenPicture } from '../../lib/vhost-user';
import { installed } from './native-library';
import { isInstalled } from './programs';

const VIRGL = path.join(__dirname, '..', '..', 'dist', 'cli', 'main.js');
/** Where tests leave what guests showed. */
const PICTURES = path.join(__dirname, '..', '..', 'out', 'guests');

const problems = (): string[] => {
  if (installed === undefined) return ['there is no virglrenderer'];
  const { stdout, stderr } = spawnSync(process.execPath, [VIRGL, 'guest', 'info', '--json'], {
    encoding: 'utf8',
  });
  try {
    return (JSON.parse(stdout) as { problems: string[] }).problems;
  } catch {
    return [stderr];
  }
};

const reasonsForAll = problems();
const isRequired = process.env.VIRGL_REQUIRE_GUEST === '1';

const describeFailure = (name: string, reasons: readonly string[]): void =>
  describe(name, () => {
    test('can run here', () => {
      throw new Error(reasons.join('; '));
    });
  });

/**
 * `describe` for tests that boot guests.
 * @param programs what they need besides
 */
export const describeGuests = (name: string, tests: () => void, programs: readonly string[] = []): void => {
  const missing = programs.filter((program) => !isInstalled(program));
  const reasons = [...reasonsForAll, ...missing.map((program) => `there is no ${program}`)];
  if (reasons.length === 0) return describe(name, tests);
  if (isRequired) return describeFailure(name, reasons);
  process.stderr.write(`tests of ${name} are skipped: ${reasons.join('; ')}\n`);
  describe.skip(name, tests);
};

/** Size of the screen: glmark2-es2-drm can't draw on one of 800x600, the size that it asks for. */
export const SCREEN = { width: 808, height: 600 } as const;

/** Leaves a picture for people in out/guests. */
export const keepPicture = (name: string, image: Image): void => {
  fs.mkdirSync(PICTURES, { recursive: true });
  fs.writeFileSync(path.join(PICTURES, `${name}.png`), encodePng(image));
};

/** What our own screen shows, as QEMU's screendump has it. */
export const imageOf = ({ width, height, pixels }: ScreenPicture): Image => {
  const data = new Uint8Array(pixels.byteLength);
  for (let at = 0; at < pixels.byteLength; at += 4)
    data.set([pixels[at + 2] ?? 0, pixels[at + 1] ?? 0, pixels[at] ?? 0, 255], at);
  return { width, height, data };
};

/** Largest difference of two pictures in one channel, and how many pixels differ by more than `tolerance`. */
export const compare = (a: Image, b: Image, tolerance = 0): { largest: number; different: number } => {
  expect({ width: a.width, height: a.height }).toEqual({ width: b.width, height: b.height });
  let largest = 0;
  let different = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    let difference = 0;
    for (let channel = 0; channel < 3; channel += 1)
      difference = Math.max(difference, Math.abs((a.data[at + channel] ?? 0) - (b.data[at + channel] ?? 0)));
    largest = Math.max(largest, difference);
    if (difference > tolerance) different += 1;
  }
  return { largest, different };
};

/** Number of colours in a picture, up to a few. */
export const countColors = ({ data }: Image): number => {
  const colors = new Set<number>();
  const words = new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  for (const word of words) if (colors.add(word).size > 1000) break;
  return colors.size;
};

/**
 * modetest's pattern on the whole screen; says `shown`. Its own words on stdout are held back while it waits; that it can't set the
 * gamma table it says on stderr, right after it has set the mode.
 */
export const modetest = (width: number, height: number): string => `
  exec 7<&0
  connector=$(modetest -M virtio_gpu -c | awk '$3 == "connected" { print $1; exit }')
  modetest -M virtio_gpu -s "$connector:${width}x${height}" <&7 2>/tmp/modetest &
  until grep -q gamma /tmp/modetest; do sleep 0.1; done
  sleep 1
  echo shown
  wait`;
