// Host calls on their way through the channel: checked, encoded, sent, and their answers turned into promises.

import { VirglError } from '../protocol/error';
import type { CallChannel } from './call-channel';
import { type CheckedArguments, checkArguments } from './check-arguments';
import { decodeResult, ResultWords } from './decode-results';
import { encodeArguments } from './encode-arguments';
import { describeErrno } from './errno';
import { HostLedger } from './ledger';
import { recordCall, type UndoRecord } from './ledger-effects';
import { LEGACY_TIMELINE, PendingFences } from './pending-fences';
import type { HostCallName, HostCounts } from './render-host';
import type { SharedMemory } from './shared-memory';
import { submitError } from './submit-diagnosis';

interface Answer {
  status: number;
  result: Uint32Array;
  log: string;
}

interface Caller {
  resolve(value: unknown): void;
  reject(error: VirglError): void;
}

/** Arguments that may be left out because the host chooses them. */
interface Choosable {
  capsetId?: number;
  fenceId?: number | bigint;
}

const NEWEST_VIRGL_CAPSET = 2;

const isFence = (name: HostCallName): boolean => name === 'createFence' || name === 'contextCreateFence';

/** The calls of one host, and what is alive behind it. */
export class NativeCalls {
  readonly #ledger = new HostLedger();
  readonly #fences: PendingFences;
  readonly #submitCmd: number;

  constructor(readonly channel: CallChannel) {
    this.#fences = new PendingFences((busy) => (busy ? channel.hold() : channel.release()));
    this.#submitCmd = channel.numberOf('submitCmd');
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
    const undo = recordCall(this.#ledger, name, args);
    return new Promise((resolve, reject) => {
      const caller = isFence(name)
        ? this.#awaitRetirement(name, args, { resolve, reject })
        : { resolve, reject };
      this.channel.send(this.channel.numberOf(name), words, {
        // Holding `args` keeps the caller's arrays alive until here.
        answered: (status, result, log) => this.#answered(name, args, { status, result, log }, caller, undo),
        abandoned: reject,
      });
    });
  }

  /** A short submit, on the way that must be fast. @throws VirglError for bad arguments */
  submit(contextId: number, commands: Uint32Array): Promise<void> {
    this.#ledger.context('submitCmd', contextId);
    return new Promise((resolve, reject) => {
      this.channel.sendCommands(this.#submitCmd, contextId, commands, {
        answered: (status, result, log) => {
          if (status === 0) resolve();
          else reject(this.#submitRefused('submitCmd', contextId, { status, result, log }));
        },
        abandoned: reject,
      });
    });
  }

  /** Forgets everything: views on mapped blobs end, fences reject. */
  end(error: VirglError): void {
    this.#ledger.clear();
    this.#fences.clear(error);
  }

  #check(name: HostCallName, given: unknown): CheckedArguments {
    const { capsetId = 0, fenceId } = (given ?? {}) as Choosable;
    if (name === 'fillCaps') {
      // Kernels and Mesa pass 0 for the sets of other back-ends, which have no versions.
      const version = capsetId <= NEWEST_VIRGL_CAPSET ? capsetId : 0;
      return checkArguments(name, { version, ...(given as object) }, this.#ledger);
    }
    if (!isFence(name)) return checkArguments(name, given, this.#ledger);
    // Checked with a stand-in first, because the timeline to number the fence on is among the arguments.
    const args = checkArguments(name, { ...(given as object), fenceId: fenceId ?? 1 }, this.#ledger);
    const { contextId, ringIndex } = timelineOf(name, args);
    const wanted = fenceId === undefined ? undefined : BigInt(fenceId);
    const chosen = this.#fences.nextId(name, contextId, ringIndex, wanted);
    return { ...args, fenceId: name === 'createFence' ? Number(chosen) : chosen };
  }

  #answered(
    name: HostCallName,
    args: CheckedArguments,
    answer: Answer,
    caller: Caller,
    undo: UndoRecord,
  ): void {
    const { contextId, resourceId } = args as { contextId: number; resourceId: number };
    if (answer.status !== 0) {
      undo();
      const isSubmit = name === 'submitCmd' || name === 'submitCmd2';
      caller.reject(isSubmit ? this.#submitRefused(name, contextId, answer) : refusal(name, args, answer));
      return;
    }
    const value = decodeResult(name, new ResultWords(answer.result, this.channel.take));
    if (name === 'resourceMap') this.#keepMapping(resourceId, value as SharedMemory);
    if (name === 'contextDestroy')
      this.#fences.dropContext(contextId, ended(`context ${contextId} was destroyed`));
    if (name === 'reset') this.#fences.clear(ended('the host was reset'));
    caller.resolve(value);
  }

  /** The view on a mapped blob must end with the blob, which may have been unmapped while the answer was on its way. */
  #keepMapping(resourceId: number, memory: SharedMemory): void {
    const resource = this.#ledger.resources.get(resourceId);
    if (resource === undefined) memory.close();
    else resource.mapping = memory;
  }

  /** A fence's promise waits for its retirement; the answer to its call matters only if it is a refusal. */
  #awaitRetirement(name: HostCallName, args: CheckedArguments, caller: Caller): Caller {
    const { contextId, ringIndex } = timelineOf(name, args);
    const id = BigInt(args.fenceId as number | bigint);
    this.#fences.add(contextId, ringIndex, {
      id,
      resolve: () => caller.resolve(undefined),
      reject: caller.reject,
    });
    return {
      resolve: () => undefined,
      reject: (error) => {
        this.#fences.remove(contextId, ringIndex, id);
        caller.reject(error);
      },
    };
  }

  #submitRefused(name: HostCallName, contextId: number, { status, result, log }: Answer): VirglError {
    const words = new ResultWords(result, this.channel.take);
    const lost = result.length > 0 && words.u32() !== 0;
    const commands = result.length > 0 ? new Uint32Array(words.bytes().buffer) : new Uint32Array();
    const error = submitError(name, contextId, { status, lost, commands, log });
    const context = this.#ledger.contexts.get(contextId);
    if (lost && context !== undefined) context.lost ??= error;
    return error;
  }
}

const timelineOf = (name: HostCallName, args: CheckedArguments): { contextId: number; ringIndex: number } =>
  name === 'createFence' ? LEGACY_TIMELINE : (args as { contextId: number; ringIndex: number });

const ended = (why: string): VirglError =>
  new VirglError('ERR_VIRGL_CLOSED', `the fence will not be reached: ${why}`);

const refusal = (name: HostCallName, args: CheckedArguments, { status, log }: Answer): VirglError => {
  const { contextId, resourceId } = args as { contextId?: number; resourceId?: number };
  const said = log === '' ? '' : `; virglrenderer said: ${log.trim()}`;
  return new VirglError(
    'ERR_VIRGL_REFUSED',
    `${name}: virglrenderer answered ${describeErrno(status)}${said}`,
    {
      operation: name,
      contextId,
      resourceId,
      errno: status,
      log: log === '' ? undefined : log,
    },
  );
};
