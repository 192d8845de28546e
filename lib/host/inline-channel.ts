// Calls on the calling thread: each is over before its method returns.

import type { VirglError } from '../protocol/error';
import type { Addon, LibraryDescription, NativeHostBinding } from './addon';
import {
  ARGUMENTS_IN_PARCEL,
  type CallChannel,
  callNumbers,
  type ChannelEvents,
  COMPLETION_WORDS,
  NO_RESULT,
  openBinding,
  type PendingCall,
} from './call-channel';
import { type CompletionSink, readCompletions } from './completion-records';

// The least that the addon takes for a ring, which is not used here; and arguments of nearly every call fit.
const RING_CONTROL_WORDS = 64;
const ARGUMENT_WORDS = 2048;
// Up to here to copy a stream costs less than to hand it over.
const MAX_COPIED_WORDS = 1024;
const SUBMIT_HEADER_WORDS = 3;
/** Longest wait for a fence in one turn of the event loop. */
export const FENCE_WAIT_MICROSECONDS = 1000;

const shouldNotBeNeeded = (): void => undefined;

/** Runs calls where they are made. */
export class InlineChannel implements CallChannel, CompletionSink {
  readonly pendingCalls = 0;
  /** A stream of any length is used where it is: the call is over before its caller goes on. */
  readonly maxCommandWords = Infinity;
  /** Arguments of the next {@link run}. */
  readonly words = new Uint32Array(new SharedArrayBuffer((RING_CONTROL_WORDS + ARGUMENT_WORDS) * 4));
  readonly #completions = new Uint32Array(new SharedArrayBuffer(COMPLETION_WORDS * 4));
  /** For who makes calls beside this channel, on the same thread. */
  readonly binding: NativeHostBinding;
  readonly numberOf: CallChannel['numberOf'];
  readonly #events: ChannelEvents;
  readonly #fenceWaitMicroseconds: number;
  /** The call whose answer is being read. */
  #pending: PendingCall | undefined;
  #log = '';
  #active = 0;
  #scheduled = false;
  #closed = false;
  readonly #end = (): void => this.binding.close();

  constructor(
    addon: Addon,
    libraryPath: string,
    events: ChannelEvents,
    fenceWaitMicroseconds = FENCE_WAIT_MICROSECONDS,
  ) {
    this.#events = events;
    this.#fenceWaitMicroseconds = fenceWaitMicroseconds;
    this.numberOf = callNumbers(addon);
    this.binding = openBinding(addon, this.words, this.#completions, shouldNotBeNeeded, libraryPath, true);
    process.once('exit', this.#end);
  }

  readonly put: NativeHostBinding['put'] = (thing) => this.binding.put(thing);
  readonly take: NativeHostBinding['take'] = (token) => this.binding.take(token);

  library(): LibraryDescription {
    return this.binding.library();
  }

  send(call: number, words: Uint32Array, pending: PendingCall): void {
    if (words.length > this.words.length) {
      this.send(call | ARGUMENTS_IN_PARCEL, Uint32Array.of(this.put(words)), pending);
      return;
    }
    this.words.set(words);
    this.#finish(this.run(call, words.length), pending);
  }

  sendCommands(call: number, contextId: number, commands: Uint32Array, pending: PendingCall): void {
    this.#finish(this.runCommands(call, contextId, commands), pending);
  }

  /** As {@link run}, for a submit. */
  runCommands(call: number, contextId: number, commands: Uint32Array): number {
    const { words } = this;
    const { length } = commands;
    words[0] = contextId;
    if (length > MAX_COPIED_WORDS) {
      words[1] = this.put(new Uint8Array(commands.buffer, commands.byteOffset, commands.byteLength));
      return this.run(call, 2);
    }
    words[1] = 0;
    words[2] = length;
    words.set(commands, SUBMIT_HEADER_WORDS);
    return this.run(call, length + SUBMIT_HEADER_WORDS);
  }

  hold(): void {
    this.#active += 1;
    this.#schedule();
  }

  release(): void {
    this.#active -= 1;
  }

  close(_error: VirglError): void {
    if (this.#closed) return;
    this.#closed = true;
    process.off('exit', this.#end);
    this.binding.close();
  }

  succeeded(count: number): void {
    if (count > 0) this.replied(0, NO_RESULT);
  }

  replied(status: number, result: Uint32Array): void {
    const pending = this.#pending;
    const log = this.#log;
    this.#pending = undefined;
    this.#log = '';
    pending?.answered(status, result, log);
  }

  fence(fenceId: number): void {
    this.#events.fence(fenceId);
  }

  contextFence(contextId: number, ringIndex: number, fenceId: bigint): void {
    this.#events.contextFence(contextId, ringIndex, fenceId);
  }

  log(level: number, text: string): void {
    this.#log += text;
    // Later, because a listener may make calls, and the memory of these answers would be written over.
    queueMicrotask(() => this.#events.log(level, text));
  }

  /** Runs a call with the first so many of {@link words}. 0: done, and nothing to say. Otherwise {@link finish} has to follow. */
  run(call: number, length: number): number {
    return this.binding.call(call, length);
  }

  /** Reads the answer to the call that {@link run} has just run. */
  finish(answerWords: number, pending: PendingCall): void {
    this.#pending = pending;
    this.#read(answerWords);
  }

  /** Reads what was reported of calls that were made beside this channel; `pending` is told of the first answer, if there is one. */
  drain(pending?: PendingCall): void {
    this.#pending = pending;
    this.#read(this.binding.drain());
  }

  #finish(answerWords: number, pending: PendingCall): void {
    if (answerWords === 0) pending.answered(0, NO_RESULT, '');
    else this.finish(answerWords, pending);
  }

  #read(words: number): void {
    for (let length = words; length > 0; length = this.binding.drain())
      readCompletions(this.#completions, length, this);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#turn);
  }

  /** Fences are looked for in every turn of the event loop while any is awaited. */
  readonly #turn = (): void => {
    this.#scheduled = false;
    if (this.#active === 0 || this.#closed) return;
    this.#read(this.binding.awaitFence(this.#fenceWaitMicroseconds));
    if (this.#active > 0) this.#schedule();
  };
}
