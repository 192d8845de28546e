// Programs of Debian, rendering through a vtest server or with llvmpipe alone.

import { spawn } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Image } from '../../../lib/image';
import { Display } from './display';

/** What is run. */
export interface Program {
  command: readonly [program: string, ...args: string[]];
  env?: Readonly<Record<string, string>>;
}

/** Who renders: the server at a socket, or llvmpipe in the program's own process. */
export type Renderer = { socketPath: string } | 'llvmpipe';

const VIRPIPE = path.join(__dirname, 'virpipe.sh');
const OUT = path.join(__dirname, '..', '..', '..', 'out', 'clients');
const PROGRAM_LIMIT_MS = 240_000;
const PICTURE_LIMIT_MS = 40_000;

const commandOf = (renderer: Renderer, { command }: Program): string[] =>
  renderer === 'llvmpipe' ? [...command] : [VIRPIPE, renderer.socketPath, ...command];

const environmentOf = (program: Program, display: Display): NodeJS.ProcessEnv => ({
  ...process.env,
  WAYLAND_DISPLAY: undefined,
  DISPLAY: display.name,
  LIBGL_ALWAYS_SOFTWARE: '1',
  GALLIUM_DRIVER: 'llvmpipe',
  MESA_SHADER_CACHE_DISABLE: 'true',
  ...program.env,
});

/** What a program has written when it has ended; rejects unless it ends well. */
export const outputOf = async (renderer: Renderer, program: Program): Promise<string> => {
  await using display = await Display.open();
  const [file = '', ...args] = commandOf(renderer, program);
  return await new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(file, args, {
      env: environmentOf(program, display),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PROGRAM_LIMIT_MS,
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else
        reject(
          new Error(`${program.command.join(' ')} ended with ${signal ?? code}: ${output.slice(-2000)}`),
        );
    });
  });
};

/** What a program shows, when that stands still. */
export const pictureOf = async (renderer: Renderer, program: Program): Promise<Image> => {
  await using display = await Display.open();
  const [file = '', ...args] = commandOf(renderer, program);
  let output = '';
  const child = spawn(file, args, {
    env: environmentOf(program, display),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const end = new Promise<void>((resolve) => child.on('exit', () => resolve()).on('error', () => resolve()));
  try {
    return await display.picture(PICTURE_LIMIT_MS);
  } catch (error) {
    throw new Error(`${program.command.join(' ')}: ${String(error)}; ${output.slice(-2000)}`, {
      cause: error,
    });
  } finally {
    child.kill('SIGKILL');
    await end;
  }
};

/** The environment in which a program's clock stands still. */
export const frozenClock = (): Record<string, string> => {
  const library = path.join(OUT, 'frozen-clock.so');
  fs.mkdirSync(OUT, { recursive: true });
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, path.join(__dirname, 'frozen-clock.c')]);
  return { LD_PRELOAD: library };
};
