// Many draws with state before each: how much the typed classes cost.

import { Renderer } from 'virgl';
import type { Benchmark } from '../benchmark';
import type { Contestant } from '../contest';
import { DrawsScene } from '../draws-scene';
import { CapturingHost } from '../peers/capturing-host';
import { pictureOf } from '../picture';
import type { Workload } from '../workload';

const WIDTH = 640;
const HEIGHT = 480;
const BYTES_PER_PIXEL = 4;
const NANOSECONDS_PER_MILLISECOND = 1e6;

/** The scene as data. Two frames are drawn for that: each must be made of the same commands. */
const captureWorkload = async (
  host: CapturingHost,
  scene: DrawsScene,
  pixels: Uint8Array,
): Promise<Workload> => {
  const setup = host.take();
  await scene.drawFrame(pixels);
  const frame = host.take();
  await scene.drawFrame(pixels);
  if (!Buffer.from(frame.buffer).equals(Buffer.from(host.take().buffer)))
    throw new Error('two frames are made of different commands');
  host.stop();
  const read = { resourceId: scene.target.id, width: WIDTH, height: HEIGHT };
  return { resources: host.resources, setup, frame, read };
};

const contestantOf = (scene: DrawsScene, pixels: Uint8Array): Contestant => ({
  async run(iterations) {
    const start = performance.now();
    for (let i = 0; i < iterations; i += 1) await scene.drawFrame(pixels);
    return (performance.now() - start) * NANOSECONDS_PER_MILLISECOND;
  },
  picture: async () => pictureOf(pixels, WIDTH, HEIGHT),
  close: () => scene.destroy(),
});

/** A frame of 10,000 draws by Renderer, Context, setState and draw; C sends the commands that came of it. */
export const draws10000: Benchmark = {
  name: 'draws-10000',
  peer: 'C',
  unit: 'fps',
  goal: { kind: 'rate', atLeastTimesPeer: 0.9 },
  async prepare(lab) {
    const host = new CapturingHost(lab.host);
    const renderer = await Renderer.open({ host });
    const scene = await DrawsScene.create(renderer, WIDTH, HEIGHT);
    const pixels = new Uint8Array(WIDTH * HEIGHT * BYTES_PER_PIXEL).fill(1); // touched, as in C
    const workload = await captureWorkload(host, scene, pixels);
    return {
      peer: await lab.startC(this.name, workload),
      ours: contestantOf(scene, pixels),
      iterations: 3,
    };
  },
};
