// `virgl view`: a trace that is played, or an example, in a browser.

import { type Command, InvalidArgumentError } from 'commander';
import { Display } from '../display';
import { VirglError } from '../protocol/error';
import { Renderer } from '../renderer';
import { TraceReader } from '../trace';
import { loadExample } from './example-catalogue';
import { reportFailure } from './failure';
import { parseSize, type Size } from './size';
import { openReplayHost, parseHost } from './trace/replay-host';
import { showExample } from './view/example-show';
import type { Show } from './view/show';
import { TraceShow } from './view/trace-show';
import { addViewerOptions, openViewers, type ViewerOptions } from './viewer-options';

interface Options extends ViewerOptions {
  example?: string;
  size: Size;
  fps?: number;
  host: string;
}

const DEFAULT_FPS = 30;
const MAX_FPS = 240;

const parseFps = (text: string): number => {
  const number = Number(text);
  if (text.trim() === '' || !(number > 0 && number <= MAX_FPS))
    throw new InvalidArgumentError(`Expected a number up to ${MAX_FPS}.`);
  return number;
};

/** Shows it until somebody ends this program. */
const present = async (shown: Show, options: Options): Promise<void> => {
  await using show = shown;
  using display = new Display(show.source);
  const where = options.view ?? (options.vnc === undefined ? true : undefined);
  const viewers = await openViewers('view', [display], { ...options, view: where }, console.log);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => show.stop());
  try {
    await show.run();
  } finally {
    await viewers.close();
  }
};

const viewTrace = async (file: string, options: Options): Promise<void> => {
  using trace = TraceReader.open(file);
  await using host = await openReplayHost(options.host, trace.meta);
  await present(new TraceShow({ file, trace, host, framesPerSecond: options.fps }), options);
};

const viewExample = async (name: string, options: Options): Promise<void> => {
  const { size, fps: framesPerSecond = DEFAULT_FPS } = options;
  const example = await loadExample('view', name);
  await using renderer = await Renderer.open();
  const log = (line: string): void => console.error(`virgl view: ${line}`);
  await present(showExample({ name, example, renderer, size, framesPerSecond, log }), options);
};

const view = async (file: string | undefined, options: Options): Promise<void> => {
  const { example } = options;
  if (file !== undefined && example === undefined) return viewTrace(file, options);
  if (example !== undefined && file === undefined) return viewExample(example, options);
  throw new VirglError('ERR_VIRGL_ARGUMENT', 'view: expected a trace or --example, one of them');
};

/** Adds the verb. */
export const addView = (program: Command): void => {
  const verb = program
    .command('view')
    .description('look at a trace that is played, or at an example, in a browser')
    .argument('[trace]', 'a trace: Space stops and goes on, arrow keys step, Home begins again')
    .option('--example <name>', 'an example instead; those with a scene are turned by mouse')
    .option('--size <WxH>', 'pixels of an example', parseSize, { width: 800, height: 600 })
    .option('--fps <n>', `frames a second; default: as recorded, ${DEFAULT_FPS} for examples`, parseFps)
    .option('--host <where>', 'what plays a trace: native, process or vtest:PATH', parseHost, 'native')
    .option('--verbose', 'also log what is only of interest when something is wrong')
    .option('--log-json', 'write the log as JSON, one object a line');
  addViewerOptions(verb)
    .addHelpText(
      'after',
      '\nExamples:\n  virgl view glmark2.vgtrace\n  virgl view --example gltf\n' +
        '  virgl view --example gltf --view 0.0.0.0:6080 --password-file ~/.config/virgl/password',
    )
    .action((file: string | undefined, options: Options) => view(file, options).catch(reportFailure));
};
