// The live objects of one context: their handles, and how many there are of each kind.

import { ObjectType } from '../protocol';
import type { CommandEncoder } from '../protocol';
import { checkWhole } from './check-input';
import { type ContextObject, MAX_HANDLE } from './context-object';

const TYPE_OF_KIND: Readonly<Record<string, number>> = {
  blend: ObjectType.BLEND,
  rasterizer: ObjectType.RASTERIZER,
  'depth-stencil-alpha': ObjectType.DSA,
  shader: ObjectType.SHADER,
  'vertex elements': ObjectType.VERTEX_ELEMENTS,
  'sampler view': ObjectType.SAMPLER_VIEW,
  'sampler state': ObjectType.SAMPLER_STATE,
  surface: ObjectType.SURFACE,
  query: ObjectType.QUERY,
  'stream-output target': ObjectType.STREAMOUT_TARGET,
};

/** What a command calls a kind of object. */
export const typeOfKind = (kind: string): number | undefined => TYPE_OF_KIND[kind];

/** Objects by handle. */
export class ObjectTable {
  readonly #objects = new Set<ContextObject>();
  #nextHandle = 1;

  /**
   * The handle of a new object: the given one, or one past the greatest so far.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` for one that can't be in a command
   */
  takeHandle(operation: string, given?: number): number {
    if (given !== undefined) checkWhole(operation, 'handle', given, [1, MAX_HANDLE]);
    const handle = given ?? this.#nextHandle;
    this.#nextHandle = Math.max(this.#nextHandle, handle + 1);
    return handle;
  }

  /** Remembers a new object. */
  add<Kind extends ContextObject>(object: Kind): Kind {
    this.#objects.add(object);
    return object;
  }

  /** Forgets an object and records its destruction. */
  remove(object: ContextObject, commands: CommandEncoder): void {
    if (!this.#objects.delete(object)) return;
    commands.destroyObject({ type: TYPE_OF_KIND[object.kind] as 0, handle: object.handle });
  }

  /** Live objects by kind. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { kind } of this.#objects) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  }
}
