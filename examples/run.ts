// Runs one example: npm run example NAME [-- --out FILE] [-- --size WxH]

import { Argument, Command, InvalidArgumentError } from 'commander';
import fs from 'node:fs/promises';
import path from 'node:path';
import { encodePng, Renderer } from 'virgl';
import { EXAMPLES } from './catalogue';
import type { Size } from './example';

const parseSize = (text: string): Size => {
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected WIDTHxHEIGHT, e.g. 640x480.');
  return { width: Number(match[1]), height: Number(match[2]) };
};

const run = async (
  name: keyof typeof EXAMPLES,
  { out, size }: { out?: string; size: Size },
): Promise<void> => {
  await using renderer = await Renderer.open();
  const { render } = await EXAMPLES[name].load();
  const data = await render(renderer, size, console.log);
  const file = out ?? `out/${name}.png`;
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.writeFile(file, encodePng({ ...size, data }));
  console.log(`wrote ${file}`);
};

const list = Object.entries(EXAMPLES)
  .map(([name, { about }]) => `  ${name.padEnd(20)} ${about}`)
  .join('\n');

void new Command('example')
  .description('Draws a picture')
  .addArgument(new Argument('<name>', 'which example').choices(Object.keys(EXAMPLES)))
  .option('--out <file>', 'where to write the picture; default out/NAME.png')
  .option('--size <WxH>', 'pixels', parseSize, { width: 640, height: 480 })
  .addHelpText('after', `\nExamples:\n${list}`)
  .action(run)
  .parseAsync();
