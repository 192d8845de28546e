// `virgl render EXAMPLE`: draws one of the examples that come with the package.

import { Argument, type Command, InvalidArgumentError } from 'commander';
import fs from 'node:fs';
import path from 'node:path';
import { encodePng } from '../image';
import { Renderer } from '../renderer';
import { VtestHost } from '../vtest/host/vtest-host';
import { loadExample } from './example-catalogue';
import { reportFailure } from './failure';
import { parseSize, type Size } from './size';

interface Options {
  out?: string;
  size: Size;
  /** Path of a vtest server's socket; left out: this process. */
  host?: string;
}

const parseHost = (text: string): string => {
  const match = /^vtest:(.+)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected vtest:PATH, the socket of a vtest server.');
  return match[1];
};

const openRenderer = async (path: string | undefined): Promise<Renderer> =>
  Renderer.open(path === undefined ? {} : { host: await VtestHost.connect({ path }) });

const render = async (name: string, { out, size, host }: Options): Promise<void> => {
  const example = await loadExample('render', name);
  await using renderer = await openRenderer(host);
  const data = await example.render(renderer, size, console.log);
  const file = out ?? `${name}.png`;
  fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  fs.writeFileSync(file, encodePng({ ...size, data }));
  console.log(`wrote ${file}`);
};

/** Adds the verb. */
export const addRender = (program: Command): void => {
  program
    .command('render')
    .description('draw one of the examples')
    .addArgument(new Argument('<example>', 'its name, e.g. triangle'))
    .option('--out <file>', 'where to write the picture; default NAME.png')
    .option('--size <WxH>', 'pixels', parseSize, { width: 640, height: 480 })
    .option('--host <where>', 'render elsewhere: vtest:PATH is the socket of a vtest server', parseHost)
    .addHelpText(
      'after',
      '\nExamples:\n  virgl render triangle\n  virgl render gltf --size 1280x720 --out model.png\n' +
        '  virgl render triangle --host vtest:/tmp/.virgl_test',
    )
    .action((name: string, options: Options) => render(name, options).catch(reportFailure));
};
