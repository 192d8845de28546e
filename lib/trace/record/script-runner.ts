// Runs a script that is recorded. One that exports `render(renderer, size, log)`, as the examples do, is given a renderer.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Renderer } from '../../renderer';

interface Exports {
  render?: unknown;
  default?: { render?: unknown };
}
type Render = (
  renderer: Renderer,
  size: { width: number; height: number },
  log: (line: string) => void,
) => Promise<unknown>;

const SIZE = { width: 640, height: 480 };

const run = async (script: string): Promise<void> => {
  const exports = (await import(pathToFileURL(path.resolve(script)).href)) as Exports;
  const render = exports.render ?? exports.default?.render;
  if (typeof render !== 'function') return;
  await using renderer = await Renderer.open();
  await (render as Render)(renderer, SIZE, console.log);
};

// The script finds itself where scripts do, with its arguments behind.
process.argv.splice(1, 1);
run(process.argv[1] ?? '').catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
