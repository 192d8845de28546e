// A context of the typed classes as the generated program will have it, with what the program calls its objects. Calls are tried on
// encoders of their own first, and made here only when they give the dwords of the trace.

import { type CommandEncoder, CommandEncoder as Encoder, ObjectType } from '../../../../protocol';
import type {
  Context,
  ContextObject,
  ContextState,
  Resource,
  Surface,
  SamplerView,
} from '../../../../renderer';
import { VertexInputs } from '../../../../renderer/vertex-inputs';
import type { ShadowHost } from './shadow-host';
import { expressible, type Term } from './term';

type ObjectKind = abstract new (...args: never[]) => ContextObject;

/** Resources that the classes made, by their ids. */
export interface KnownResources {
  get(id: number): { readonly resource: Resource } | undefined;
  /** @throws Inexpressible if there is none */
  term(id: number): Term & { readonly value: Resource };
}

/** An object and what the program calls it. */
export interface LiveObject {
  readonly object: ContextObject;
  readonly name: string;
}

/** A view that the context made by itself for a resource. */
export interface ImplicitView {
  readonly resource: Resource;
  readonly kind: 'surface' | 'samplerView';
}

const ENDS = [
  ['surface', ObjectType.SURFACE],
  ['samplerView', ObjectType.SAMPLER_VIEW],
] as const;

/** A context while the program is written. */
export class LiveContext {
  /** Objects by handle. */
  readonly objects = new Map<number, LiveObject>();
  /** Views that the context made by itself, by handle. */
  readonly implicit = new Map<number, ImplicitView & { readonly view: Surface | SamplerView }>();
  /** Resources whose views the context has lost track of. */
  readonly spoiled = new Set<Resource>();
  /** Resources that it made. */
  readonly owned = new Set<Resource>();
  /** Whether what was recorded last was sent by itself. */
  isSent = false;
  /** What {@link Context} knows of its framebuffer and vertex inputs. */
  colorBuffers: readonly boolean[] = [];
  inputs = new VertexInputs();
  #greatestHandle = 0;

  constructor(
    readonly context: Context,
    readonly name: string,
    readonly verbatim: boolean,
    /** A context with the same resources, to try things on. */
    readonly scratch: Context,
    readonly resources: KnownResources,
    readonly host: ShadowHost,
  ) {
    // Those of the default state.
    this.#greatestHandle = Object.values(context.counts()).reduce((sum, count) => sum + count, 0);
  }

  /** The handle that the next object gets by itself. */
  get nextHandle(): number {
    return this.#greatestHandle + 1;
  }

  /** A handle was given to an object. */
  took(handle: number): void {
    this.#greatestHandle = Math.max(this.#greatestHandle, handle);
  }

  /** How many dwords are recorded and not sent. */
  get pendingDwords(): number {
    return this.context.commands.dwords;
  }

  /** The dwords that a call records, tried on an encoder of its own. */
  dry(record: (encoder: CommandEncoder) => unknown): Uint32Array {
    const encoder = new Encoder({ capacityDwords: 256 });
    record(encoder);
    return encoder.finish();
  }

  /** The dwords that a call records on a context like this one. */
  dryOnScratch(record: (context: Context) => unknown): Uint32Array {
    this.scratch.commands.reset();
    try {
      record(this.scratch);
      return this.scratch.commands.finish();
    } finally {
      this.scratch.commands.reset();
    }
  }

  /** Makes a call for good. @returns the dwords that it recorded */
  commit(call: (context: Context) => unknown): Uint32Array {
    const { commands } = this.context;
    const before = commands.dwords;
    call(this.context);
    const [sent] = this.host.take();
    if (sent === undefined) return commands.view().slice(before);
    // A long stream was sent by itself.
    this.isSent = true;
    return (sent.args as { commands: Uint32Array }).commands.slice(before);
  }

  /** The id of a resource. @throws VirglError if the context may not use it */
  idOf(field: string, resource: Resource): number {
    return this.scratch.resourceId(field, resource);
  }

  /** Handles of the views that the context made by itself for a resource. */
  implicitOf(resource: Resource): readonly (readonly [handle: number, kind: ImplicitView['kind']])[] {
    return [...this.implicit]
      .filter(([, view]) => view.resource === resource)
      .map(([handle, { kind }]) => [handle, kind] as const);
  }

  /** What the context records when a resource ends: the ends of its views, that of a surface first. */
  endOfViews(resource: Resource): Uint32Array {
    const views = this.implicitOf(resource);
    return this.dry((encoder) => {
      for (const [kind, type] of ENDS)
        for (const [handle] of views.filter(([, of]) => of === kind)) encoder.destroyObject({ type, handle });
    });
  }

  /** A resource has ended, and its views with it. */
  forget(resource: Resource): void {
    for (const [handle] of this.implicitOf(resource)) this.implicit.delete(handle);
  }

  /** An object of that kind, by handle. */
  object(handle: number, kind: ObjectKind): Term {
    const found = this.objects.get(handle);
    expressible(found !== undefined && found.object instanceof kind && !found.object.destroyed, 'object');
    return { value: found.object, code: found.name };
  }

  /** Remembers what a call set. */
  noteState(state: ContextState): void {
    this.inputs = this.inputs.with(state);
    if (state.framebuffer === undefined) return;
    this.colorBuffers = Array.from(state.framebuffer.color ?? [], (attachment) => attachment != null);
  }
}
