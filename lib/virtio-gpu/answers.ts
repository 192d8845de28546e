// Answers to commands, from the arrival of the request until they are sent.

import { type CompiledCommand, viewOf } from './messages';
import { HEADER, HEADER_FLAGS } from './commands';
import { type ErrorResponseName, RESPONSES } from './responses';

/** Takes an answer to the guest; must not throw. The bytes are only good during the call. */
export type Respond = (response: Uint8Array) => void;

const {
  type: TYPE,
  flags: FLAGS,
  fenceId: FENCE_ID,
  contextId: CONTEXT_ID,
  ringIndex: RING,
} = HEADER.offsets;

const ALL_FLAGS = HEADER_FLAGS.FENCE | HEADER_FLAGS.INFO_RING_INDEX;

/** One command that is not answered yet. */
export class PendingAnswer {
  readonly flags: number;
  readonly contextId: number;
  readonly ringIndex: number;
  /** The fence is of a ring of its context, not of the device. */
  isOnRing = false;
  /** It has its place on a timeline. */
  isQueued = false;
  /** The command has been carried out, or is wrong. */
  isDone = false;
  /** The host is still to say that its work is done. */
  awaitsFence = false;
  /** What is wrong. */
  error: ErrorResponseName | undefined;
  /** The whole answer, where it is more than a header. */
  message: Uint8Array | undefined;
  // In halves, because a bigint would be an object more for every command.
  readonly #fenceLow: number;
  readonly #fenceHigh: number;

  constructor(
    readonly command: CompiledCommand | undefined,
    readonly respond: Respond,
    request: DataView,
  ) {
    this.flags = request.getUint32(FLAGS, true);
    this.contextId = request.getUint32(CONTEXT_ID, true);
    this.ringIndex = request.getUint8(RING);
    this.#fenceLow = request.getUint32(FENCE_ID, true);
    this.#fenceHigh = request.getUint32(FENCE_ID + 4, true);
  }

  /** Whether the guest waits for the work, and not just for the answer. */
  get isFenced(): boolean {
    return (this.flags & HEADER_FLAGS.FENCE) !== 0;
  }

  /** Whether the guest asks for a fence of a ring of its context. */
  get wantsRing(): boolean {
    return (this.flags & HEADER_FLAGS.INFO_RING_INDEX) !== 0;
  }

  /** Writes the header of the answer. */
  writeHeader(view: DataView, id: number): void {
    const isFenced = this.isFenced;
    view.setUint32(TYPE, id, true);
    view.setUint32(FLAGS, isFenced ? this.flags & ALL_FLAGS : 0, true);
    view.setUint32(FENCE_ID, isFenced ? this.#fenceLow : 0, true);
    view.setUint32(FENCE_ID + 4, isFenced ? this.#fenceHigh : 0, true);
    view.setUint32(CONTEXT_ID, isFenced ? this.contextId : 0, true);
    view.setUint32(RING, isFenced && this.wantsRing ? this.ringIndex : 0, true);
  }
}

/** Sends answers; those that are only a header are written in one place again and again. */
export class AnswerSender {
  readonly #header = new Uint8Array(HEADER.sizeBytes);
  readonly #view = viewOf(this.#header);

  send(answer: PendingAnswer): void {
    const { message, error } = answer;
    if (error === undefined && message !== undefined) {
      const view = viewOf(message);
      answer.writeHeader(view, view.getUint32(TYPE, true));
      answer.respond(message);
      return;
    }
    answer.writeHeader(this.#view, RESPONSES[error ?? 'OK_NODATA'].id);
    answer.respond(this.#header);
  }

  /** Answers a request that is too short to have a header. */
  sendUnreadable(respond: Respond): void {
    this.#header.fill(0);
    this.#view.setUint32(TYPE, RESPONSES.ERR_UNSPEC.id, true);
    respond(this.#header);
  }
}
