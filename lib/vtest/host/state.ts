// What a host over vtest has: its contexts and resources, what is in flight, and why the connection ended.

import type { VirglError } from '../../protocol/error';
import { HostLedger } from '../../host/ledger';
import { PendingFences } from '../../host/pending-fences';
import type { VtestClient } from '../client/client';
import { LentMemories } from './backing';
import type { HostResource } from './resource';
import type { SizeLimits } from './size-limits';
import { StepQueue } from './steps';
import type { StreamContext } from './stream-planner';
import { ContextSubs, SubContextIds } from './sub-contexts';
import { HostTransfers } from './transfers';
import { SubmitsInFlight } from './submits';

/** A live context. */
export interface HostContext extends StreamContext {
  readonly attached: Set<number>;
}

/** The state of one host. */
export class HostState {
  readonly ledger = new HostLedger();
  readonly steps = new StepQueue();
  readonly memories = new LentMemories();
  readonly contexts = new Map<number, HostContext>();
  readonly resources = new Map<number, HostResource>();
  /** Buffers that a result of a query is going to arrive in, and by which submit. */
  readonly results = new Map<HostResource, symbol>();
  readonly submits = new SubmitsInFlight();
  readonly fences = new PendingFences(() => undefined);
  readonly transfers: HostTransfers;
  readonly #subIds = new SubContextIds();

  /** @param knowsSets whether the server knows GET_CAPSET */
  constructor(
    readonly client: VtestClient,
    readonly knowsSets: boolean,
    readonly limits: SizeLimits,
  ) {
    this.transfers = new HostTransfers(client);
  }

  /** Makes a context known. */
  addContext(contextId: number): HostContext {
    const attached = new Set<number>();
    const context: HostContext = {
      subs: new ContextSubs(this.#subIds),
      attached,
      resource: (id) => (attached.has(id) ? this.resources.get(id) : undefined),
    };
    this.contexts.set(contextId, context);
    return context;
  }

  /** Forgets a resource; what is in flight may still use it. */
  removeResource(resource: HostResource): void {
    if (this.resources.get(resource.id) === resource) this.resources.delete(resource.id);
    this.results.delete(resource);
    for (const { attached } of this.contexts.values()) attached.delete(resource.id);
  }

  /** Why everything is over; undefined while the connection is up. */
  get failure(): VirglError | undefined {
    return this.client.failure;
  }

  /** What in the streams may have ended the connection. */
  culprit(): VirglError | undefined {
    return this.submits.culprit(this.ledger, this.failure?.log);
  }

  /** Lets go of all memory. */
  clear(): void {
    for (const resource of this.resources.values()) resource.close();
    this.resources.clear();
    this.contexts.clear();
    this.results.clear();
    this.ledger.clear();
  }
}
