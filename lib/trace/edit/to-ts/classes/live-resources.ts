// Resources of the typed classes as the generated program will have them, by their ids.

import type { Resource } from '../../../../renderer';
import type { LiveContext } from './live-context';
import { expressible, type Term } from './term';
import type { TransferTrials } from './transfer-trials';

/** A resource and what the program calls it. */
export interface LiveResource {
  readonly resource: Resource;
  readonly name: string;
  readonly trials: TransferTrials;
  /** Contexts that it is attached to. */
  readonly users: Set<LiveContext>;
  /** The memory whose beginning is its backing. */
  memoryId: number | undefined;
}

/** Resources by id. */
export class LiveResources {
  readonly #resources = new Map<number, LiveResource>();

  /** A resource was made. */
  add(resource: LiveResource): void {
    this.#resources.set(resource.resource.id, resource);
  }

  /** A resource ends. */
  remove(id: number): void {
    this.#resources.delete(id);
  }

  /** The resource of an id, if the classes made it. */
  get(id: number): LiveResource | undefined {
    return this.#resources.get(id);
  }

  /** A context ends. */
  forgetUser(live: LiveContext): void {
    for (const { users } of this.#resources.values()) users.delete(live);
  }

  /** A resource as a value. */
  term(id: number): Term & { readonly value: Resource } {
    const found = this.#resources.get(id);
    expressible(found !== undefined, 'resource');
    return { value: found.resource, code: found.name };
  }
}
