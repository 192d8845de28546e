// One queue of commands: from the bytes of a request to its answer.

import { DONE } from '../host';
import { VirglError } from '../protocol/error';
import { type AnswerSender, PendingAnswer, type Respond } from './answers';
import { type CommandName, HEADER } from './commands';
import type { DeviceState } from './device-state';
import { CommandFault, faultOf, invalidParameter } from './faults';
import type { Answer, Handler, Outcome } from './handler';
import {
  type CompiledCommand,
  encodeResponse,
  COMMANDS_BY_ID,
  type RequestView,
  tailBytes,
} from './messages';
import { MAX_RINGS, type Timelines } from './timelines';

/** The handlers of a queue by the names of their commands. */
export type QueueHandlers = Readonly<Partial<Record<CommandName, Handler<never>>>>;

/** One run of a guest's driver, from start to reset. */
export interface GuestLife {
  readonly timelines: Timelines;
  /** Commands that were not answered. */
  unanswered: number;
  /** The device was reset: nobody waits for answers any more. */
  isOver: boolean;
}

const unknownCommand = (type: number): CommandFault =>
  new CommandFault(
    'ERR_UNSPEC',
    `expected a command of this queue for type but found 0x${type.toString(16)}`,
    {
      field: 'type',
      value: type,
    },
  );

/** Carries out what comes through one queue. */
export class CommandRunner {
  readonly #state: DeviceState;
  readonly #handlers: QueueHandlers;
  readonly #sender: AnswerSender;

  constructor(state: DeviceState, handlers: QueueHandlers, sender: AnswerSender) {
    this.#state = state;
    this.#handlers = handlers;
    this.#sender = sender;
  }

  /** Carries a request out and answers it, sooner or later. */
  run(request: RequestView, respond: Respond, life: GuestLife): void {
    const { view, lengthBytes } = request;
    if (lengthBytes < HEADER.sizeBytes) {
      const fault = new CommandFault(
        'ERR_UNSPEC',
        `expected a header of ${HEADER.sizeBytes} bytes but found ${lengthBytes}`,
      );
      this.#report(undefined, 0, fault);
      this.#sender.sendUnreadable(respond);
      return;
    }
    const command = COMMANDS_BY_ID.get(view.getUint32(HEADER.offsets.type, true));
    const pending = new PendingAnswer(command, respond, view);
    life.unanswered += 1;
    let outcome: Outcome;
    try {
      outcome = this.#carryOut(pending, request);
    } catch (error) {
      this.#failed(pending, error, life);
      return;
    }
    this.#await(pending, outcome, life);
  }

  /** Sends an answer whose turn it is. */
  send(pending: PendingAnswer, life: GuestLife): void {
    life.unanswered -= 1;
    this.#sender.send(pending);
  }

  #carryOut(pending: PendingAnswer, request: RequestView): Outcome {
    const { command, contextId } = pending;
    const { view } = request;
    const handler = command && this.#handlers[command.name];
    if (command === undefined || handler === undefined)
      throw unknownCommand(view.getUint32(HEADER.offsets.type, true));
    this.#check(command, pending);
    const fields = this.#decode(command, request);
    return handler(this.#state, fields as never, { contextId, view, tailAt: command.sizeBytes });
  }

  #await(pending: PendingAnswer, outcome: Outcome, life: GuestLife): void {
    if (pending.isFenced) {
      pending.isQueued = true;
      life.timelines.add(pending, pending.command?.spec.leavesWork === true);
    }
    if (outcome === undefined || outcome === DONE) this.#done(pending, undefined, life);
    else if (outcome instanceof Promise) {
      (outcome as Promise<Answer | undefined>).then(
        (found) => this.#done(pending, found, life),
        (error: unknown) => this.#failed(pending, error, life),
      );
    } else this.#done(pending, outcome, life);
  }

  #check({ spec }: CompiledCommand, pending: PendingAnswer): void {
    const { accepted } = this.#state;
    if (spec.needs !== undefined && !accepted.has(spec.needs))
      throw new CommandFault('ERR_UNSPEC', `the guest did not accept ${spec.needs}`, { field: 'type' });
    pending.isOnRing = pending.wantsRing && accepted.has('CONTEXT_INIT');
    if (pending.isOnRing && pending.ringIndex >= MAX_RINGS) {
      pending.isOnRing = false;
      throw invalidParameter('ring_idx', `below ${MAX_RINGS}`, pending.ringIndex);
    }
  }

  #decode({ spec, codec, sizeBytes }: CompiledCommand, request: RequestView): Record<string, unknown> {
    const { view, lengthBytes } = request;
    if (lengthBytes < sizeBytes) throw invalidParameter('length', `at least ${sizeBytes} bytes`, lengthBytes);
    const fields = codec.decode(view, HEADER.sizeBytes) as Record<string, unknown>;
    if (spec.tail === undefined) return fields;
    const count = fields[spec.tail.count] as number;
    const room = lengthBytes - sizeBytes;
    if (tailBytes(spec.tail, count) > room)
      throw invalidParameter(
        spec.tail.field,
        `a count of what is in the ${room} bytes behind the command`,
        count,
      );
    return fields;
  }

  #done(pending: PendingAnswer, found: Answer | undefined, life: GuestLife): void {
    if (found !== undefined) pending.message = encodeResponse(found.name, found.fields, {}, found.bytes);
    this.#finish(pending, life);
  }

  #failed(pending: PendingAnswer, error: unknown, life: GuestLife): void {
    if (life.isOver) return;
    const fault = faultOf(error);
    pending.error = fault.response;
    this.#report(pending.command?.name, pending.contextId, fault);
    this.#finish(pending, life);
  }

  #finish(pending: PendingAnswer, life: GuestLife): void {
    if (life.isOver) return;
    pending.isDone = true;
    if (!pending.isFenced) {
      this.send(pending, life);
      return;
    }
    // What was wrong from the start comes after what was asked for before it, too.
    if (!pending.isQueued) life.timelines.add(pending, false);
    life.timelines.settle(pending);
  }

  #report(command: CommandName | undefined, contextId: number, fault: CommandFault): void {
    if (fault.isKnown === true) return;
    const { response, field, value, resourceId, message, cause } = fault;
    const contextName = this.#state.guest.contexts.find(contextId)?.name;
    const host = cause instanceof VirglError ? cause : undefined;
    this.#state.tell('guestError', {
      command: command ?? 'UNKNOWN',
      contextId,
      response,
      message,
      ...(contextName !== undefined && { contextName }),
      ...(resourceId !== undefined && { resourceId }),
      ...(field !== undefined && { field }),
      ...(value !== undefined && { value }),
      ...(host !== undefined && { cause: host }),
    });
    if (host?.log !== undefined) this.#state.tell('library', host.log);
  }
}
