// The examples that come with the package. They are compiled beside the library, but of other sources: they use the package as
// anybody does. So their types are told here once more; see examples/example.ts.

import path from 'node:path';
import { VirglError } from '../protocol/error';
import type { Renderer, Resource } from '../renderer';
import type { Size } from './size';

/** Where a scene is seen from, relative to where the example itself looks from; examples/camera.ts. */
export interface Camera {
  turn: number;
  tilt: number;
  distance: number;
}

/** Something that can be looked at from all sides. */
export interface Scene extends AsyncDisposable {
  target: Resource;
  draw(camera: Camera): Promise<void>;
}

type Log = (line: string) => void;

/** What the module of an example exports. Pictures are RGBA, top row first. */
export interface Example {
  render(renderer: Renderer, size: Size, log: Log): Promise<Uint8Array>;
  frames?(renderer: Renderer, size: Size, count: number): AsyncGenerator<Uint8Array, void>;
  openScene?(renderer: Renderer, size: Size, log: Log): Promise<Scene>;
}

interface Catalogue {
  EXAMPLES: Readonly<Record<string, { about: string; load(): Promise<Example> }>>;
}

const loadCatalogue = (): Catalogue =>
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  require(path.join(__dirname, '..', 'examples', 'catalogue.js')) as Catalogue;

/** An example by its name. @throws VirglError `ERR_VIRGL_ARGUMENT` if there is none */
export const loadExample = (operation: string, name: string): Promise<Example> => {
  const { EXAMPLES } = loadCatalogue();
  if (Object.hasOwn(EXAMPLES, name)) return EXAMPLES[name].load();
  const names = Object.keys(EXAMPLES).join(', ');
  const message = `${operation}: there is no example ${JSON.stringify(name)}; there are ${names}`;
  throw new VirglError('ERR_VIRGL_ARGUMENT', message, { operation, field: 'example', value: name });
};
