// What an example is: something that draws one picture, or a video, on a renderer that it is handed.

import type { Renderer, Resource } from 'virgl';
import type { Camera } from './camera';

/** Pixels of a picture. */
export interface Size {
  width: number;
  height: number;
}

/** Draws a picture of that size: RGBA, top row first. What it has to say beside that goes to `log`. */
export type Render = (renderer: Renderer, size: Size, log: (line: string) => void) => Promise<Uint8Array>;

/** Draws a video of `count` pictures. */
export type Frames = (renderer: Renderer, size: Size, count: number) => AsyncGenerator<Uint8Array, void>;

/** Something that can be looked at from all sides. */
export interface Scene extends AsyncDisposable {
  /** Where the picture is: the top row is the one at y = 0. */
  target: Resource;
  draw(camera: Camera): Promise<void>;
}

/** Sets a scene up for pictures of that size. */
export type OpenScene = (renderer: Renderer, size: Size, log: (line: string) => void) => Promise<Scene>;

/** What the module of an example exports. */
export interface Example {
  render: Render;
  frames?: Frames;
  openScene?: OpenScene;
}
