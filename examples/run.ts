// Runs one example: npm run example NAME [-- --out FILE] [-- --size WxH] [-- --host vtest:PATH]
// Those that are videos: npm run example NAME -- --frames N (--apng FILE | --raw)

import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import fs from 'node:fs/promises';
import path from 'node:path';
import { type BufferPool, encodePng, Renderer } from 'virgl';
import { VtestHost } from 'virgl/vtest';
import { encodeAnimatedPng } from './animated-png';
import { EXAMPLES } from './catalogue';
import type { Example, Size } from './example';

const FRAMES_PER_SECOND = 30;

interface Options {
  out?: string;
  size: Size;
  frames?: number;
  raw?: true;
  apng?: string;
  /** Path of a vtest server's socket; left out: this process. */
  host?: string;
}

const parseSize = (text: string): Size => {
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected WIDTHxHEIGHT, e.g. 640x480.');
  return { width: Number(match[1]), height: Number(match[2]) };
};

const parseCount = (text: string): number => {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 1 to 999999.');
};

const parseHost = (text: string): string => {
  const match = /^vtest:(.+)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected vtest:PATH, the socket of a vtest server.');
  return match[1];
};

const openRenderer = async (path: string | undefined): Promise<Renderer> =>
  Renderer.open(path === undefined ? {} : { host: await VtestHost.connect({ path }) });

const write = async (file: string, bytes: Uint8Array): Promise<void> => {
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.writeFile(file, bytes);
  console.log(`wrote ${file}`);
};

/** RGBA, frame after frame, no faster than whoever reads. */
const writeRaw = async (frames: AsyncIterable<Uint8Array>, pool: BufferPool): Promise<void> => {
  for await (const frame of frames) {
    await new Promise((resolve) => process.stdout.write(frame, resolve));
    pool.release(frame);
  }
};

const runVideo = async (
  renderer: Renderer,
  { frames }: Example,
  { size, raw, apng, frames: count = 1 }: Options,
) => {
  if (frames === undefined) throw new Error('this example is a picture, not a video');
  const video = frames(renderer, size, count);
  if (raw === true) await writeRaw(video, renderer.pool);
  if (apng !== undefined) await write(apng, await encodeAnimatedPng(video, size, FRAMES_PER_SECOND));
};

const run = async (name: keyof typeof EXAMPLES, options: Options): Promise<void> => {
  await using renderer = await openRenderer(options.host);
  const example: Example = await EXAMPLES[name].load();
  if (options.raw === true || options.apng !== undefined) {
    await runVideo(renderer, example, options);
    return;
  }
  const data = await example.render(renderer, options.size, console.log);
  await write(options.out ?? `out/${name}.png`, encodePng({ ...options.size, data }));
};

const list = Object.entries(EXAMPLES)
  .map(([name, { about }]) => `  ${name.padEnd(20)} ${about}`)
  .join('\n');

void new Command('example')
  .description('Draws a picture or a video')
  .addArgument(new Argument('<name>', 'which example').choices(Object.keys(EXAMPLES)))
  .option('--out <file>', 'where to write the picture; default out/NAME.png')
  .option('--size <WxH>', 'pixels', parseSize, { width: 640, height: 480 })
  .option('--host <where>', 'render elsewhere: vtest:PATH is the socket of a vtest server', parseHost)
  .option('--frames <n>', 'length of the video', parseCount)
  .addOption(new Option('--apng <file>', 'write the video as an animated PNG').conflicts('raw'))
  .option('--raw', 'write the video to stdout: RGBA, frame after frame')
  .addHelpText('after', `\nExamples:\n${list}`)
  .action(run)
  .parseAsync();
