// `virgl render EXAMPLE`: draws one of the examples that come with the package.

import { Argument, type Command, InvalidArgumentError } from 'commander';
import fs from 'node:fs';
import path from 'node:path';
import { encodePng } from '../image';
import { VirglError } from '../protocol/error';
import { Renderer } from '../renderer';
import { VtestHost } from '../vtest/host/vtest-host';
import { reportFailure } from './failure';

interface Size {
  width: number;
  height: number;
}

/** What dist/examples/catalogue.js exports; see examples/catalogue.ts. */
interface Catalogue {
  EXAMPLES: Readonly<
    Record<
      string,
      {
        about: string;
        load(): Promise<{
          render(renderer: Renderer, size: Size, log: (line: string) => void): Promise<Uint8Array>;
        }>;
      }
    >
  >;
}

const loadCatalogue = (): Catalogue =>
  // Compiled beside this command, but of other sources: they use the package as anybody does.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  require(path.join(__dirname, '..', 'examples', 'catalogue.js')) as Catalogue;

const parseSize = (text: string): Size => {
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected WIDTHxHEIGHT, e.g. 640x480.');
  return { width: Number(match[1]), height: Number(match[2]) };
};

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
  const { EXAMPLES } = loadCatalogue();
  if (!Object.hasOwn(EXAMPLES, name)) {
    const names = Object.keys(EXAMPLES).join(', ');
    throw new VirglError(
      'ERR_VIRGL_ARGUMENT',
      `render: there is no example ${JSON.stringify(name)}; there are ${names}`,
    );
  }
  const example = await EXAMPLES[name].load();
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
