// How a renderer in this process is started: options, init flags, and where to render.
// Facts: VIRGL_RENDERER_* in virglrenderer.h.

import fs from 'node:fs';
import path from 'node:path';
import { invalidArgument, VirglError } from '../protocol/error';
import { nearestName } from '../protocol/nearest-name';

/** Where the GL context comes from. */
export type Platform = 'surfaceless' | 'gbm' | 'glx' | 'none';

const EGL = 1 << 0;
const GLX = 1 << 2;
const SURFACELESS = 1 << 3;

/** Init flags that a platform stands for. `none` is for hosts without a GL renderer. */
const PLATFORM_FLAGS: Readonly<Record<Platform, number>> = {
  surfaceless: EGL | SURFACELESS,
  gbm: EGL,
  glx: GLX,
  none: 0,
};

/** Init flags that options switch, by option name. */
export const INIT_FLAGS = {
  threadSync: { bit: 1, first: '0.4' },
  gles: { bit: 4, first: '0.7' },
  externalBlob: { bit: 5, first: '0.9' },
  venus: { bit: 6, first: '0.9' },
  noVirgl: { bit: 7, first: '0.9' },
  asyncFenceCallback: { bit: 8, first: '0.10' },
  renderServer: { bit: 9, first: '0.10' },
  drm: { bit: 10, first: '0.10' },
  video: { bit: 11, first: '0.10' },
  d3d11ShareTexture: { bit: 12, first: '1.0' },
  compatProfile: { bit: 13, first: '1.0' },
  guestVram: { bit: 14, first: '1.0.1' },
} as const;

/** An init flag. */
export type InitFlag = keyof typeof INIT_FLAGS;

/** Options of `NativeHost.open`. */
export interface NativeHostOptions {
  /** File name or path of the library. Default `libvirglrenderer.so.1`, from the loader's search path. */
  libraryPath?: string;
  /**
   * `auto` (the default) tries the first render node, then EGL surfaceless, which needs neither a GPU nor a display.
   * `gbm` is EGL on a render node, `glx` an X server, `none` no GL at all (with the flag `noVirgl`).
   */
  platform?: Platform | 'auto';
  /** Device to render on, e.g. `/dev/dri/renderD128`. Implies `gbm`. */
  renderNode?: string;
  /** `VIRGL_RENDERER_*` init flags beside those of the platform. */
  flags?: readonly InitFlag[];
  /**
   * Calls run on the calling thread, before the method that makes them returns, instead of on a render thread: quicker,
   * but JavaScript waits for GL. For processes that serve one client and nothing else. Default false.
   */
  inline?: boolean;
  /**
   * With `inline`: how long a turn of the event loop waits for a fence while one is pending. Default 1000; 0 for a thread that
   * waits for `getPollFd()` together with what else it waits for.
   */
  fenceWaitMicroseconds?: number;
  /**
   * Goes on with contexts that virglrenderer has put in their error state while it answered that all is well, as
   * virgl_test_server and QEMU do: it executes what comes next, as long as no other context was current in between. By default
   * such a loss is looked for, and rejects the call that caused it.
   */
  ignoreLostContexts?: boolean;
  /** Everything that virglrenderer logs. `level`: 0 debug, 1 info, 2 warning, 3 error; releases before 1.0 only know 1. */
  onLog?: (message: string, level: number) => void;
}

/** One way to start, in the order in which they are tried. */
export interface StartPlan {
  platform: Platform;
  renderNode: string;
  flags: number;
  ignoreLostContexts?: true;
}

const OPTION_NAMES: readonly (keyof NativeHostOptions)[] = [
  'libraryPath',
  'platform',
  'renderNode',
  'flags',
  'inline',
  'fenceWaitMicroseconds',
  'ignoreLostContexts',
  'onLog',
];
const OPERATION = 'NativeHost.open';

const DRI = '/dev/dri';

