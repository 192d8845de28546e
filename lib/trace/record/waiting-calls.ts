// Calls that were made and are recorded a little later: behind the fence of their frame, when the driver's threads draw and their client
// waits, so that neither waits for the recorder too. Streams are never among them: one that hangs has to be in the trace.

import type { HostCallName, MemoryRange } from '../../host';
import type { CheckedArguments } from '../../host/call-table';
import type { AcceptedCallName } from '../observe/plain-arguments';

/** A call that was made and has succeeded, with arguments that nobody else changes. */
export interface WaitingCall {
  name: AcceptedCallName;
  args: CheckedArguments;
}

const MAX_CALLS = 32;

const kept = (args: object): CheckedArguments => {
  const { backing } = args as { backing?: readonly MemoryRange[] };
  return { ...args, ...(backing && { backing: backing.map((range) => ({ ...range })) }) };
};

/** Whether a call may be among them, as far as its name tells. */
export const mayBeLate = (name: HostCallName): name is AcceptedCallName =>
  name === 'resourceCreate' || name === 'ctxAttachResource';

/** Those calls, in order. */
export class WaitingCalls {
  #calls: WaitingCall[] = [];

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  /** Whether they should be recorded now. */
  get areMany(): boolean {
    return this.#calls.length >= MAX_CALLS;
  }

  put(name: AcceptedCallName, args: object): void {
    this.#calls.push({ name, args: kept(args) });
  }

  /** All of them, of which none waits then. */
  take(): readonly WaitingCall[] {
    const calls = this.#calls;
    this.#calls = [];
    return calls;
  }
}
