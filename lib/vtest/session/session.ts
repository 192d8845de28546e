// One client of a vtest server: its requests, one after the other, on a RenderHost.

import type { PumpStop } from '../../host';
import { VirglError, type VirglErrorCode } from '../../protocol/error';
import { VTEST_COMMAND_NAMES, VTEST_COMMANDS, type VtestCommandName } from '../commands';
import { BLOB_HANDLERS } from './blob-handlers';
import { GENERAL_HANDLERS } from './general-handlers';
import type { Handler } from './handler';
import type { SessionPeer } from './peer';
import { RequestBuffer } from './request-buffer';
import { RequestReader, type VtestRequest } from './request-reader';
import { RESOURCE_HANDLERS } from './resource-handlers';
import { type SessionHome, SessionState, type SessionStats } from './state';
import { SessionPump } from './session-pump';
import { SUBMIT_HANDLERS } from './submit-handlers';
import { SYNC_HANDLERS } from './sync-handlers';
import { TRANSFER_HANDLERS } from './transfer-handlers';

const HANDLERS: Partial<Record<VtestCommandName, Handler>> = {
  ...GENERAL_HANDLERS,
  ...RESOURCE_HANDLERS,
  ...TRANSFER_HANDLERS,
  ...SUBMIT_HANDLERS,
  ...SYNC_HANDLERS,
  ...BLOB_HANDLERS,
};

const DEFAULT_CAPSET = 2;
// What virglrenderer keeps of a name.
const MAX_CONTEXT_NAME_BYTES = 63;

/** As much of a name as a context may have. */
const contextName = (name: string): string => {
  let short = name.replaceAll('\0', '');
  while (new TextEncoder().encode(short).length > MAX_CONTEXT_NAME_BYTES) short = short.slice(0, -1);
  return short;
};

/** What a session tells of its client and of the command that it is in. */
export interface SessionWatcher {
  named(clientName: string): void;
  begin(commandId: number): void;
  end(): void;
}

/** One client, from its first request to its last. */
export class VtestSession {
  /** Where the client's bytes go. */
  readonly buffer = new RequestBuffer();
  readonly #reader: RequestReader;
  readonly #state: SessionState;
  readonly #watcher: SessionWatcher | undefined;
  readonly #pump: SessionPump | undefined;
  #command: VtestCommandName | undefined;
  readonly #admit = (name: VtestCommandName): void => {
    if (this.#state.clientName === undefined && name !== 'CREATE_RENDERER')
      this.#refuse(name, 'ERR_VIRGL_DECODE', 'the first command must be CREATE_RENDERER');
    if (HANDLERS[name] === undefined)
      this.#refuse(
        name,
        'ERR_VIRGL_UNSUPPORTED',
        'needs a DRM context (capset 6), which this host does not offer',
      );
  };

  constructor(home: SessionHome, peer: SessionPeer, watcher?: SessionWatcher) {
    this.#state = new SessionState(home, peer);
    this.#reader = new RequestReader(this.buffer, home.limits.maxRequestBytes, this.#admit);
    this.#watcher = watcher;
    if (home.pump !== undefined) this.#pump = new SessionPump(home.pump, this.#state, this.buffer);
  }

  /** As it calls itself; undefined before CREATE_RENDERER. */
  get clientName(): string | undefined {
    return this.#state.clientName;
  }

  get stats(): Readonly<SessionStats> {
    return this.#state.stats;
  }

  /** The command that was begun last. */
  get lastCommand(): VtestCommandName | undefined {
    return this.#command;
  }

  /** Whether something is to be told to the client that it will not ask for. */
  get awaitsFences(): boolean {
    return this.#state.awaitsFences;
  }

  /** So many bytes were put into {@link buffer}. */
  received(length: number): void {
    this.buffer.received(length);
    this.#state.stats.receivedBytes += length;
  }

  /** Whether {@link fence} has something to do. */
  get isFenceDue(): boolean {
    return this.#state.fences.isDue;
  }

  /** To be called when the client has sent nothing more: lets the driver begin what was submitted. */
  fence(): void {
    this.#state.fences.make();
  }

  /** Whether something that was submitted is not known to be done. */
  get isDrawing(): boolean {
    return this.#state.fences.busy;
  }

  /** Whether {@link pump} can do anything. */
  get canPump(): boolean {
    return this.#pump?.isUsable === true;
  }

  /**
   * Lets the pump receive and run requests until something is for others.
   * @throws VirglError that says why the client must be disconnected
   */
  async pump(waitMs: number): Promise<PumpStop> {
    // Whoever calls has seen that it can.
    const pump = this.#pump as SessionPump;
    try {
      return await pump.run(waitMs);
    } finally {
      this.#command = VTEST_COMMAND_NAMES.get(pump.lastId) ?? this.#command;
      this.#throwFailure();
    }
  }

  /**
   * Handles every request that is in the buffer as a whole.
   * @returns whether there was one
   * @throws VirglError that says why the client must be disconnected
   */
  async handleReceived(): Promise<boolean> {
    const { stats } = this.#state;
    const before = stats.commands;
    for (let request = this.#reader.next(); request !== undefined; request = this.#reader.next()) {
      this.#command = request.name;
      this.#state.stats.commands += 1;
      this.#watcher?.begin(VTEST_COMMANDS[request.name].id);
      const done = this.#handle(request);
      if (done !== undefined) await done;
      this.#watcher?.end();
      this.#reader.release();
      this.#throwFailure();
    }
    // Lets calls that failed at once say so.
    await null;
    this.#throwFailure();
    return stats.commands > before;
  }

  /** Destroys what the client left behind. */
  async close(): Promise<void> {
    const state = this.#state;
    state.syncs.close();
    for (const resource of [...state.resources.values()]) state.removeResource(resource);
    if (state.contextId !== 0) {
      state.home.shared?.leave(state.contextId);
      state.track(state.host.contextDestroy({ contextId: state.contextId }));
      state.home.contextIds.giveBack(state.contextId);
      state.contextId = 0;
    }
    // What can't be undone any more is gone with the host.
    await state.settled();
    state.memories.close();
  }

  #handle(request: VtestRequest): void | Promise<void> {
    const { name } = request;
    const state = this.#state;
    if (state.clientName === undefined) return this.#greet(request);
    // #admit has seen that there is one.
    const handler = HANDLERS[name] as Handler;
    if (!VTEST_COMMANDS[name].needsContext || state.contextId !== 0)
      return handler(state, request, this.buffer);
    return this.#createContext().then(() => handler(state, request, this.buffer));
  }

  /** The first request. */
  #greet(request: VtestRequest): void {
    const state = this.#state;
    void GENERAL_HANDLERS.CREATE_RENDERER(state, request, this.buffer);
    this.#watcher?.named(state.clientName ?? '');
  }

  #refuse(name: VtestCommandName, code: VirglErrorCode, why: string): never {
    this.#command = name;
    throw new VirglError(code, `${name}: ${why}`, { operation: name });
  }

  async #createContext(): Promise<void> {
    const state = this.#state;
    const contextId = state.home.contextIds.take();
    const { capsetId = DEFAULT_CAPSET, clientName = '' } = state;
    try {
      await state.host.contextCreate({ contextId, capsetId, name: contextName(clientName) });
    } catch (error) {
      state.home.contextIds.giveBack(contextId);
      throw error;
    }
    state.contextId = contextId;
    state.home.shared?.enter(contextId);
  }

  #throwFailure(): void {
    if (this.#state.failure !== undefined) throw this.#state.failure;
  }
}
