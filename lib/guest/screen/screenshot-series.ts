// Screenshots of a running program, one file for each picture that is another than the one before.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { encodePng, type Image } from '../../image';

/** What a series is taken of and where it goes. */
export interface SeriesOptions {
  /** A folder; made if it is missing. */
  folder: string;
  intervalMs: number;
  capture: () => Promise<Image>;
}

const DIGITS = 4;

const isSame = (a: Image | undefined, b: Image): boolean =>
  a !== undefined && a.width === b.width && a.height === b.height && Buffer.compare(a.data, b.data) === 0;

/** Takes screenshots until it is stopped. */
export class ScreenshotSeries {
  /** The files, in order. */
  readonly files: string[] = [];
  readonly #options: SeriesOptions;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #last: Image | undefined;

  private constructor(options: SeriesOptions) {
    this.#options = options;
    this.#ended = this.#run();
    // Whoever stops it is told.
    this.#ended.catch(() => undefined);
  }

  /** Starts one. */
  static async start(options: SeriesOptions): Promise<ScreenshotSeries> {
    await mkdir(options.folder, { recursive: true });
    return new ScreenshotSeries(options);
  }

  /** Ends it. @throws what taking or writing one threw */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#take();
      await delay(this.#options.intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #take(): Promise<void> {
    const image = await this.#options.capture();
    if (isSame(this.#last, image)) return;
    this.#last = image;
    const name = `${String(this.files.length + 1).padStart(DIGITS, '0')}.png`;
    const file = path.join(this.#options.folder, name);
    await writeFile(file, encodePng(image));
    this.files.push(file);
  }
}
