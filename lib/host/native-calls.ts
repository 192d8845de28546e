// Host calls on their way through the channel: checked, encoded, sent, and their answers turned into promises.

import { VirglError } from '../protocol/error';
import type { CallChannel, PendingCall } from './call-channel';
import type { CheckedArguments } from './call-table';
import { checkArguments } from './check-arguments';
import { decodeResult, ResultWords } from './decode-results';
import { encodeArguments } from './encode-arguments';
import { InlineChannel } from './inline-channel';
import { type ContextEntry, HostLedger, type ResourceEntry } from './ledger';
import { recordCall, type UndoRecord } from './ledger-effects';
import { LEGACY_TIMELINE, PendingFences } from './pending-fences';
import { DONE, QuickCalls } from './quick-calls';
import { type Answer, refusal } from './refusal';
import type { HostCallName, HostCounts, ResourceCreateArgs } from './render-host';
import type { SharedMemory } from './shared-memory';
import { submitError } from './submit-diagnosis';

interface Caller {
  resolve(value: unknown): void;
  reject(error: VirglError): void;
}

/** A call that was sent, and what it was about at that time: its ids may mean something else when it is answered. */
interface Sent {
  name: HostCallName;
  args: CheckedArguments;
  caller: Caller;
  undo: UndoRecord;
  context?: ContextEntry;
  resource?: ResourceEntry;
  /** The resource's count of {@link ResourceEntry.unmaps}. */
  unmaps?: number;
  /** Ends the fences that can't be reached any more. */
  endFences?: (error: VirglError) => void;
}

/** Arguments that may be left out because the host chooses them. */
interface Choosable {
  capsetId?: unknown;
  fenceId?: unknown;
}

const NEWEST_VIRGL_CAPSET = 2;

const isFence = (name: HostCallName): boolean => name === 'createFence' || name === 'contextCreateFence';

type RefuseSubmit = (contextId: number, context: ContextEntry, answer: Answer) => VirglError;

/** A short submit on its way. A class, because thousands may be pending and each closure would weigh on the collector. */
class PendingSubmit implements PendingCall {
  constructor(
    readonly resolve: () => void,
    readonly reject: (error: VirglError) => void,
    readonly refuse: RefuseSubmit,
    readonly contextId: number,
    readonly context: ContextEntry,
  ) {}

  answered(status: number, result: Uint32Array, log: string): void {
    if (status === 0) this.resolve();
    else this.reject(this.refuse(this.contextId, this.context, { status, result, log }));
  }

  abandoned(error: VirglError): void {
    this.reject(error);
  }
}

/** The calls of one host, and what is alive behind it. */
export class NativeCalls {
  readonly #ledger = new HostLedger();
  readonly #fences: PendingFences;
  readonly #submitCmd: number;
  /** Ways that are shorter, where calls run where they are made. */
  readonly quick: QuickCalls | undefined;

