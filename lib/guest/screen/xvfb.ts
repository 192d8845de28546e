// An X server without a screen: QEMU's own virgl renders only into a window.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Image } from '../../image';
import { VirglError } from '../../protocol/error';
import { missingTool, TIED_TO_PARENT } from '../tool';
import { decodeXwd } from './xwd';

const OPERATION = 'guest';
const SCREEN_FILE = 'Xvfb_screen0';
/** Descriptor on which it tells its number. */
const DISPLAY_FD = 3;

/** A running Xvfb. */
export class VirtualDisplay implements AsyncDisposable {
  /** For the environment variable DISPLAY. */
  readonly name: string;
  readonly #folder: string;
  readonly #end: () => Promise<void>;

  private constructor(name: string, folder: string, end: () => Promise<void>) {
    this.name = name;
    this.#folder = folder;
    this.#end = end;
  }

  /**
   * Starts one with a screen of a size.
   * @throws VirglError `ERR_VIRGL_SYSTEM` if it is not installed or does not start
   */
  static async open(width: number, height: number): Promise<VirtualDisplay> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'virgl-display-'));
    const screen = ['-screen', '0', `${width}x${height}x24`, '-fbdir', folder];
    const args = [...TIED_TO_PARENT.args, 'Xvfb', '-displayfd', String(DISPLAY_FD), ...screen];
    const child = spawn(TIED_TO_PARENT.program, [...args, '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const ended = once(child, 'close');
    const end = async (): Promise<void> => {
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    };
    const lines = createInterface({ input: child.stdio[DISPLAY_FD] as Readable });
    const number = await Promise.race([
      once(lines, 'line').then(([line]) => String(line)),
      ended.then(() => undefined),
    ]);
    if (number !== undefined) return new VirtualDisplay(`:${number}`, folder, end);
    await end();
    throw child.exitCode === 127
      ? missingTool(OPERATION, 'Xvfb')
      : new VirglError('ERR_VIRGL_SYSTEM', `${OPERATION}: Xvfb does not start`, { operation: OPERATION });
  }

  /** What it shows. */
  async capture(): Promise<Image> {
    return decodeXwd(await readFile(path.join(this.#folder, SCREEN_FILE)));
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}
