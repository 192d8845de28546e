// An X server without a screen, whose picture lies in a file (Xvfb's -fbdir, in the format of X11/XWDFile.h).

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Image } from '../../../lib/image';

const WIDTH = 640;
const HEIGHT = 480;
const POLL_MS = 200;
/** A picture that is the same for so long is finished. */
const STILL_MS = 1_000;

// Places of the header's big-endian dwords.
const HEADER_SIZE = 0;
const BYTES_PER_LINE = 12;
const COLORS = 19;
const COLOR_BYTES = 12;

const decodeXwd = (file: Buffer): Image => {
  const dword = (index: number) => file.readUInt32BE(index * 4);
  const start = dword(HEADER_SIZE) + dword(COLORS) * COLOR_BYTES;
  const data = new Uint8Array(WIDTH * HEIGHT * 4);
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const from = start + y * dword(BYTES_PER_LINE) + x * 4;
      const to = (y * WIDTH + x) * 4;
      // Blue, green, red, nothing.
      data.set([file.readUInt8(from + 2), file.readUInt8(from + 1), file.readUInt8(from), 255], to);
    }
  }
  return { width: WIDTH, height: HEIGHT, data };
};

/** A display of 640x480. */
export class Display implements AsyncDisposable {
  readonly #server: ChildProcess;
  readonly #folder: string;
  /** What DISPLAY must be. */
  readonly name: string;

  private constructor(server: ChildProcess, folder: string, name: string) {
    this.#server = server;
    this.#folder = folder;
    this.name = name;
  }

  static async open(): Promise<Display> {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'virgl-display-'));
    const screen = ['-screen', '0', `${WIDTH}x${HEIGHT}x24`, '-fbdir', folder];
    const server = spawn('Xvfb', ['-displayfd', '3', ...screen, '-nocursor', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const [number] = (await once(server.stdio[3] as Readable, 'data')) as [Buffer];
    return new Display(server, folder, `:${number.toString().trim()}`);
  }

  /** What it shows once that changes no more and is not one colour. Rejects when the time is up. */
  async picture(limitMs: number): Promise<Image> {
    const file = path.join(this.#folder, 'Xvfb_screen0');
    const limit = Date.now() + limitMs;
    let last = Buffer.alloc(0);
    let since = Date.now();
    for (;;) {
      const now = await fs.readFile(file);
      if (!now.equals(last)) since = Date.now();
      last = now;
      const image = Date.now() - since >= STILL_MS ? decodeXwd(now) : undefined;
      if (image && !isOneColour(image)) return image;
      if (Date.now() > limit) throw new Error(`no finished picture within ${limitMs} ms`);
      await sleep(POLL_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const end = once(this.#server, 'exit');
    this.#server.kill();
    await end;
    await fs.rm(this.#folder, { recursive: true, force: true });
  }
}

const isOneColour = ({ data }: Image): boolean => {
  const pixels = new Uint32Array(data.buffer);
  return pixels.every((pixel) => pixel === pixels[0]);
};
