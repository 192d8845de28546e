// Calls that were made and are recorded a little later: behind the fence of their frame, when the driver's threads draw and their client
// waits, so that neither waits for the recorder too.

import type { HostCallArgs, HostCallName, MemoryRange } from '../../host';
import type { CheckedArguments } from '../../host/call-table';
import type { AcceptedCallName } from '../observe/plain-arguments';

/** A call that was made and has succeeded, with arguments that nobody else changes. */
export interface WaitingCall {
  name: AcceptedCallName;
  args: CheckedArguments;
}

/** So many at most; what is left behind a stream is little beside it. */
const MAX_CALLS = 32;
const MAX_STREAM_BYTES = 256 * 1024;

const kept = (args: object): CheckedArguments => {
  const { commands, backing } = args as { commands?: Uint32Array; backing?: readonly MemoryRange[] };
  const copy: CheckedArguments = { ...args };
  if (commands !== undefined) copy.commands = commands.slice();
  if (backing !== undefined) copy.backing = backing.map((range) => ({ ...range }));
  return copy;
};

/** Those calls, in order. */
export class WaitingCalls {
  #calls: WaitingCall[] = [];
  #streamBytes = 0;

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  /** Whether they should be recorded now. */
  get areMany(): boolean {
    return this.#calls.length >= MAX_CALLS || this.#streamBytes >= MAX_STREAM_BYTES;
  }

  /**
   * Whether a call may be among them, as far as its name and the form of its arguments tell. A stream begins them: nobody leaves one
   * without a fence for long.
   */
  accept(name: HostCallName, args: unknown): name is AcceptedCallName {
    if (name === 'submitCmd') return (args as HostCallArgs<'submitCmd'>).commands instanceof Uint32Array;
    return !this.isEmpty && (name === 'resourceCreate' || name === 'ctxAttachResource');
  }

  put(name: AcceptedCallName, args: object): void {
    const call = { name, args: kept(args) };
    this.#calls.push(call);
    if (call.args.commands !== undefined) this.#streamBytes += (call.args.commands as Uint32Array).byteLength;
  }

  /** All of them, of which none waits then. */
  take(): readonly WaitingCall[] {
    const calls = this.#calls;
    this.#calls = [];
    this.#streamBytes = 0;
    return calls;
  }
}
