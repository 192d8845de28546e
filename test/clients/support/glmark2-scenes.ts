// glmark2's default scenes, as it names them itself.

import { outputOf } from './program';

/** The default scenes with their options, as `--benchmark` takes them. */
export const findScenes = async (program: string): Promise<string[]> => {
  const output = await outputOf('llvmpipe', { command: [program, '--validate', '--off-screen'] });
  const scenes = [...output.matchAll(/^\[([\w-]+)\] (\S+):(?: |$)/gm)].map(([, name = '', options = '']) =>
    options === '<default>' ? name : `${name}:${options}`,
  );
  if (scenes.length === 0) throw new Error(`${program} names no scenes: ${output.slice(-500)}`);
  return scenes;
};
