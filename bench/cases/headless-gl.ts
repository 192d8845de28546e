// The same frames as triangle-640x480 against the npm package `gl`, WebGL on a window system's GL, under Xvfb.

import { type Benchmark, Unavailable } from '../benchmark';
import type { Contest, Contestant } from '../contest';
import { isNear, type Picture } from '../picture';
import { prepareHeadlessGl } from '../peers/headless-gl/prepare';
import { startHeadlessGl } from '../peers/headless-gl/start';
import { triangleWorkload } from '../scene';
import { TRIANGLE_PIXELS } from '../triangle';
import { drawFrames } from './frames';

const WIDTH = 640;
const HEIGHT = 480;
const TOLERANCE = 2;

const requirePixels = async (contestant: Contestant, whose: string): Promise<void> => {
  const picture = await contestant.picture();
  const isRight = (place: keyof Picture & keyof typeof TRIANGLE_PIXELS) =>
    picture !== undefined && isNear(picture[place], TRIANGLE_PIXELS[place], TOLERANCE);
  if (!isRight('centre') || !isRight('corner')) {
    throw new Error(`${whose} did not draw the triangle: ${JSON.stringify(picture)}`);
  }
};

/** Frames per second. */
export const headlessGl: Benchmark = {
  name: 'headless-gl',
  peer: 'headless-gl',
  unit: 'fps',
  goal: { kind: 'rate', atLeastTimesPeer: 1.1 },
  async prepare(lab) {
    const prepared = prepareHeadlessGl();
    if ('missing' in prepared) throw new Unavailable(prepared.missing);
    const peer = await startHeadlessGl(prepared.module, WIDTH, HEIGHT);
    return { peer, ours: await lab.startOurs(triangleWorkload(WIDTH, HEIGHT), drawFrames), iterations: 200 };
  },
  // Two rasterizer set-ups need not agree on every edge pixel.
  async compare({ peer, ours }: Contest) {
    await requirePixels(peer, 'headless-gl');
    await requirePixels(ours, 'virgl');
  },
};
