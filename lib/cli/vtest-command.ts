// `virgl vtest`: a drop-in for virgl_test_server, whose options keep their names.

import { type Command, Option } from 'commander';
import fs from 'node:fs';
import path from 'node:path';
import type { InitFlag, Platform } from '../host';
import { recordSessions } from '../trace';
import { DEFAULT_SOCKET_PATH, VtestServer, type VtestServerMode, type VtestServerOptions } from '../vtest';
import { reportFailure } from './failure';
import { parseCount, parsePositive } from './numbers';
import { eventLog } from './vtest-log';

interface Options {
  socketPath?: string;
  multiClients?: true;
  /** commander's name for --no-fork. */
  fork: boolean;
  loopOrFork: boolean;
  useEglSurfaceless?: boolean;
  useGlx?: boolean;
  useGles?: boolean;
  rendernode?: string;
  venus?: true;
  virgl: boolean;
  renderServer?: true;
  compat?: boolean;
  drm?: true;
  maxClients?: number;
  idleTimeout?: number;
  commandTimeout?: number;
  maxMemory?: number;
  spareProcesses?: number;
  logJson?: true;
  verbose?: true;
  /** A folder. */
  record?: string;
}

/** With the number of the client before the extension. */
const RECORDED_NAME = 'vtest.vgtrace';
const MS_PER_S = 1000;
const BYTES_PER_MIB = 1024 * 1024;

/** Options that switch init flags. */
const flagsOf = ({ useGles, venus, virgl, renderServer, compat, drm }: Options): InitFlag[] => {
  const wanted: [InitFlag, unknown][] = [
    ['gles', useGles],
    ['venus', venus],
    ['renderServer', venus ?? renderServer],
    ['noVirgl', !virgl],
    ['compatProfile', compat],
    ['drm', drm],
    ['asyncFenceCallback', drm],
  ];
  return wanted.filter(([, on]) => Boolean(on)).map(([flag]) => flag);
};

const platformOf = ({ useGlx, useEglSurfaceless, rendernode }: Options): Platform | undefined => {
  if (rendernode !== undefined) return undefined;
  if (useGlx === true) return 'glx';
  return useEglSurfaceless === true ? 'surfaceless' : undefined;
};

const modeOf = ({ multiClients, fork, loopOrFork }: Options): VtestServerMode => {
  if (multiClients === true) return 'shared';
  return fork && loopOrFork ? 'processes' : 'sequential';
};

const serverOptions = (options: Options): VtestServerOptions => {
  const { maxClients, idleTimeout, commandTimeout, maxMemory, spareProcesses } = options;
  return {
    path: options.socketPath,
    mode: modeOf(options),
    host: { platform: platformOf(options), renderNode: options.rendernode, flags: flagsOf(options) },
    limits: { maxMemoryBytes: maxMemory && Math.ceil(maxMemory * BYTES_PER_MIB) },
    maxClients,
    idleTimeoutMs: idleTimeout && Math.ceil(idleTimeout * MS_PER_S),
    commandTimeoutMs: commandTimeout && Math.ceil(commandTimeout * MS_PER_S),
    spareProcesses,
    clientsToServe: options.loopOrFork ? undefined : 1,
    wrapHostModule:
      options.record === undefined
        ? undefined
        : recordSessions({ file: path.join(options.record, RECORDED_NAME) }),
    onEvent: eventLog({ json: options.logJson, verbose: options.verbose }),
  };
};

const serve = async (options: Options): Promise<void> => {
  if (options.record !== undefined) fs.mkdirSync(options.record, { recursive: true });
  const server = await VtestServer.listen(serverOptions(options));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
  await server.ended;
};

/** Options that say how virglrenderer is started, as virgl_test_server has them. */
const HOST_OPTIONS = [
  new Option('--use-egl-surfaceless', 'render without a display or a device').env(
    'VTEST_USE_EGL_SURFACELESS',
  ),
  new Option('--use-glx', 'render on the X server of DISPLAY').env('VTEST_USE_GLX'),
  new Option('--use-gles', 'render with OpenGL ES').env('VTEST_USE_GLES'),
  new Option('--rendernode <path>', 'render on this device, e.g. /dev/dri/renderD128').env(
    'VTEST_RENDERNODE',
  ),
  new Option('--compat', "use GL's compatibility profile").env('VTEST_USE_COMPATIBILITY_PROFILE'),
  new Option('--venus', 'also serve Venus clients (Vulkan)'),
  new Option('--no-virgl', 'serve no virgl clients (OpenGL)'),
  new Option('--render-server', "let virglrenderer's render server do the work"),
  new Option('--drm', 'also serve native contexts of DRM drivers'),
];

/** Adds the verb. */
export const addVtest = (program: Command): void => {
  const verb = program
    .command('vtest')
    .description('render for stock Mesa clients (GALLIUM_DRIVER=virpipe): a drop-in for virgl_test_server')
    .option('--socket-path <path>', `where to listen; default VTEST_SOCKET_NAME or ${DEFAULT_SOCKET_PATH}`)
    .option('--multi-clients', 'serve all clients in one process, where they can share resources')
    .option('--no-fork', 'serve one client after the other, in this process')
    .option('--no-loop-or-fork', 'serve one client, then exit')
    .option('--max-clients <n>', 'turn more clients away', parseCount)
    .option('--idle-timeout <seconds>', 'disconnect clients that ask for nothing for so long', parsePositive)
    .option(
      '--command-timeout <seconds>',
      'end a client in one command of which the host is for so long; default 60',
      parsePositive,
    )
    .option('--max-memory <MiB>', 'what one client may use; default 4096', parsePositive)
    .option('--spare-processes <n>', 'session processes to have ready; default 2', parseCount)
    .option('--record <folder>', 'keep a trace of each client: vtest.client1.vgtrace and so on')
    .option('--log-json', 'write the log as JSON, one object a line')
    .option('--verbose', 'also log connections and what virglrenderer says');
  for (const option of HOST_OPTIONS) verb.addOption(option);
  verb
    .addHelpText(
      'after',
      '\nExamples:\n  virgl vtest\n  LIBGL_ALWAYS_SOFTWARE=1 GALLIUM_DRIVER=virpipe glmark2-es2-x11 --off-screen',
    )
    .action((options: Options) => serve(options).catch(reportFailure));
};
