// What an example is: something that draws one picture, or a video, on a renderer that it is handed.

import type { Renderer } from 'virgl';

/** Pixels of a picture. */
export interface Size {
  width: number;
  height: number;
}

/** Draws a picture of that size: RGBA, top row first. What it has to say beside that goes to `log`. */
export type Render = (renderer: Renderer, size: Size, log: (line: string) => void) => Promise<Uint8Array>;

/** Draws a video of `count` pictures. */
export type Frames = (renderer: Renderer, size: Size, count: number) => AsyncGenerator<Uint8Array, void>;

/** What the module of an example exports. */
export interface Example {
  render: Render;
  frames?: Frames;
}
