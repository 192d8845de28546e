// What a context knows between commands: sub-contexts, their objects, and shaders of which a part is still to come.

import type { ObjectName } from '../objects';

/** An object that was created. Surfaces of both kinds count as SURFACE, as they do for hosts. */
export interface KnownObject {
  readonly type: ObjectName;
  /** Stage of a shader. */
  readonly stage?: number;
  readonly queryType?: number;
  /** Of vertex elements: the slots of vertex buffers that they read. */
  readonly vertexBuffers?: readonly number[];
  /** Of a query: which of its kind, such as the vertex stream. */
  readonly queryIndex?: number;
  /** Whether a query has begun and not ended. */
  active?: boolean;
  /** Whether a query has ended. */
  hasResult?: boolean;
}

/** A shader whose packets are still coming. */
export interface PartialShader {
  readonly handle: number;
  readonly totalDwords: number;
  readonly chunks: Uint8Array[];
  receivedBytes: number;
}

/** Objects and bindings of a sub-context. */
export class SubContext {
  readonly objects = new Map<number, KnownObject>();
  /** By stage. */
  readonly partialShaders = new Map<number, PartialShader>();
  /** What is bound: `VERTEX_ELEMENTS`, `indexBuffer`, `framebuffer`, `shader0` … `shader5`; 0 is nothing. */
  readonly bound = new Map<string, number>();
  /** Resources by slot; undefined if none were ever set. */
  vertexBuffers: readonly number[] | undefined;

  /** @param isPartial whether things may have been made before the first checked command */
  constructor(readonly isPartial: boolean) {}

  /** Whether nothing is bound there, for all that is known. */
  isUnbound(slot: string): boolean {
    const handle = this.bound.get(slot);
    return handle === undefined ? !this.isPartial : handle === 0;
  }
}

/** A context. */
export class ContextState {
  private readonly subContexts = new Map<number, SubContext>();
  private currentId = 0;
  readonly videoCodecs = new Set<number>();
  readonly videoBuffers = new Set<number>();

  /** @param isPartial whether the context was used before the first checked command */
  constructor(readonly isPartial: boolean) {
    this.subContexts.set(0, new SubContext(isPartial));
  }

  /** The current sub-context. */
  get current(): SubContext {
    const sub = this.subContexts.get(this.currentId) ?? new SubContext(this.isPartial);
    this.subContexts.set(this.currentId, sub);
    return sub;
  }

  /** Switches; returns whether there is such a sub-context. */
  use(id: number): boolean {
    if (!this.subContexts.has(id)) {
      if (!this.isPartial) return false;
      this.subContexts.set(id, new SubContext(true));
    }
    this.currentId = id;
    return true;
  }

  /** Makes one and switches to it; returns whether it was new. */
  create(id: number): boolean {
    if (this.subContexts.has(id)) return false;
    this.subContexts.set(id, new SubContext(false));
    this.currentId = id;
    return true;
  }

  /** Destroys one; returns whether it was there. */
  destroy(id: number): boolean {
    if (id === 0) return false;
    if (this.currentId === id) this.currentId = 0;
    return this.subContexts.delete(id) || this.isPartial;
  }
}
