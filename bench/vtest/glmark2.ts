// glmark2 as a measure: its scenes, and the frames per second that it reports.

import { outputOf, type Renderer } from '../../test/clients/support/program';

/** The default scenes with their options, as `--benchmark` takes them. */
export const findScenes = async (program: string): Promise<string[]> => {
  const output = await outputOf('llvmpipe', { command: [program, '--validate', '--off-screen'] });
  const scenes = [...output.matchAll(/^\[([\w-]+)\] (\S+):(?: |$)/gm)].map(([, name = '', options = '']) =>
    options === '<default>' ? name : `${name}:${options}`,
  );
  if (scenes.length === 0) throw new Error(`${program} names no scenes: ${output.slice(-500)}`);
  return scenes;
};

/** What a scene reports that runs off screen for so long. */
export const framesPerSecond = async (
  renderer: Renderer,
  program: string,
  scene: string,
  seconds: number,
): Promise<number> => {
  const benchmark = `${scene}:duration=${seconds.toFixed(1)}`;
  const output = await outputOf(renderer, { command: [program, '--off-screen', '--benchmark', benchmark] });
  // Finer than its FPS, which is a whole number.
  const [, milliseconds] = /FrameTime: ([\d.]+) ms/.exec(output) ?? [];
  if (milliseconds === undefined) throw new Error(`${scene} did not run: ${output.slice(-500)}`);
  return 1000 / Number(milliseconds);
};
