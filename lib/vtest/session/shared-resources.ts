// The resources of all clients of one host: every context may use them, and no id stands for two.

import type { RenderHost } from '../../host';
import type { SessionResource } from './resource';

const ignore = (): void => undefined;

/** What clients share that are served by one renderer. */
export class SharedResources {
  readonly #host: RenderHost;
  readonly #resources = new Map<number, SessionResource>();
  readonly #contexts = new Set<number>();

  constructor(host: RenderHost) {
    this.#host = host;
  }

  get(id: number): SessionResource | undefined {
    return this.#resources.get(id);
  }

  /** For all contexts but its maker's, which has it already. */
  add(resource: SessionResource, maker: number): void {
    this.#resources.set(resource.id, resource);
    for (const contextId of this.#contexts) if (contextId !== maker) this.#attach(contextId, resource.id);
  }

  remove(id: number): void {
    this.#resources.delete(id);
  }

  /** A new context, which may use what is there. */
  enter(contextId: number): void {
    this.#contexts.add(contextId);
    for (const id of this.#resources.keys()) this.#attach(contextId, id);
  }

  leave(contextId: number): void {
    this.#contexts.delete(contextId);
  }

  #attach(contextId: number, resourceId: number): void {
    // Who misses it is told when it uses it.
    this.#host.ctxAttachResource({ contextId, resourceId }).catch(ignore);
  }
}
