// Shorter ways for the calls that a session makes in every frame. Beside a software driver every frame finds the processor's
// caches full of pixels, and then what a call costs is how much code and memory it touches. Whatever is not plain goes the way of the
// call table, which also has the words for what is wrong.

import type { PendingCall } from './call-channel';
import { type CheckedArguments, HOST_CALLS, MAX_ID } from './call-table';
import type { InlineChannel } from './inline-channel';
import { endMapping, type HostLedger } from './ledger';
import { LEGACY_TIMELINE, type PendingFences } from './pending-fences';
import { refusal } from './refusal';
import type {
  ContextResourceArgs,
  CreateFenceArgs,
  HostCallName,
  ResourceArgs,
  ResourceCreateArgs,
  TransferWriteArgs,
} from './render-host';
import { copyOfGood, isLasting, type MemoryRange, nativeMemory } from './shared-memory';

/** What quick calls return that are done already: whoever knows it need not wait for it. */
export const DONE: Promise<void> = Promise.resolve();

const TWO_32 = 2 ** 32;

const isU32 = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value < TWO_32 && Math.floor(value) === value;

// The numbers among the arguments of resourceCreate, in the order of the call table, and their defaults.
const CREATE_NUMBERS = HOST_CALLS.resourceCreate.params.filter(({ type }) => type !== 'ranges');
const CREATE_NAMES = CREATE_NUMBERS.map(({ name }) => name as Exclude<keyof ResourceCreateArgs, 'backing'>);
const CREATE_FALLBACKS = CREATE_NUMBERS.map((param) => (param.type === 'u32' ? param.default : undefined));
const CREATE_KEYS: ReadonlySet<string> = new Set([...CREATE_NAMES, 'backing']);

const UPLOAD_KEYS: ReadonlySet<string> = new Set(['resourceId', 'box', 'offset']);
/** More bytes than a texel of any format has. */
const MAX_TEXEL_BYTES = 32;
// Resource, context, level and strides; box; offset; a backing of its own, which is none.
const UPLOAD_BOX_WORD = 5;
const UPLOAD_OFFSET_WORD = 11;
const UPLOAD_WORDS = 15;
const SIDES = ['x', 'y', 'z', 'w', 'h', 'd'] as const;

const isSide = (value: number): boolean => value >= 0 && value <= MAX_ID && Math.floor(value) === value;

const hasOnlyKeysOf = (args: object, keys: ReadonlySet<string>): boolean => {
  for (const key in args) if (!keys.has(key)) return false;
  return true;
};

/** Whether an object has no other keys than these two. */
export const hasOnly = (args: object, first: string, second: string): boolean => {
  for (const key in args) if (key !== first && key !== second) return false;
  return true;
};

/** Each method returns undefined where the call has to go the long way; nothing was done then. */
export class QuickCalls {
  readonly #channel: InlineChannel;
  readonly #ledger: HostLedger;
  readonly #fences: PendingFences;
  readonly #numbers: { create: number; unref: number; attach: number; fence: number; write: number };

