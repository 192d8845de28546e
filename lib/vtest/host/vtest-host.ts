// A render host in another process, behind a vtest server.

import {
  type HostCallArgs,
  type HostCallName,
  type HostCallResult,
  type HostCounts,
  type HostFeatures,
  HOST_CALL_NAMES,
  type RenderHost,
  RenderHostCallsBase,
} from '../../host';
import { VirglError } from '../../protocol/error';
import type { CheckedArguments } from '../../host/call-table';
import { checkArguments } from '../../host/check-arguments';
import { recordCall } from '../../host/ledger-effects';
import { LEGACY_TIMELINE } from '../../host/pending-fences';
import { VtestClient, type VtestConnectOptions } from '../client/client';
import type { ClientSocket } from '../client/input';
import { capSetBytes, capSetInfo } from './caps';
import { attachResource, createContext, destroyContext, detachResource, reset } from './context-calls';
import { connectionEnded, hostClosed, unsupported } from './errors';
import { createContextFence, createFence, poll } from './fence-calls';
import { attachBacking, createResource, detachBacking, unrefResource } from './resource-calls';
import { sizeLimitsOf } from './size-limits';
import { HostState } from './state';
import { submit } from './submit-calls';
import { transferRead, transferWrite } from './transfer-calls';

/** Options of {@link VtestHost.connect}. */
export interface VtestHostOptions extends Omit<VtestConnectOptions, 'version'> {
  /** Called when the host has been closed, and waited for. */
  onClose?: () => Promise<void>;
}

type Handler = (state: HostState, args: CheckedArguments) => Promise<unknown>;

/** The calls that vtest can carry. */
const HANDLERS: { readonly [Name in HostCallName]?: Handler } = {
  contextCreate: createContext,
  contextDestroy: destroyContext,
  contextPoll: poll,
  ctxAttachResource: attachResource,
  ctxDetachResource: detachResource,
  submitCmd: submit,
  createFence,
  contextCreateFence: createContextFence,
  resourceCreate: createResource,
  resourceUnref: unrefResource,
  resourceAttachIov: attachBacking,
  resourceDetachIov: detachBacking,
  getCapSet: ({ client, knowsSets }, { capsetId }) => capSetInfo(client, capsetId as number, knowsSets),
  fillCaps: ({ client, knowsSets }, args) =>
    capSetBytes(client, args as { capsetId: number; version: number }, knowsSets),
  transferReadIov: transferRead,
  transferWriteIov: transferWrite,
  poll,
  reset,
};

const FEATURES: HostFeatures = Object.freeze(
  Object.fromEntries(HOST_CALL_NAMES.map((name) => [name, HANDLERS[name] !== undefined])) as HostFeatures,
);

/** Clients choose the ids of resources up to this version, as the callers of a host do. */
const NEWEST_WITH_OWN_IDS = 2;
const FIRST_WITH_CAPSETS = 3;
const NEWEST_VIRGL_CAPSET = 2;

const chooseOwnIds = async (client: VtestClient): Promise<void> => {
  try {
    await client.protocolVersion(NEWEST_WITH_OWN_IDS);
  } catch (cause) {
    const message = `VtestHost: the server does not speak version ${NEWEST_WITH_OWN_IDS} of the protocol, in which clients choose the ids of resources; virgl_test_server with --multi-clients does not`;
    throw new VirglError('ERR_VIRGL_UNSUPPORTED', message, { operation: 'VtestHost', cause });
  }
};

/**
 * Renders in another process: ours (`virgl vtest`) or virgl_test_server. Contexts are sub-contexts of the connection's one
 * context. Backings stay here: bytes are copied when a call or a command needs them. The server has no way to say what it
 * does not like, and closes the connection instead; what then rejects names the command where that can be told.
 */
export class VtestHost extends RenderHostCallsBase implements RenderHost {
  readonly features = FEATURES;
  readonly #state: HostState;
  #closing: Promise<void> | undefined;