/** Render nodes of this machine, e.g. `['/dev/dri/renderD128']`. */
export const findRenderNodes = (): string[] => {
  let names: string[];
  try {
    names = fs.readdirSync(DRI);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.startsWith('renderD'))
    .sort()
    .map((name) => path.join(DRI, name));
};

const checkOptionNames = (options: NativeHostOptions): void => {
  for (const key of Object.keys(options)) {
    if ((OPTION_NAMES as readonly string[]).includes(key)) continue;
    const near = nearestName(key, OPTION_NAMES);
    const hint = near === undefined ? OPTION_NAMES.join(', ') : `did you mean ${near}?`;
    throw new VirglError(
      'ERR_VIRGL_ARGUMENT',
      `${OPERATION}: unknown option ${JSON.stringify(key)}; ${hint}`,
      {
        operation: OPERATION,
        field: key,
      },
    );
  }
};

const flagBits = (flags: readonly InitFlag[]): number => {
  if (!Array.isArray(flags)) throw invalidArgument(OPERATION, 'flags', 'an array of init flags', flags);
  let bits = 0;
  for (const flag of flags) {
    if (!Object.hasOwn(INIT_FLAGS, flag as string)) {
      throw invalidArgument(
        OPERATION,
        'flags',
        `init flags out of ${Object.keys(INIT_FLAGS).join(', ')}`,
        flag,
      );
    }
    bits |= 1 << INIT_FLAGS[flag as InitFlag].bit;
  }
  return bits;
};

const isOptionalString = (value: unknown): boolean =>
  value === undefined || (typeof value === 'string' && value !== '');

/**
 * Checks the options and lists the ways to start.
 * @throws VirglError `ERR_VIRGL_ARGUMENT`
 */
export const planStart = (
  options: NativeHostOptions,
  renderNodes: () => string[] = findRenderNodes,
): StartPlan[] => {
  if (options === null || typeof options !== 'object')
    throw invalidArgument(OPERATION, 'options', 'an object', options);
  checkOptionNames(options);
  const { libraryPath, platform = 'auto', renderNode, flags = [], onLog } = options;
  if (!isOptionalString(libraryPath))
    throw invalidArgument(OPERATION, 'libraryPath', 'a file name', libraryPath);
  if (!isOptionalString(renderNode)) throw invalidArgument(OPERATION, 'renderNode', 'a path', renderNode);
  for (const name of ['inline', 'ignoreLostContexts'] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'boolean')
      throw invalidArgument(OPERATION, name, 'a boolean', value);
  }
  const { fenceWaitMicroseconds = 0 } = options;
  if (!Number.isInteger(fenceWaitMicroseconds) || fenceWaitMicroseconds < 0)
    throw invalidArgument(OPERATION, 'fenceWaitMicroseconds', 'a whole number', fenceWaitMicroseconds);
  if (onLog !== undefined && typeof onLog !== 'function')
    throw invalidArgument(OPERATION, 'onLog', 'a function', onLog);
  if (platform !== 'auto' && !Object.hasOwn(PLATFORM_FLAGS, platform)) {
    const names = ['auto', ...Object.keys(PLATFORM_FLAGS)].join(', ');
    throw invalidArgument(OPERATION, 'platform', `one of ${names}`, platform);
  }
  const bits = flagBits(flags);
  const plan = (chosen: Platform, node = ''): StartPlan => ({
    platform: chosen,
    renderNode: node,
    flags: PLATFORM_FLAGS[chosen] | bits,
    ...(options.ignoreLostContexts === true && { ignoreLostContexts: true }),
  });
  if (renderNode !== undefined) return [plan('gbm', renderNode)];
  if (platform === 'gbm') return [plan('gbm', renderNodes()[0])];
  if (platform !== 'auto') return [plan(platform)];
  if (flags.includes('noVirgl')) return [plan('none')];
  return [
    ...renderNodes()
      .slice(0, 1)
      .map((node) => plan('gbm', node)),
    plan('surfaceless'),
  ];
};
