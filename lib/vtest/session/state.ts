// What a server knows of one client.

import { DONE, type RenderHost, type RequestPump } from '../../host';
import { VirglError } from '../../protocol/error';
import type { VtestVersion } from '../commands';
import { type Fences, SubmitFences } from './fences';
import type { IdPool } from './id-pool';
import type { SessionLimits } from './limits';
import type { SessionPeer } from './peer';
import { PumpedFences } from './pumped-fences';
import type { SessionResource } from './resource';
import type { SharedResources } from './shared-resources';
import { ClientMemories } from './shared-with-client';
import { SyncTable } from './syncs';

/** What sessions on one host share. */
export interface SessionHome {
  readonly host: RenderHost;
  /** The newest version of the protocol that this host can serve. */
  readonly newestVersion: VtestVersion;
  readonly contextIds: IdPool;
  /** Ids of resources, from version 3 on chosen by the server; they are global to a host. */
  readonly resourceIds: Pick<IdPool, 'take' | 'giveBack'>;
  /** Runs what comes in every frame, where this process has one client and nobody looks at its host. */
  readonly pump?: RequestPump;
  /** Where several clients are served on this host. */
  readonly shared?: SharedResources;
  readonly limits: SessionLimits;
  /** Something that was not done and does not end the session. */
  warn(message: string): void;
}

/** Counts for reports. */
export interface SessionStats {
  commands: number;
  submits: number;
  receivedBytes: number;
}

/** One client's state; the handlers of the commands work on it. */
export class SessionState {
  version: VtestVersion = 0;
  /** As CREATE_RENDERER said; undefined before it. */
  clientName: string | undefined;
  /** By CONTEXT_INIT. */
  capsetId: number | undefined;
  /** 0 before the first command that needs a context. */
  contextId = 0;
  readonly resources = new Map<number, SessionResource>();
  readonly memories = new ClientMemories();
  memoryBytes = 0;
  readonly fences: Fences;
  readonly syncs = new SyncTable();
  /** Fences on whose way syncs are signalled, without the client asking. */
  #awaited = 0;
  readonly #fenceIds = new Map<number, number>();
  readonly stats: SessionStats = { commands: 0, submits: 0, receivedBytes: 0 };
  /** The first thing that went wrong behind the client's back: a submit that was refused after the next request had begun. */
  failure: unknown;

  constructor(
    readonly home: SessionHome,
    readonly peer: SessionPeer,
  ) {
    const { host, pump } = home;
    this.fences = pump === undefined ? new SubmitFences(host, this.fail) : new PumpedFences(pump, this.fail);
    if (pump !== undefined) pump.onClaim = (id) => void this.find(id);
  }

  get host(): RenderHost {
    return this.home.host;
  }

  /** The newest of the calls that nobody awaited. */
  #newest: Promise<unknown> | undefined;

  /** Makes a call without waiting for it: the session ends with the first that rejects. */
  track(call: Promise<unknown>): void {
    if (call !== DONE) this.#newest = call.catch(this.fail);
  }

  /** As {@link track}, for calls whose failure a client is not told of. */
  trackLoosely(operation: string, call: Promise<unknown>): void {
    if (call !== DONE) this.#newest = call.catch((error: unknown) => this.warn(operation, error));
  }

  /** Whether fences are on their way whose end somebody is to be told of. */
  get awaitsFences(): boolean {
    return this.#awaited > 0;
  }

  /** Counts a fence until it is reached. */
  await(fence: Promise<void>): void {
    this.#awaited += 1;
    void fence.catch(this.fail).then(() => void (this.#awaited -= 1));
  }

  /** Ids of fences on one ring only grow. */
  nextFenceId(ringIndex: number): number {
    const id = (this.#fenceIds.get(ringIndex) ?? 0) + 1;
    this.#fenceIds.set(ringIndex, id);
    return id;
  }

  readonly fail = (error: unknown): void => {
    this.failure ??= error;
  };

  /** Whether every call so far is known to be done. */
  get isSettled(): boolean {
    return this.#newest === undefined;
  }

  /** When every call so far is done; they are answered in their order. */
  async settled(): Promise<void> {
    await this.#newest;
    this.#newest = undefined;
  }

  /** Something did not work that the reference server only logs. */
  warn(operation: string, error: unknown): void {
    this.home.warn(`${operation}: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** The client's own resource of this id. */
  find(id: number): SessionResource | undefined {
    return this.resources.get(id) ?? this.#fromPump(id);
  }

  /** From here on a resource of the pump is like any other. */
  #fromPump(id: number): SessionResource | undefined {
    const released = this.home.pump?.release(id);
    if (released === undefined) return undefined;
    const { created, ownId, memory, fd } = released;
    const bytes = created.width + memory.sizeBytes;
    const resource = { id, bytes, memory: { memory, fd }, ownId };
    this.addResource(resource);
    return resource;
  }

  /** @throws VirglError if the client has no resource of this id */
  resource(operation: string, id: number): SessionResource {
    const resource = this.find(id) ?? this.home.shared?.get(id);
    if (resource !== undefined) return resource;
    throw new VirglError('ERR_VIRGL_UNKNOWN_HANDLE', `${operation}: there is no resource ${id}`, {
      operation,
      field: 'handle',
      value: id,
      resourceId: id,
    });
  }

  /**
   * Before a client gets more memory.
   * @throws VirglError if it would have too much
   */
  checkMemory(operation: string, field: string, bytes: number): void {
    const { maxMemoryBytes } = this.home.limits;
    const total = this.memoryBytes + (this.home.pump?.bytes ?? 0) + bytes;
    if (total <= maxMemoryBytes) return;
    throw new VirglError(
      'ERR_VIRGL_REFUSED',
      `${operation}: ${field}: the client's resources would take ${total} bytes; a client may have ${maxMemoryBytes}`,
      { operation, field, value: bytes },
    );
  }

  /** An id that no client uses. */
  takeId(): number {
    const { resourceIds, shared } = this.home;
    let id = resourceIds.take();
    // Clients of older versions choose for themselves.
    while (shared?.get(id) !== undefined) id = resourceIds.take();
    return id;
  }

  /** Lets contexts use a resource when the host has made it: the client's own, and those of others that share the host. */
  attach(resource: SessionResource): void {
    const { contextId } = this;
    this.track(this.host.ctxAttachResource({ contextId, resourceId: resource.id }));
    this.home.shared?.add(resource, contextId);
  }

  addResource(resource: SessionResource): void {
    this.resources.set(resource.id, resource);
    this.memoryBytes += resource.bytes;
  }

  /** Ends a resource; its memory is free when the host has let go of it. */
  removeResource({ id, bytes, memory, ownId }: SessionResource): void {
    this.resources.delete(id);
    this.home.shared?.remove(id);
    this.memoryBytes -= bytes;
    const gone = this.host.resourceUnref({ resourceId: id });
    if (memory === undefined) this.track(gone);
    else if (gone === DONE) this.memories.giveBack(memory);
    else this.track(gone.finally(() => this.memories.giveBack(memory)));
    if (ownId) this.home.resourceIds.giveBack(id);
  }
}