  constructor(readonly channel: CallChannel) {
    this.#fences = new PendingFences((busy) => (busy ? channel.hold() : channel.release()));
    this.#submitCmd = channel.numberOf('submitCmd');
    if (channel instanceof InlineChannel) this.quick = new QuickCalls(channel, this.#ledger, this.#fences);
  }

  /** Live objects. */
  counts(): HostCounts {
    return { ...this.#ledger.counts(), fences: this.#fences.count, calls: this.channel.pendingCalls };
  }

  /** A fence has retired. */
  retire(contextId: number, ringIndex: number, fenceId: bigint): void {
    this.#fences.retire(contextId, ringIndex, fenceId);
  }

  /** Makes any call. @throws VirglError for bad arguments */
  call(name: HostCallName, given: unknown): Promise<unknown> {
    const args = this.#check(name, given);
    const words = encodeArguments(name, args, this.channel.put);
    const { contextId, resourceId } = args as { contextId: number; resourceId: number };
    const context = this.#ledger.contexts.get(contextId);
    const resource = this.#ledger.resources.get(resourceId);
    const unmaps = resource?.unmaps;
    const undo = recordCall(this.#ledger, name, args);
    const endFences =
      name === 'contextDestroy'
        ? this.#fences.end(contextId)
        : name === 'reset'
          ? this.#fences.end('all')
          : undefined;
    return new Promise((resolve, reject) => {
      const caller = isFence(name)
        ? this.#awaitRetirement(name, args, { resolve, reject })
        : { resolve, reject };
      // Holding `args` keeps the caller's arrays alive until the answer.
      const sent: Sent = { name, args, caller, undo, context, resource, unmaps, endFences };
      this.channel.send(this.channel.numberOf(name), words, {
        answered: (status, result, log) => this.#answered(sent, { status, result, log }),
        abandoned: reject,
      });
    });
  }

  readonly #refuseSubmit: RefuseSubmit = (contextId, context, answer) =>
    this.#submitRefused('submitCmd', contextId, context, answer);

  /** A submit of at most `channel.maxCommandWords`, on the way that must be fast. @throws VirglError for bad arguments */
  submit(contextId: number, commands: Uint32Array): Promise<void> {
    const context = this.#ledger.context('submitCmd', contextId);
    const { channel } = this;
    if (channel instanceof InlineChannel) {
      const answer = channel.runCommands(this.#submitCmd, contextId, commands);
      return answer === 0 ? DONE : this.#finishSubmit(channel, answer, contextId, context);
    }
    return new Promise((resolve, reject) => {
      const pending = new PendingSubmit(resolve, reject, this.#refuseSubmit, contextId, context);
      channel.sendCommands(this.#submitCmd, contextId, commands, pending);
    });
  }

  /** As {@link submit}, for a submit that was run elsewhere and that has so many words of completions to tell. */
  submitAnswer(channel: InlineChannel, answerWords: number, contextId: number): Promise<void> {
    const context = this.#ledger.context('submitCmd', contextId);
    return this.#finishSubmit(channel, answerWords, contextId, context);
  }

  /** Enters a resource with a backing that was made elsewhere. */
  adopt(created: ResourceCreateArgs): void {
    this.#ledger.resources.set(created.resourceId, { created, hasBacking: true, unmaps: 0 });
  }

  #finishSubmit(
    channel: InlineChannel,
    answerWords: number,
    contextId: number,
    context: ContextEntry,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const pending = new PendingSubmit(resolve, reject, this.#refuseSubmit, contextId, context);
      channel.finish(answerWords, pending);
    });
  }

  /** Forgets everything: views on mapped blobs end, fences reject. */
  end(error: VirglError): void {
    this.#ledger.clear();
    this.#fences.clear(error);
  }

  #check(name: HostCallName, given: unknown): CheckedArguments {
    if (name === 'fillCaps') {
      const { capsetId } = (given ?? {}) as Choosable;
      // Kernels and Mesa pass 0 for the sets of other back-ends, which have no versions.
      const isVirgl = typeof capsetId === 'number' && capsetId <= NEWEST_VIRGL_CAPSET;
      return checkArguments(name, given, this.#ledger, { version: isVirgl ? capsetId : 0 });
    }
    if (!isFence(name)) return checkArguments(name, given, this.#ledger);
    // Checked with a stand-in first, because the timeline to number the fence on is among the arguments.
    const args = checkArguments(name, given, this.#ledger, { fenceId: 1 });
    const { contextId, ringIndex } = timelineOf(name, args);
    const isChosen = ((given ?? {}) as Choosable).fenceId === undefined;
    const wanted = isChosen ? undefined : BigInt(args.fenceId as number | bigint);
    const chosen = this.#fences.nextId(name, contextId, ringIndex, wanted);
    return { ...args, fenceId: name === 'createFence' ? Number(chosen) : chosen };
  }

  #answered(sent: Sent, answer: Answer): void {
    const { name, args, caller, resource } = sent;
    if (answer.status !== 0) {
      sent.undo();
      caller.reject(this.#refused(sent, answer));
      return;
    }
    let value: unknown;
    try {
      value = decodeResult(name, new ResultWords(answer.result, this.channel.take));
    } catch (error) {
      caller.reject(error as VirglError);
      return;
    }
    if (name === 'resourceMap') keepMapping(resource, sent.unmaps, value as SharedMemory);
    sent.endFences?.(
      ended(name === 'reset' ? 'the host was reset' : `context ${args.contextId as number} was destroyed`),
    );
    caller.resolve(value);
  }

  /** A fence's promise waits for its retirement; the answer to its call matters only if it is a refusal. */
  #awaitRetirement(name: HostCallName, args: CheckedArguments, caller: Caller): Caller {
    const { contextId, ringIndex } = timelineOf(name, args);
    const id = BigInt(args.fenceId as number | bigint);
    const forget = this.#fences.add(contextId, ringIndex, {
      id,
      resolve: () => caller.resolve(undefined),
      reject: caller.reject,
    });
    return {
      resolve: () => undefined,
      reject: (error) => {
        forget();
        caller.reject(error);
      },
    };
  }

  #refused({ name, args, context }: Sent, answer: Answer): VirglError {
    const contextId = args.contextId as number;
    if (name === 'submitCmd' || name === 'submitCmd2')
      return this.#submitRefused(name, contextId, context, answer);
    const isTransfer = name === 'transferReadIov' || name === 'transferWriteIov';
    const lost = isTransfer && answer.result.length > 0 && answer.result[0] !== 0;
    const error = refusal(name, args, answer, lost);
    if (lost && context !== undefined) context.lost ??= error;
    return error;
  }

  #submitRefused(
    name: HostCallName,
    contextId: number,
    context: ContextEntry | undefined,
    { status, result, log }: Answer,
  ): VirglError {
    const words = new ResultWords(result, this.channel.take);
    const judged = result.length > 0;
    const lost = judged && words.u32() !== 0;
    const commands = judged ? words.words32() : new Uint32Array();
    const error = submitError(name, contextId, { errno: status, lost, commands, log });
    if (lost && context !== undefined) context.lost ??= error;
    return error;
  }
}

/** The view on a mapped blob must end with the blob, which may have been unmapped while the answer was on its way. */
const keepMapping = (
  resource: ResourceEntry | undefined,
  unmaps: number | undefined,
  memory: SharedMemory,
): void => {
  if (resource === undefined || resource.unmaps !== unmaps) memory.close();
  else resource.mapping = memory;
};

const timelineOf = (name: HostCallName, args: CheckedArguments): { contextId: number; ringIndex: number } =>
  name === 'createFence' ? LEGACY_TIMELINE : (args as { contextId: number; ringIndex: number });

const ended = (why: string): VirglError =>
  new VirglError('ERR_VIRGL_CLOSED', `the fence will not be reached: ${why}`);
