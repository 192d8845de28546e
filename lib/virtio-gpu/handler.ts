// The shape of what carries a command out.

import { DONE } from '../host';
import type { CommandFields, CommandName } from './commands';
import type { DeviceState } from './device-state';
import type { ResponseFields, ResponseName } from './responses';

/** A request whose lengths are right. */
export interface ReceivedCommand {
  /** The context of its header. */
  readonly contextId: number;
  /** All of it, at the beginning. */
  readonly view: DataView;
  /** Where its fields end. */
  readonly tailAt: number;
}

/** An answer with more than a header. */
export interface Answer<Name extends ResponseName = ResponseName> {
  name: Name;
  fields: ResponseFields<Name>;
  bytes?: Uint8Array;
}

/** Nothing for "done, nothing to say"; a promise where the host has to answer first. */
export type Outcome = Answer | undefined | Promise<Answer> | Promise<void>;

/** Carries a command out. Throws or rejects with what is wrong. */
export type Handler<Name extends CommandName> = (
  state: DeviceState,
  fields: CommandFields<Name>,
  command: ReceivedCommand,
) => Outcome;

/** Handlers by command. */
export type Handlers<Name extends CommandName> = { readonly [Each in Name]: Handler<Each> };

/** An answer, checked against its table. */
export const answer = <Name extends ResponseName>(
  name: Name,
  fields: ResponseFields<Name>,
  bytes?: Uint8Array,
): Answer => ({ name, fields, bytes }) as unknown as Answer;

/** Waits for a call of the host; when it is refused, `refused` takes back what was noted, and tells the fault. */
export const orFault = (call: Promise<void>, refused: (error: unknown) => unknown): Promise<void> =>
  call === DONE
    ? call
    : call.catch((error: unknown) => {
        throw refused(error);
      });

/** As {@link orFault}, where the host's own words are good. */
export const orUndo = (call: Promise<void>, undo: () => void): Promise<void> =>
  orFault(call, (error) => {
    undo();
    return error;
  });
