// glmark2 as a measure: the frames per second that it reports.

import { outputOf, type Renderer } from '../../test/clients/support/program';

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
