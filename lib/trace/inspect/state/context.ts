// A context: its sub-contexts, and what belongs to all of them.

import type { CommandFields } from '../../../protocol';
import type { NumberedCommand } from '../numbered-commands';
import { LIFETIMES, type TrackedKind } from './bindings';
import { SubContextState, type BoundSlot } from './sub-context';
import { ownValues, refOf, type CommandRef, type TrackedObject, type Values } from './tracked-object';

/** What a call said of a context when it made it. */
export interface ContextMaking {
  /** The call, or undefined for a context that was there before the trace. */
  readonly call: number | undefined;
  readonly capsetId: number;
  readonly name: string;
}

/** What a resource of a blob will be, as PIPE_RESOURCE_CREATE told. */
export interface PendingBlob {
  readonly fields: CommandFields<'PIPE_RESOURCE_CREATE'>;
  readonly madeBy: CommandRef;
}

/** A context. */
export class ContextState {
  readonly #subContexts = new Map<number, SubContextState>();
  readonly #video: Record<'VIDEO_CODEC' | 'VIDEO_BUFFER', Map<number, TrackedObject>> = {
    VIDEO_CODEC: new Map(),
    VIDEO_BUFFER: new Map(),
  };
  /** By blob id. */
  readonly pendingBlobs = new Map<number, PendingBlob>();
  /** The sub-context that the next command runs in. */
  currentId = 0;

  constructor(
    readonly contextId: number,
    readonly making: ContextMaking,
  ) {
    this.#add(0);
  }

  /** By id. */
  get subContexts(): ReadonlyMap<number, SubContextState> {
    return this.#subContexts;
  }

  /** The sub-context that the next command runs in. */
  get current(): SubContextState {
    return this.#subContexts.get(this.currentId) ?? this.#add(this.currentId);
  }

  /** Everything with a handle that is alive, in the order in which it was made. */
  objects(): TrackedObject[] {
    const objects = [...this.#subContexts.values()].flatMap((sub) => [...sub.objects.values()]);
    objects.push(...this.#video.VIDEO_CODEC.values(), ...this.#video.VIDEO_BUFFER.values());
    return objects.sort((a, b) => (a.madeBy[0]?.number ?? 0) - (b.madeBy[0]?.number ?? 0));
  }

  /** State that is set in all sub-contexts. */
  slots(): BoundSlot[] {
    return [...this.#subContexts.values()].flatMap((sub) => [...sub.slots.values()]);
  }

  /** Executes a command. */
  apply(numbered: NumberedCommand): void {
    const { command, subContextId } = numbered;
    this.currentId = subContextId;
    this.current.apply(numbered);
    switch (command.name) {
      case 'CREATE_SUB_CTX':
        if (!this.#subContexts.has(command.fields.id)) {
          this.#add(command.fields.id);
          this.currentId = command.fields.id;
        }
        return;
      case 'SET_SUB_CTX':
        if (this.#subContexts.has(command.fields.id)) this.currentId = command.fields.id;
        return;
      case 'DESTROY_SUB_CTX':
        if (command.fields.id === 0) return;
        this.#subContexts.delete(command.fields.id);
        if (this.currentId === command.fields.id) this.currentId = 0;
        return;
      case 'PIPE_RESOURCE_CREATE':
        this.pendingBlobs.set(command.fields.blobId, { fields: command.fields, madeBy: refOf(numbered) });
        return;
      case 'UNKNOWN':
      case 'CREATE_OBJECT':
        return;
      default: {
        const lifetime = LIFETIMES[command.name];
        if (lifetime !== undefined) this.#live(numbered, lifetime, command.fields);
      }
    }
  }

  #live(
    numbered: NumberedCommand,
    { kind, ends }: { kind: 'VIDEO_CODEC' | 'VIDEO_BUFFER'; ends: boolean },
    fields: Values,
  ): void {
    const handle = fields.handle as number;
    const known = this.#video[kind];
    const ref = refOf(numbered);
    const old = known.get(handle);
    if (old !== undefined) old.destroyedBy = ref;
    known.delete(handle);
    if (ends) return;
    known.set(handle, {
      kind: kind satisfies TrackedKind,
      handle,
      contextId: this.contextId,
      subContextId: numbered.subContextId,
      fields: ownValues(fields),
      madeBy: [ref],
      resources: (fields.planes as readonly number[] | undefined) ?? [],
    });
  }

  #add(id: number): SubContextState {
    const sub = new SubContextState(this.contextId, id, (unit, handle) =>
      this.#video[unit === 'videoCodec' ? 'VIDEO_CODEC' : 'VIDEO_BUFFER'].get(handle),
    );
    this.#subContexts.set(id, sub);
    return sub;
  }
}
