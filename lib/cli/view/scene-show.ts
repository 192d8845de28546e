// An example that can be looked at from all sides: drawn while somebody looks and when the camera moved.

import { ResourceSource } from '../../display';
import type { Renderer } from '../../renderer';
import type { Camera, Example, Scene } from '../example-catalogue';
import type { Size } from '../size';
import { Orbit } from './orbit';
import { Pace } from './pace';
import type { Show } from './show';

/** What {@link SceneShow} shows. */
export interface SceneShowParts {
  label: string;
  openScene: NonNullable<Example['openScene']>;
  renderer: Renderer;
  size: Size;
  framesPerSecond: number;
}

/** The camera may not move for so long that nobody would see it turn. */
const MAX_STEP_SECONDS = 0.1;
const SIDES = { least: 16, most: 4096 } as const;

const sideOf = (pixels: number): number => Math.min(SIDES.most, Math.max(SIDES.least, Math.round(pixels)));

/** Shows a scene. */
export class SceneShow implements Show {
  readonly source: ResourceSource;
  readonly #parts: SceneShowParts;
  readonly #orbit = new Orbit();
  #scene: Scene | undefined;
  #size: Size;
  #wantedSize: Size;
  #isStopped = false;

  constructor(parts: SceneShowParts) {
    this.#parts = parts;
    this.#size = parts.size;
    this.#wantedSize = parts.size;
    this.source = new ResourceSource({
      label: parts.label,
      input: this.#orbit,
      requestSize: (width, height) => {
        this.#wantedSize = { width: sideOf(width), height: sideOf(height) };
      },
    });
  }

  async run(): Promise<void> {
    const pace = new Pace(this.#parts.framesPerSecond);
    let camera: Camera = { turn: 0, tilt: 0, distance: 1 };
    await this.#open(camera);
    while (!this.#isStopped) {
      await this.source.watched();
      const moved = this.#orbit.advance(Math.min(MAX_STEP_SECONDS, await pace.next()));
      camera = moved ?? camera;
      if (this.#wantedSize !== this.#size) await this.#open(camera);
      else if (moved !== undefined) {
        await this.#scene?.draw(camera);
        // Drawn ahead, frames would only wait for each other.
        await this.#parts.renderer.host.createFence();
        this.source.changed();
      }
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.source.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#scene?.[Symbol.asyncDispose]();
  }

  /** Sets the scene up for the size that is wanted, and draws it. */
  async #open(camera: Camera): Promise<void> {
    const { openScene, renderer } = this.#parts;
    this.#size = this.#wantedSize;
    const old = this.#scene;
    this.#scene = await openScene(renderer, this.#size, () => {});
    await this.#scene.draw(camera);
    this.source.show(this.#scene.target);
    await old?.[Symbol.asyncDispose]();
  }
}
