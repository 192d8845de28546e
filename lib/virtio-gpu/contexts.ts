// The guest's rendering contexts.

import type { VirglError } from '../protocol/error';
import type { StreamChecker } from '../protocol/check/checker';
import { unexpected } from './faults';
import { type GpuResource, MAX_ID } from './resources';

/** A live context. */
export interface GpuContext {
  readonly id: number;
  /** What the guest called it: its process, for Linux. */
  readonly name: string;
  readonly capsetId: number;
  /** What it may use, by id. */
  readonly resources: Map<number, GpuResource>;
  /** Why virglrenderer takes nothing from it any more. */
  lost?: VirglError;
  /** Follows its streams, where they are checked before they are submitted. */
  checker?: StreamChecker;
}

const VIRGL_CAPSETS: readonly number[] = [1, 2];

/** Whether a capability set is one of the virgl protocol. */
export const isVirgl = (capsetId: number): boolean => VIRGL_CAPSETS.includes(capsetId);

/** The contexts of one guest. */
export class ContextTable {
  readonly #contexts = new Map<number, GpuContext>();

  get size(): number {
    return this.#contexts.size;
  }

  [Symbol.iterator](): IterableIterator<GpuContext> {
    return this.#contexts.values();
  }

  /** The context, if there is one. */
  find(id: number): GpuContext | undefined {
    return this.#contexts.get(id);
  }

  /** @throws CommandFault if there is none */
  get(id: number): GpuContext {
    const context = this.#contexts.get(id);
    if (context !== undefined) return context;
    throw unexpected('ERR_INVALID_CONTEXT_ID', 'ctx_id', 'a context that exists', id);
  }

  /** Adds a context. @throws CommandFault for an id that can't be */
  add(context: GpuContext): void {
    const { id } = context;
    if (id === 0 || id > MAX_ID) throw unexpected('ERR_INVALID_CONTEXT_ID', 'ctx_id', `1 to ${MAX_ID}`, id);
    if (this.#contexts.has(id))
      throw unexpected('ERR_INVALID_CONTEXT_ID', 'ctx_id', 'an id that is not in use', id);
    this.#contexts.set(id, context);
  }

  /** Takes a context out, unless another one has its id by now. */
  remove(context: GpuContext): void {
    if (this.#contexts.get(context.id) === context) this.#contexts.delete(context.id);
  }

  /** Nobody may use a resource any more. */
  forget({ id }: GpuResource): void {
    for (const { resources } of this.#contexts.values()) resources.delete(id);
  }
}