  readonly #onClose: VtestHostOptions['onClose'];

  private constructor(state: HostState, onClose: VtestHostOptions['onClose']) {
    super();
    this.#state = state;
    this.#onClose = onClose;
  }

  /**
   * Connects to a server that listens at a path.
   * @throws VirglError as `VtestClient.connect`
   */
  static async connect(options: VtestHostOptions = {}): Promise<VtestHost> {
    const { onClose, ...rest } = options;
    return VtestHost.#open(await VtestClient.connect(rest), onClose);
  }

  /** Renders over a socket that is connected already. It is closed with the host. */
  static async over(socket: ClientSocket, options: Omit<VtestHostOptions, 'path'> = {}): Promise<VtestHost> {
    const { onClose, ...rest } = options;
    return VtestHost.#open(await VtestClient.over(socket, rest), onClose);
  }

  static async #open(client: VtestClient, onClose: VtestHostOptions['onClose']): Promise<VtestHost> {
    const knowsSets = client.version >= FIRST_WITH_CAPSETS;
    try {
      if (client.version > NEWEST_WITH_OWN_IDS) await chooseOwnIds(client);
      const limits = sizeLimitsOf(await client.getCaps2());
      return new VtestHost(new HostState(client, knowsSets, limits), onClose);
    } catch (error) {
      client.close();
      throw error;
    }
  }

  counts(): HostCounts {
    const { ledger, fences, steps } = this.#state;
    return { ...ledger.counts(), fences: fences.count, calls: steps.count };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected override perform<Name extends HostCallName>(
    name: Name,
    args: HostCallArgs<Name>,
  ): Promise<HostCallResult<Name>> {
    try {
      return this.#perform(name, args) as Promise<HostCallResult<Name>>;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #perform(name: HostCallName, given: unknown): Promise<unknown> {
    if (this.#closing !== undefined) throw hostClosed(name);
    const handler = HANDLERS[name];
    if (handler === undefined) throw unsupported(name);
    const state = this.#state;
    const args = this.#check(name, given);
    const { failure } = state;
    if (failure !== undefined) throw connectionEnded(name, args, failure, state.culprit());
    const undo = recordCall(state.ledger, name, args);
    // A handler that throws must be seen as one that rejects.
    const done = (async () => handler(state, args))();
    return done.catch((error: unknown) => {
      undo();
      const { failure: ended } = state;
      if (ended === undefined || error !== ended) throw error;
      throw connectionEnded(name, args, ended, state.culprit());
    });
  }

  #check(name: HostCallName, given: unknown): CheckedArguments {
    const { ledger, fences } = this.#state;
    if (name === 'fillCaps') {
      const { capsetId } = (given ?? {}) as { capsetId?: unknown };
      const isVirgl = typeof capsetId === 'number' && capsetId <= NEWEST_VIRGL_CAPSET;
      return checkArguments(name, given, ledger, { version: isVirgl ? capsetId : 0 });
    }
    if (name !== 'createFence' && name !== 'contextCreateFence') return checkArguments(name, given, ledger);
    const args = checkArguments(name, given, ledger, { fenceId: 1 });
    const { contextId, ringIndex } =
      name === 'createFence' ? LEGACY_TIMELINE : (args as { contextId: number; ringIndex: number });
    const isChosen = ((given ?? {}) as { fenceId?: unknown }).fenceId === undefined;
    const wanted = isChosen ? undefined : BigInt(args.fenceId as number | bigint);
    const fenceId = fences.nextId(name, contextId, ringIndex, wanted);
    return { ...args, fenceId: name === 'createFence' ? Number(fenceId) : fenceId };
  }

  async #close(): Promise<void> {
    const { steps, client, fences } = this.#state;
    await steps.finished();
    client.close();
    fences.clear(hostClosed('close'));
    this.#state.clear();
    await this.#onClose?.();
  }
}
