// How calls reach virglrenderer: what NativeCalls asks of either way, a render thread's queue or this very thread.

import { VirglError } from '../protocol/error';
import { type Addon, callNative, type LibraryDescription, type NativeHostBinding } from './addon';

/** What a call wants to know of its answer. */
export interface PendingCall {
  /** 0 and result words, or a positive errno; `log` is what virglrenderer said during the call. */
  answered(status: number, result: Uint32Array, log: string): void;
  /** The call will never be answered. */
  abandoned(error: VirglError): void;
}

/** What a channel passes on that is not an answer. */
export interface ChannelEvents {
  fence(fenceId: number): void;
  contextFence(contextId: number, ringIndex: number, fenceId: bigint): void;
  log(level: number, text: string): void;
}

/** A way to virglrenderer. Calls are executed in the order in which they are made. */
export interface CallChannel {
  /** Calls that were made and not answered. */
  readonly pendingCalls: number;
  /** Longest command stream that {@link sendCommands} takes. */
  readonly maxCommandWords: number;
  readonly put: NativeHostBinding['put'];
  readonly take: NativeHostBinding['take'];
  library(): LibraryDescription;
  /** The number of a call. */
  numberOf(name: string): number;
  /** Makes a call. */
  send(call: number, words: Uint32Array, pending: PendingCall): void;
  /** Makes a submit: the way that must be fast. */
  sendCommands(call: number, contextId: number, commands: Uint32Array, pending: PendingCall): void;
  /** Keeps the process alive for as long as something else than a call is awaited, e.g. a fence. Calls nest. */
  hold(): void;
  /** Ends what {@link hold} began. */
  release(): void;
  /** Ends the renderer; what is still queued is abandoned. */
  close(error: VirglError): void;
}

/** In a call's number: its only argument is the token of a parcel that holds the real ones (native/call_executor.cc). */
export const ARGUMENTS_IN_PARCEL = 1 << 16;

/** Words of completions that are read at a time. */
export const COMPLETION_WORDS = 64 * 1024;

/** The result of a call that has none. */
export const NO_RESULT = new Uint32Array(0);

/** The addon's end of a channel. @throws VirglError `ERR_VIRGL_LIBRARY`, `ERR_VIRGL_IN_USE` */
export const openBinding = (
  addon: Addon,
  ...args: ConstructorParameters<Addon['HostBinding']>
): NativeHostBinding => callNative(() => new addon.HostBinding(...args));

/** Finds the number of a call by its name. @throws VirglError `ERR_VIRGL_ADDON` for a call that the addon does not know */
export const callNumbers = (addon: Addon): ((name: string) => number) => {
  const numbers = new Map(addon.calls.map((name, number) => [name, number]));
  return (name) => {
    const number = numbers.get(name);
    if (number === undefined)
      throw new VirglError('ERR_VIRGL_ADDON', `the native addon does not know ${name}`);
    return number;
  };
};
