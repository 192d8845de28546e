// The state of everything behind a host, moved on record by record: contexts with their objects and bound state, resources,
// shared memory.

import type { CallRecord, TraceRange, TraceRecord } from '../../model';
import { argumentsOf, type CallValues } from '../call-arguments';
import type { MemoryContents } from '../memory-contents';
import { CommandNumbering, type NumberedCommand } from '../numbered-commands';
import { ContextState } from './context';
import { applyToResources } from './resource-commands';
import { ResourceTable, type ResourceMaker, type TrackedResource } from './resources';
import type { SubContextState } from './sub-context';
import type { TrackedObject } from './tracked-object';

const DEFAULT_CAPSET = 2;

/** What each call changes beside the streams. `call` is its number. */
const CALL_EFFECTS: {
  readonly [Name in CallRecord['name']]?: (state: HostState, args: CallValues, call: number) => void;
} = {
  contextCreate: ({ contexts }, args, call) => {
    const id = args.contextId as number;
    const { capsetId, name } = args as { capsetId: number; name: string };
    contexts.set(id, new ContextState(id, { call, capsetId, name }));
  },
  contextDestroy: ({ contexts, resources }, { contextId }) => {
    contexts.delete(contextId as number);
    resources.endContext(contextId as number);
  },
  ctxAttachResource: ({ resources }, { contextId, resourceId }, call) =>
    resources.attach(resourceId as number, contextId as number, call),
  ctxDetachResource: ({ resources }, { contextId, resourceId }) =>
    resources.detach(resourceId as number, contextId as number),
  resourceCreate: (state, args, call) => createResource(state, 'resourceCreate', args, call),
  resourceCreateBlob: (state, args, call) => createResource(state, 'resourceCreateBlob', args, call),
  resourceImportBlob: (state, args, call) => createResource(state, 'resourceImportBlob', args, call),
  resourceUnref: ({ resources }, { resourceId }) => resources.end(resourceId as number),
  resourceAttachIov: ({ resources }, { resourceId, backing }, call) =>
    resources.setBacking(resourceId as number, backing as readonly TraceRange[], call),
  resourceDetachIov: ({ resources }, { resourceId }, call) =>
    resources.setBacking(resourceId as number, undefined, call),
  transferWriteIov: ({ resources }, { resourceId, box, offset, from }) => {
    const { x, w } = box as { x: number; w: number };
    resources.transfer(resourceId as number, {
      start: x,
      lengthBytes: w,
      offset: Number(offset),
      from: from as Uint8Array | readonly TraceRange[] | undefined,
    });
  },
  reset: ({ contexts, resources }) => {
    contexts.clear();
    resources.clear();
  },
};

interface HostState {
  readonly contexts: Map<number, ContextState>;
  readonly resources: ResourceTable;
}

const createResource = (
  { contexts, resources }: HostState,
  maker: ResourceMaker,
  args: CallValues,
  call: number,
): void => {
  resources.create(maker, args, call);
  if (maker !== 'resourceCreateBlob') return;
  const pending = contexts.get(args.contextId as number)?.pendingBlobs;
  const blobId = Number(args.blobId);
  const blob = pending?.get(blobId);
  if (blob === undefined) return;
  pending?.delete(blobId);
  resources.setType(args.resourceId as number, blob.fields, blob.madeBy);
};

/**
 * Follows a trace, or a part of one: records go in in order, and what is bound and alive can be asked for at any time. What is
 * handed out is live: it changes with further records.
 */
export class GalliumTracker {
  readonly #numbering = new CommandNumbering();
  readonly #contexts = new Map<number, ContextState>();
  readonly #resources = new ResourceTable(this.#numbering.memory);
  #currentContext: number | undefined;

  /** Calls so far: the number of the next one. */
  get calls(): number {
    return this.#numbering.calls;
  }

  /** Commands so far: the number of the next one. */
  get commands(): number {
    return this.#numbering.commands;
  }

  /** The frame that the next record belongs to. */
  get frame(): number {
    return this.#numbering.frame;
  }

  /** Shared memory. */
  get memory(): MemoryContents {
    return this.#numbering.memory;
  }

  /** Contexts that are alive, by id. */
  get contexts(): ReadonlyMap<number, ContextState> {
    return this.#contexts;
  }

  /** Resources that are alive, by id. */
  get resources(): ReadonlyMap<number, TrackedResource> {
    return this.#resources.all;
  }

  /** The context of the last command, or undefined if there was none or it is gone. */
  get currentContext(): ContextState | undefined {
    return this.#currentContext === undefined ? undefined : this.#contexts.get(this.#currentContext);
  }

  /** The sub-context that is current in the context of the last command. */
  get current(): SubContextState | undefined {
    return this.currentContext?.current;
  }

  /** All objects of all contexts that are alive, in the order in which they were made. */
  liveObjects(): TrackedObject[] {
    return [...this.#contexts.values()]
      .flatMap((context) => context.objects())
      .sort((a, b) => (a.madeBy[0]?.number ?? 0) - (b.madeBy[0]?.number ?? 0));
  }

  /** Takes in a record with all its commands. */
  feed(record: TraceRecord): void {
    const steps = this.steps(record);
    while (steps.next().done !== true);
  }

  /**
   * Takes in a record command by command: after each that is yielded the state is the one that it left. All of them have to be
   * taken before the next record.
   */
  *steps(record: TraceRecord): Generator<NumberedCommand, void, undefined> {
    if (record.kind === 'call') {
      const call = this.#numbering.calls;
      const state = { contexts: this.#contexts, resources: this.#resources };
      CALL_EFFECTS[record.name]?.(state, argumentsOf(record), call);
    } else if (record.kind === 'error') {
      this.#undo(record.call);
    }
    for (const numbered of this.#numbering.take(record)) {
      const context = this.#contextOf(numbered.contextId);
      this.#currentContext = numbered.contextId;
      applyToResources(numbered, context, this.#resources);
      context.apply(numbered);
      yield numbered;
    }
  }

  // What a refused call would have made does not exist.
  #undo(call: number): void {
    this.#resources.undo(call);
    for (const [id, { making }] of this.#contexts) if (making.call === call) this.#contexts.delete(id);
  }

  #contextOf(contextId: number): ContextState {
    let context = this.#contexts.get(contextId);
    if (context === undefined) {
      context = new ContextState(contextId, { call: undefined, capsetId: DEFAULT_CAPSET, name: '' });
      this.#contexts.set(contextId, context);
    }
    return context;
  }
}
