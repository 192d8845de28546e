// What the writers of calls in the typed classes share: the contexts and resources that are there, the hosts beside the program, and the
// submit that is written but not flushed yet.

import type { VirglErrorCode } from '../../../../protocol';
import type { CallRecord, TraceRange } from '../../../model';
import type { Code } from '../code';
import type { Statement } from '../statement';
import type { StreamWriter } from '../stream';
import type { ValueWriter } from '../values';
import type { LiveContext } from './live-context';
import { type LiveResource, LiveResources } from './live-resources';
import { isSameCall } from './same-call';
import { type ShadowCall, ShadowHost } from './shadow-host';

/** Arguments of a call, by name. */
export type Args = Readonly<Record<string, unknown>>;

/** Writes a call, and how many calls it stands for with those that follow; 0 if it can't. */
export type Handler = (call: CallRecord) => Promise<number>;

/** Handlers by the names of calls. */
export type Handlers = Readonly<Partial<Record<CallRecord['name'], Handler>>>;

/** The arguments of a call. */
export const argsOf = (call: CallRecord): Args => (call.args ?? {}) as Args;

/** What the program writer does for those that write calls. */
export interface ClassWriting {
  readonly values: ValueWriter;
  readonly stream: StreamWriter;
  emit(statement: Statement): void;
  /** Writes what the client wrote into memory. */
  flushWrites(): void;
  /** How the call that is so many behind this one was refused. */
  refusal(distance?: number): VirglErrorCode | undefined;
  /** That call, if nothing but what is told about calls lies between and it was not refused. */
  ahead(distance: number): CallRecord | undefined;
  /** Number of the current call. */
  callNumber(): number;
  /** Writes a call as one of the host. */
  byHand(call: CallRecord): void;
  /** Writes a submit as a call of the host, of what is encoded already. */
  submitByHand(call: CallRecord<'submitCmd' | 'submitCmd2'>, encoder: string): void;
  /** A call of the host as an expression of its answer. */
  answerCode(call: CallRecord): Code;
  rangeCode(range: TraceRange): Code;
  /** The commands of a submit. */
  dwordsOf(call: CallRecord<'submitCmd' | 'submitCmd2'>): Uint32Array | undefined;
}

/** A submit of a context. */
export interface Submit {
  readonly live: LiveContext;
  readonly dwords: Uint32Array;
}

/** A submit as the call that the classes make of it. */
export const submitCall = ({ live, dwords }: Submit): ShadowCall => ({
  name: 'submitCmd',
  args: { contextId: live.context.id, commands: dwords },
});

/** What is there while a program is written. */
export class ClassScope {
  /** The host of the classes. */
  readonly host = new ShadowHost();
  readonly contexts = new Map<number, LiveContext>();
  readonly resources = new LiveResources();
  /** The context whose commands are being written. */
  current: LiveContext | undefined;
  #unsent: Submit | undefined;

  constructor(readonly writing: ClassWriting) {}

  /** The submit that is written and still to be flushed. */
  get unsent(): Submit | undefined {
    return this.#unsent;
  }

  /** A submit is written, and will be flushed by whatever comes next. */
  leaveUnsent(submit: Submit): void {
    this.#unsent = submit;
  }

  /** The submit that the next call of a class makes on its way. */
  takeUnsent(): readonly ShadowCall[] {
    const unsent = this.#unsent;
    this.#unsent = undefined;
    return unsent === undefined ? [] : [submitCall(unsent)];
  }

  /** Flushes what is left. */
  async flushUnsent(): Promise<void> {
    const unsent = this.#unsent;
    if (unsent === undefined) return;
    const calls = this.takeUnsent();
    await unsent.live.context.flush();
    this.expectCalls(calls);
    this.writing.emit({ code: `await ${unsent.live.name}.flush()` });
  }

  /** Holds the calls that the classes made against those of the trace. */
  expectCalls(recorded: readonly ShadowCall[]): void {
    const made = this.host.take();
    const isSame =
      made.length === recorded.length && made.every((call, at) => isSameCall(call, recorded[at] ?? call));
    if (isSame) return;
    const names = made.map(({ name }) => name).join(', ');
    const where = `toTypeScript: call ${this.writing.callNumber()}`;
    throw new Error(`${where}: the classes made other calls than tried (${names}); leave the classes out`);
  }

  /** Whether contexts that use a resource, but for one, would send something that the trace does not send here. */
  isDisturbed(resourceId: number, except?: LiveContext): boolean {
    const users = [...(this.resources.get(resourceId)?.users ?? [])];
    return users.some((live) => live !== except && live.pendingDwords > 0);
  }

  /** Whether contexts, but for one, would destroy views of a resource with it. */
  hasViews({ resource, users }: LiveResource, except?: LiveContext): boolean {
    const others = [...users].filter((live) => live !== except);
    return others.some((live) => live.implicitOf(resource).length > 0 || live.spoiled.has(resource));
  }

  /** Counts commands that a class says of itself. */
  countByClass(dwords: Uint32Array): void {
    const { stream } = this.writing;
    const count = stream.countOf(dwords);
    stream.counts.commands += count;
    stream.counts.byClass += count;
  }

  /** From here on a context is a number. */
  abandon(live: LiveContext): void {
    this.contexts.delete(live.context.id);
    this.resources.forgetUser(live);
  }
}
