// An example that is a picture, or a video.

import { PictureSource } from '../../display';
import type { Renderer } from '../../renderer';
import type { Example } from '../example-catalogue';
import type { Size } from '../size';
import { Pace } from './pace';
import { SceneShow } from './scene-show';
import type { Show } from './show';

/** What is shown of an example. */
export interface ExampleShowParts {
  name: string;
  example: Example;
  renderer: Renderer;
  size: Size;
  framesPerSecond: number;
  log: (line: string) => void;
}

/** Of a video, before it begins again. */
const VIDEO_SECONDS = 8;

/** Shows a picture, or a video again and again. */
class PictureShow implements Show {
  readonly source: PictureSource;
  readonly #parts: ExampleShowParts;
  #isStopped = false;
  #end = (): void => {};

  constructor(parts: ExampleShowParts) {
    this.#parts = parts;
    this.source = new PictureSource({ label: parts.name });
  }

  async run(): Promise<void> {
    const { example, renderer, size, log } = this.#parts;
    this.source.show({ ...size, data: await example.render(renderer, size, log) });
    const { frames } = example;
    while (frames !== undefined && !this.#isStopped) await this.#video(frames);
    // A picture stays as it is.
    if (!this.#isStopped) await new Promise<void>((resolve) => (this.#end = resolve));
  }

  stop(): void {
    this.#isStopped = true;
    this.#end();
    this.source.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
  }

  async #video(frames: NonNullable<Example['frames']>): Promise<void> {
    const { renderer, size, framesPerSecond } = this.#parts;
    const pace = new Pace(framesPerSecond);
    const pool = renderer.pool;
    let last: Uint8Array | undefined;
    for await (const data of frames(renderer, size, Math.round(framesPerSecond * VIDEO_SECONDS))) {
      this.source.show({ ...size, data });
      if (last !== undefined) pool.release(last);
      last = data;
      await this.source.watched();
      if (this.#isStopped) return;
      await pace.next();
    }
  }
}

/** The way to show an example. */
export const showExample = (parts: ExampleShowParts): Show => {
  const { openScene } = parts.example;
  return openScene === undefined
    ? new PictureShow(parts)
    : new SceneShow({ ...parts, label: parts.name, openScene });
};
