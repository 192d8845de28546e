// Pictures, awaited one by one: read only, and drawn anew each time.

import type { Benchmark } from '../benchmark';
import type { OurStage } from '../ours';
import { readbackWorkload, triangleWorkload } from '../scene';

const NOTHING = new Uint32Array(0);

/** Submits and reads `iterations` times; the read is what is waited for. */
export const drawFrames = async (
  { host, contextId, workload, pixels }: OurStage,
  iterations: number,
): Promise<void> => {
  const { frame = NOTHING, read } = workload;
  if (read === undefined) throw new Error('a workload without anything to read');
  const { resourceId, width, height } = read;
  const box = { x: 0, y: 0, z: 0, w: width, h: height, d: 1 };
  for (let i = 0; i < iterations; i += 1) {
    const submitted = frame.length > 0 ? host.submitCmd({ contextId, commands: frame }) : undefined;
    await host.transferReadIov({ resourceId, contextId, box, into: pixels });
    await submitted;
  }
};

/** A 1920x1080 picture into the caller's own array. */
export const readback1080p: Benchmark = {
  name: 'readback-1080p',
  peer: 'C',
  unit: 'us',
  goal: { kind: 'time', atMostTimesPeer: 1.12 },
  async prepare(lab) {
    const workload = readbackWorkload(1920, 1080);
    const ours = await lab.startOurs(workload, drawFrames);
    return { peer: await lab.startC(this.name, workload), ours, iterations: 100 };
  },
};

/** Clear, triangle, read. */
export const triangle: Benchmark = {
  name: 'triangle-640x480',
  peer: 'C',
  unit: 'us',
  goal: { kind: 'time', atMostTimesPeer: 1.08 },
  async prepare(lab) {
    const workload = triangleWorkload(640, 480);
    const ours = await lab.startOurs(workload, drawFrames);
    return { peer: await lab.startC(this.name, workload), ours, iterations: 200 };
  },
};
