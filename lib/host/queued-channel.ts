// Calls on their way to a render thread: puts them into the ring, keeps what waits for an answer, and matches answers with
// callers.

import type { VirglError } from '../protocol/error';
import type { Addon, LibraryDescription, NativeHostBinding } from './addon';
import { AnswerWatch } from './answer-watch';
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
import { CallRing } from './call-ring';
import { type CompletionSink, readCompletions } from './completion-records';

// 1 MiB stays in a processor's second-level cache and holds thousands of calls.
const RING_DATA_WORDS = 256 * 1024;

/** The two-way queue between one script and one render thread. */
export class QueuedChannel implements CallChannel, CompletionSink {
  readonly #ring = new CallRing(RING_DATA_WORDS);
  readonly #completions = new Uint32Array(new SharedArrayBuffer(COMPLETION_WORDS * 4));
  readonly #binding: NativeHostBinding;
  readonly #watch: AnswerWatch;
  readonly numberOf: CallChannel['numberOf'];
  readonly #events: ChannelEvents;
  /** Calls in the order they were made; answers come in the same order. */
  #pending: PendingCall[] = [];
  #answered = 0;
  /** Calls that the ring had no room for. */
  #overflow: { call: number; words: Uint32Array }[] = [];
  #log = '';
  #active = 0;
  #closed = false;
  #publishing = false;
  /**
   * process.exit() runs the destructors of Mesa and LLVM at once; a render thread still at work would call into what is
   * left. (Workers, and processes that end by themselves, also do this in native code.)
   */
  readonly #endThread = (): void => this.#binding.close();

  constructor(addon: Addon, libraryPath: string, events: ChannelEvents) {
    this.#events = events;
    this.numberOf = callNumbers(addon);
    const deliver = (words: number): void => readCompletions(this.#completions, words, this);
    this.#binding = openBinding(addon, this.#ring.words, this.#completions, deliver, libraryPath, false);
    this.#watch = new AnswerWatch(this.#ring, this.#binding);
    process.once('exit', this.#endThread);
  }

  get pendingCalls(): number {
    return this.#pending.length - this.#answered;
  }

  get maxCommandWords(): number {
    return this.#ring.maxArgumentWords - 3;
  }

  library(): LibraryDescription {
    return this.#binding.library();
  }

  readonly put: NativeHostBinding['put'] = (thing) => this.#binding.put(thing);
  readonly take: NativeHostBinding['take'] = (token) => this.#binding.take(token);

  send(call: number, words: Uint32Array, pending: PendingCall): void {
    if (words.length > this.#ring.maxArgumentWords) {
      this.send(call | ARGUMENTS_IN_PARCEL, Uint32Array.of(this.put(words)), pending);
      return;
    }
    this.#expect(pending);
    const at = this.#overflow.length === 0 ? this.#ring.reserve(call, words.length) : -1;
    if (at < 0) {
      this.#overflow.push({ call, words });
      return;
    }
    this.#ring.words.set(words, at);
    this.#commit();
  }

  sendCommands(call: number, contextId: number, commands: Uint32Array, pending: PendingCall): void {
    const length = commands.length;
    const at = this.#overflow.length === 0 ? this.#ring.reserve(call, length + 3) : -1;
    if (at < 0) {
      const words = new Uint32Array(length + 3);
      words.set([contextId, 0, length]);
      words.set(commands, 3);
      this.send(call, words, pending);
      return;
    }
    this.#expect(pending);
    const words = this.#ring.words;
    words[at] = contextId;
    words[at + 1] = 0;
    words[at + 2] = length;
    words.set(commands, at + 3);
    this.#commit();
  }

  hold(): void {
    if (this.#active++ === 0) this.#binding.setActive(true);
  }

  release(): void {
    if (--this.#active === 0) this.#binding.setActive(false);
  }

  close(error: VirglError): void {
    if (this.#closed) return;
    this.#closed = true;
    process.off('exit', this.#endThread);
    this.#watch.end();
    this.#binding.close();
    const abandoned = this.#pending.slice(this.#answered);
    this.#pending = [];
    this.#answered = 0;
    this.#overflow = [];
    for (const pending of abandoned) pending.abandoned(error);
  }

  succeeded(count: number): void {
    for (let i = 0; i < count; i += 1) this.#answer(0, NO_RESULT);
  }

  replied(status: number, result: Uint32Array): void {
    this.#answer(status, result);
  }

  fence(fenceId: number): void {
    this.#events.fence(fenceId);
  }

  contextFence(contextId: number, ringIndex: number, fenceId: bigint): void {
    this.#events.contextFence(contextId, ringIndex, fenceId);
  }

  log(level: number, text: string): void {
    this.#log += text;
    this.#events.log(level, text);
  }

  #expect(pending: PendingCall): void {
    if (this.#pending.length === this.#answered) {
      this.hold();
      this.#watch.begin();
    }
    this.#pending.push(pending);
  }

  #commit(): void {
    if (this.#ring.isUrgent()) {
      this.#publish();
    } else if (!this.#publishing) {
      this.#publishing = true;
      queueMicrotask(this.#publishHeldBack);
    }
  }

  #publish(): void {
    if (this.#ring.publish()) this.#binding.wake();
  }

  readonly #publishHeldBack = (): void => {
    this.#publishing = false;
    if (this.#ring.holdsBack && !this.#closed) this.#publish();
  };

  #answer(status: number, result: Uint32Array): void {
    const pending = this.#pending[this.#answered];
    this.#answered += 1;
    if (this.#answered === this.#pending.length) {
      this.#pending = [];
      this.#answered = 0;
      this.#watch.end();
      this.release();
    } else if (this.#answered >= 65536) {
      this.#pending = this.#pending.slice(this.#answered);
      this.#answered = 0;
    }
    const log = this.#log;
    this.#log = '';
    if (this.#overflow.length > 0) this.#refill();
    pending.answered(status, result, log);
  }

  #refill(): void {
    let moved = 0;
    for (const { call, words } of this.#overflow) {
      const at = this.#ring.reserve(call, words.length);
      if (at < 0) break;
      this.#ring.words.set(words, at);
      moved += 1;
    }
    if (moved === 0) return;
    this.#overflow.splice(0, moved);
    this.#commit();
  }
}