  constructor(channel: InlineChannel, ledger: HostLedger, fences: PendingFences) {
    this.#channel = channel;
    this.#ledger = ledger;
    this.#fences = fences;
    this.#numbers = {
      create: channel.numberOf('resourceCreate'),
      unref: channel.numberOf('resourceUnref'),
      attach: channel.numberOf('ctxAttachResource'),
      fence: channel.numberOf('createFence'),
      write: channel.numberOf('transferWriteIov'),
    };
  }

  /** As the host call of this name. */
  resourceUnref(args: ResourceArgs): Promise<void> | undefined {
    const { resourceId } = args;
    const { resources } = this.#ledger;
    const entry = resources.get(resourceId);
    if (entry === undefined || !hasOnly(args, 'resourceId', '')) return undefined;
    endMapping(entry);
    resources.delete(resourceId);
    this.#channel.words[0] = resourceId;
    return this.#run(this.#numbers.unref, 1, 'resourceUnref', args);
  }

  /** As the host call of this name. */
  ctxAttachResource(args: ContextResourceArgs): Promise<void> | undefined {
    const { contextId, resourceId } = args;
    const { contexts, resources } = this.#ledger;
    const context = contexts.get(contextId);
    if (context === undefined || context.lost !== undefined || !resources.has(resourceId)) return undefined;
    if (!hasOnly(args, 'contextId', 'resourceId')) return undefined;
    const { words } = this.#channel;
    words[0] = contextId;
    words[1] = resourceId;
    return this.#run(this.#numbers.attach, 2, 'ctxAttachResource', args);
  }

  /** As the host call of this name, with at most one range as backing. */
  resourceCreate(args: ResourceCreateArgs): Promise<void> | undefined {
    const { resourceId, backing = [] } = args;
    const { resources } = this.#ledger;
    if (
      !(resourceId > 0 && resourceId <= MAX_ID) ||
      resources.has(resourceId) ||
      !hasOnlyKeysOf(args, CREATE_KEYS)
    )
      return undefined;
    const { words } = this.#channel;
    const created: Record<string, unknown> = {};
    for (let i = 0; i < CREATE_NAMES.length; i += 1) {
      const given = args[CREATE_NAMES[i]];
      // Only what is left out gets the default: null is a value like any other.
      const value = given === undefined ? CREATE_FALLBACKS[i] : given;
      if (!isU32(value)) return undefined;
      words[i] = value as number;
      created[CREATE_NAMES[i]] = value;
    }
    const length = this.#putBacking(CREATE_NAMES.length, backing);
    if (length === 0) return undefined;
    const entry = {
      created: created as unknown as ResourceCreateArgs,
      hasBacking: backing.length > 0,
      unmaps: 0,
    };
    resources.set(resourceId, entry);
    return this.#run(this.#numbers.create, length, 'resourceCreate', args, () => {
      if (resources.get(resourceId) === entry) resources.delete(resourceId);
    });
  }

  /** As the host call of this name, from the attached backing into the first level of one layer, in no context. */
  transferWriteIov(args: TransferWriteArgs): Promise<void> | undefined {
    const { resourceId, box, offset = 0 } = args;
    const created = this.#ledger.resources.get(resourceId)?.created;
    if (
      created === undefined ||
      !Number.isSafeInteger(offset) ||
      (offset as number) < 0 ||
      !hasOnlyKeysOf(args, UPLOAD_KEYS)
    )
      return undefined;
    // What spans more is looked at by the long way: the library adds up in 32 bits.
    const most = created.width * (created.height ?? 1) * MAX_TEXEL_BYTES;
    if (box === null || typeof box !== 'object' || box.d > 1 || most >= TWO_32) return undefined;
    const { words } = this.#channel;
    words.fill(0, 0, UPLOAD_WORDS);
    words[0] = resourceId;
    for (let i = 0; i < SIDES.length; i += 1) {
      const side = box[SIDES[i]];
      if (!isSide(side)) return undefined;
      words[UPLOAD_BOX_WORD + i] = side;
    }
    words[UPLOAD_OFFSET_WORD] = offset as number;
    words[UPLOAD_OFFSET_WORD + 1] = Math.floor((offset as number) / TWO_32);
    return this.#run(this.#numbers.write, UPLOAD_WORDS, 'transferWriteIov', args);
  }

  /** As the host call of this name, for an id that the host chooses. */
  createFence(args: CreateFenceArgs | undefined): Promise<void> | undefined {
    if (args !== undefined) return undefined;
    const { contextId, ringIndex } = LEGACY_TIMELINE;
    const id = this.#fences.nextId('createFence', contextId, ringIndex, undefined);
    return new Promise((resolve, reject) => {
      const forget = this.#fences.add(contextId, ringIndex, { id, resolve, reject });
      const { words } = this.#channel;
      words[0] = contextId;
      words[1] = Number(id);
      const answer = this.#channel.run(this.#numbers.fence, 2);
      if (answer === 0) return;
      this.#channel.finish(answer, {
        answered: (status, result, log) => {
          if (status === 0) return;
          forget();
          reject(refusal('createFence', {}, { status, result, log }, false));
        },
        abandoned: reject,
      });
    });
  }

  /** The words of a backing after the first `at`; returns how many there are then, or 0 if it is not plain. */
  #putBacking(at: number, backing: readonly MemoryRange[]): number {
    const { words } = this.#channel;
    if (!Array.isArray(backing) || backing.length > 1) return 0;
    if (backing.length === 0) {
      words.fill(0, at, at + 2);
      return at + 2;
    }
    const range = copyOfGood(backing[0]);
    if (range === undefined || !isLasting(range)) return 0;
    const { memory, offsetBytes, lengthBytes } = range;
    words[at] = 1;
    words[at + 1] = this.#channel.put(nativeMemory(memory));
    words[at + 2] = 1;
    words[at + 3] = 0;
    words[at + 4] = offsetBytes;
    words[at + 5] = Math.floor(offsetBytes / TWO_32);
    words[at + 6] = lengthBytes;
    words[at + 7] = Math.floor(lengthBytes / TWO_32);
    return at + 8;
  }

  #run(call: number, length: number, name: HostCallName, args: object, undo?: () => void): Promise<void> {
    const answer = this.#channel.run(call, length);
    if (answer === 0) return DONE;
    return new Promise((resolve, reject) => {
      const pending: PendingCall = {
        answered: (status, result, log) => {
          if (status === 0) return resolve();
          undo?.();
          reject(refusal(name, args as CheckedArguments, { status, result, log }, false));
        },
        abandoned: reject,
      };
      this.#channel.finish(answer, pending);
    });
  }
}
