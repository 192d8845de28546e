// The demo: the Stanford bunny, turning, at 1280x720 with depth test, per-pixel light and 4x MSAA.
//   npm run demo [-- --frames DIR] [-- --count N] [-- --out FILE]

import { Command, InvalidArgumentError } from 'commander';
import fs from 'node:fs/promises';
import path from 'node:path';
import { encodePng, Renderer } from 'virgl';
import { loadBunny } from './mesh';
import { BunnyScene, HEIGHT, WIDTH } from './scene';
import { PhaseClock } from './phase-clock';

const positive = (text: string): number => {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new InvalidArgumentError('Expected a whole number from 1.');
  return count;
};

const writePicture = async (file: string, data: Uint8Array): Promise<void> => {
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.writeFile(file, encodePng({ width: WIDTH, height: HEIGHT, data }));
};

interface Options {
  out: string;
  frames?: string;
  count: number;
}

const run = async ({ out, frames, count }: Options): Promise<void> => {
  const clock = new PhaseClock();
  await using renderer = await clock.time('open', () => Renderer.open());
  const { native, renderer: name } = renderer.info;
  const device =
    native?.renderNode === undefined ? 'no render node: software or surfaceless EGL' : native.renderNode;
  console.log(`renderer: ${name} on virglrenderer ${native?.release} (${native?.platform}, ${device})`);

  const context = await renderer.createContext({ label: 'bunny' });
  const scene = await clock.time('set up', () => BunnyScene.create(context, loadBunny()));
  const pixels = new Uint8Array(WIDTH * HEIGHT * 4);
  for (let frame = 0; frame < count; frame += 1) {
    await clock.time('draw', async () => {
      scene.draw((frame / count) * 2 * Math.PI);
      await context.finished();
    });
    await clock.time('read back', () => scene.read(pixels));
    if (frame === 0) await clock.time('write PNG', () => writePicture(out, pixels));
    const file = `frame-${String(frame).padStart(3, '0')}.png`;
    if (frames !== undefined)
      await clock.time('write PNG', () => writePicture(path.join(frames, file), pixels));
  }
  const seconds = (clock.total('draw') + clock.total('read back')) / 1000;
  console.log(
    `${count} frames of ${WIDTH}x${HEIGHT}, 4x MSAA: ${(count / seconds).toFixed(1)} frames/s (draw and read back)`,
  );
  console.log(clock.report());
  console.log(`wrote ${out}${frames === undefined ? '' : ` and ${count} frames in ${frames}`}`);
};

new Command('demo')
  .description('Renders the Stanford bunny, turning')
  .option('--out <file>', 'picture of the first frame', 'out/demo.png')
  .option('--frames <dir>', 'also write every frame there')
  .option('--count <n>', 'frames of the turn', positive, 120)
  .action(run)
  .parseAsync();
