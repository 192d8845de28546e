// Calls on their way: puts them into the ring, keeps what waits for an answer, and matches answers with callers.

import { VirglError } from '../protocol/error';
import { type Addon, callNative, type LibraryDescription, type NativeHostBinding } from './addon';
import { CallRing } from './call-ring';
import { type CallRunner, InlineRunner, ThreadRunner } from './call-runners';
import { type CompletionSink, readCompletions } from './completion-records';

/** What a call wants to know of its answer. */
export interface PendingCall {
  /** 0 and result words, or a positive errno; `log` is what virglrenderer said during the call. */
  answered(status: number, result: Uint32Array, log: string): void;
  /** The call will never be answered. */
  abandoned(error: VirglError): void;
}

/** What the channel passes on that is not an answer. */
export interface ChannelEvents {
  fence(fenceId: number): void;
  contextFence(contextId: number, ringIndex: number, fenceId: bigint): void;
  log(level: number, text: string): void;
}

// 1 MiB stays in a processor's second-level cache and holds thousands of calls.
const RING_DATA_WORDS = 256 * 1024;
const COMPLETION_WORDS = 64 * 1024;
// In a call's number: its only argument is the token of a parcel that holds the real ones (native/render_thread.cc).
const ARGUMENTS_IN_PARCEL = 1 << 16;
const NO_RESULT = new Uint32Array(0);

/** How a channel is made. */
export interface ChannelOptions {
  /** "" for the loader's search path. */
  libraryPath: string;
  /** Calls run on this thread instead of a render thread. */
  inline: boolean;
}

/** The two-way queue between one script and virglrenderer. */
export class CallChannel implements CompletionSink {
  readonly #ring = new CallRing(RING_DATA_WORDS);
  readonly #completions = new Uint32Array(new SharedArrayBuffer(COMPLETION_WORDS * 4));
  readonly #binding: NativeHostBinding;
  readonly #runner: CallRunner;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #events: ChannelEvents;
  /** Calls in the order they were made; answers come in the same order. */
  #pending: PendingCall[] = [];
  #answered = 0;
  /** Calls that the ring had no room for. */
  #overflow: { call: number; words: Uint32Array }[] = [];
  #log = '';
  #active = 0;
  #closed = false;
  /**
   * process.exit() runs the destructors of Mesa and LLVM at once; a render thread still at work would call into what is
   * left. (Workers, and processes that end by themselves, also do this in native code.)
   */
  readonly #endThread = (): void => this.#binding.close();

  constructor(addon: Addon, { libraryPath, inline }: ChannelOptions, events: ChannelEvents) {
    this.#events = events;
    this.#numbers = new Map(addon.calls.map((name, number) => [name, number]));
    const deliver = (words: number): void => readCompletions(this.#completions, words, this);
    this.#binding = callNative(
      () => new addon.HostBinding(this.#ring.words, this.#completions, deliver, libraryPath, inline),
    );
    this.#runner = inline
      ? new InlineRunner(this.#ring, this.#binding, deliver)
      : new ThreadRunner(this.#ring, this.#binding);
    process.once('exit', this.#endThread);
  }

  /** Calls that were made and not answered. */
  get pendingCalls(): number {
    return this.#pending.length - this.#answered;
  }

  /** Longest command stream that travels in the ring. */
  get maxRingWords(): number {
    return this.#runner.inPlaceFromWords ?? this.#ring.maxArgumentWords - 3;
  }

  /** Whether a longer one may be used where it is: the call is over before its caller goes on. */
  get runsInPlace(): boolean {
    return this.#runner.inPlaceFromWords !== undefined;
  }

  library(): LibraryDescription {
    return this.#binding.library();
  }

  /** The number of a call. */
  numberOf(name: string): number {
    const number = this.#numbers.get(name);
    if (number === undefined)
      throw new VirglError('ERR_VIRGL_ADDON', `the native addon does not know ${name}`);
    return number;
  }

  readonly put: NativeHostBinding['put'] = (thing) => this.#binding.put(thing);
  readonly take: NativeHostBinding['take'] = (token) => this.#binding.take(token);

  /** Queues a call. */
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
    this.#runner.put();
  }

  /** Queues a submit whose commands travel in the ring itself: the way that must be fast. */
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
    this.#runner.put();
  }

  /** Makes a submit whose commands are used where they are. Only where {@link runsInPlace}. */
  sendCommandsInPlace(call: number, contextId: number, commands: Uint32Array, pending: PendingCall): void {
    const bytes = new Uint8Array(commands.buffer, commands.byteOffset, commands.byteLength);
    this.send(call, Uint32Array.of(contextId, this.put(bytes)), pending);
  }

  /** Keeps the process alive for as long as something else than a call is awaited, e.g. a fence. Calls nest. */
  hold(): void {
    if (this.#active++ === 0) this.#runner.setActive(true);
  }

  /** Ends what {@link hold} began. */
  release(): void {
    if (--this.#active === 0) this.#runner.setActive(false);
  }

  /** Ends the renderer; what is still queued is abandoned. */
  close(error: VirglError): void {
    if (this.#closed) return;
    this.#closed = true;
    process.off('exit', this.#endThread);
    this.#runner.end();
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
      this.#runner.begin();
    }
    this.#pending.push(pending);
  }

  #answer(status: number, result: Uint32Array): void {
    const pending = this.#pending[this.#answered];
    this.#answered += 1;
    if (this.#answered === this.#pending.length) {
      this.#pending = [];
      this.#answered = 0;
      this.#runner.end();
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
    this.#runner.put();
  }
}
