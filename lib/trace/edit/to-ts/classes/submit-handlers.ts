// Submits in the typed classes: the statements that record them, and how they are sent.

import type { SharedMemory } from '../../../../host';
import type { VirglErrorCode } from '../../../../protocol';
import { FLUSH_DWORDS } from '../../../../renderer/context-stream';
import type { CallRecord } from '../../../model';
import { isSubmit } from '../../commands-of';
import { isEqual } from '../stream';
import { argsOf, type ClassScope, type ClassWriting, type Handlers, submitCall } from './class-scope';
import { writeStream } from './class-stream';
import type { LiveContext } from './live-context';
import type { LiveResource } from './live-resources';
import { isSameCall } from './same-call';
import type { ClassStreamParts, ProgramMemory } from './stream-walk';

/** Failures after which the methods of a context throw. */
const FINAL: ReadonlySet<VirglErrorCode | undefined> = new Set([
  'ERR_VIRGL_CONTEXT_LOST',
  'ERR_VIRGL_CLOSED',
]);

/** Writes submits. */
export class SubmitHandlers {
  readonly handlers: Handlers = {
    submitCmd: (call) => this.#submit(call),
    submitCmd2: (call) => this.#submit(call),
  };
  readonly #scope: ClassScope;
  readonly #objectNames = new Map<string, LiveContext>();

  constructor(scope: ClassScope) {
    this.#scope = scope;
  }

  get #writing(): ClassWriting {
    return this.#scope.writing;
  }

  async #submit(call: CallRecord): Promise<number> {
    if (!isSubmit(call)) return 0;
    const live = this.#scope.contexts.get(call.args.contextId);
    const dwords = live === undefined ? undefined : this.#writing.dwordsOf(call);
    if (live === undefined || dwords === undefined) return 0;
    await this.#scope.flushUnsent();
    const before = live.context.commands.view().slice();
    if (!isEqual(before, dwords.subarray(0, before.length))) {
      this.#scope.abandon(live);
      return 0;
    }
    this.#scope.current = live;
    live.isSent = false;
    this.#scope.countByClass(before);
    this.#comment(dwords, before.length);
    const ending = this.#writing.refusal() === undefined ? this.#endingBehind(live, dwords) : undefined;
    const written = ending === undefined ? dwords : dwords.subarray(0, dwords.length - ending.tail);
    const share = await writeStream(this.#streamParts(), live, written, before.length);
    this.#writing.stream.counts.commands += share.commands;
    this.#writing.stream.counts.byClass += share.byClass;
    this.#scope.current = undefined;
    if (ending !== undefined) {
      this.#scope.countByClass(dwords.subarray(written.length));
      return this.#endWithViews(call, live, ending.known);
    }
    if (!live.isSent) await this.#send(call, live, dwords);
    if (FINAL.has(this.#writing.refusal())) this.#scope.abandon(live);
    return 1;
  }

  // The resource that ends behind a submit, if its views end with that submit as the class would have it.
  #endingBehind(live: LiveContext, dwords: Uint32Array): { known: LiveResource; tail: number } | undefined {
    const next = this.#writing.ahead(1);
    const known =
      next?.name === 'resourceUnref' ? this.#scope.resources.get(Number(argsOf(next).resourceId)) : undefined;
    if (known === undefined || dwords.length >= FLUSH_DWORDS || live.spoiled.has(known.resource))
      return undefined;
    const { resource } = known;
    const tail = live.endOfViews(resource);
    const isTail = tail.length > 0 && isEqual(dwords.subarray(-tail.length), tail);
    const isAlone = !this.#scope.hasViews(known, live) && !this.#scope.isDisturbed(resource.id, live);
    return isTail && isAlone ? { known, tail: tail.length } : undefined;
  }

  async #endWithViews(
    call: CallRecord,
    live: LiveContext,
    { resource, name }: LiveResource,
  ): Promise<number> {
    await resource.destroy();
    this.#scope.expectCalls([call, { name: 'resourceUnref', args: { resourceId: resource.id } }]);
    this.#writing.emit({ code: `await ${name}.destroy()` });
    live.forget(resource);
    this.#scope.resources.remove(resource.id);
    return 2;
  }

  #comment(dwords: Uint32Array, from: number): void {
    const first = this.#writing.stream.counts.commands;
    const last = first + this.#writing.stream.countOf(dwords.subarray(from)) - 1;
    if (last >= first)
      this.#writing.emit({ comment: first === last ? `command ${first}` : `commands ${first} to ${last}` });
  }

  #streamParts(): ClassStreamParts {
    return {
      values: this.#writing.values,
      raw: this.#writing.stream,
      emit: (statement) => this.#writing.emit(statement),
      memoryOf: (resourceId) => this.#memoryOf(resourceId),
      nameOf: (live, word, handle) => this.#nameFor(live, word, handle),
    };
  }

  #memoryOf(resourceId: number): ProgramMemory | undefined {
    const memoryId = this.#scope.resources.get(resourceId)?.memoryId;
    if (memoryId === undefined) return undefined;
    const code = `p.shared(${this.#writing.values.names.id('memory', memoryId)})`;
    // Nothing looks into it before there is a result.
    return { value: { bytes: new Uint8Array(0) } as SharedMemory, code };
  }

  #nameFor(live: LiveContext, word: string, handle: number): string {
    const name = `${word}${handle}`;
    const owner = this.#objectNames.get(name) ?? live;
    this.#objectNames.set(name, owner);
    return owner.name === live.name ? name : `${name}Of${live.name.replace(/^c/, 'C')}`;
  }

  async #send(
    call: CallRecord<'submitCmd' | 'submitCmd2'>,
    live: LiveContext,
    dwords: Uint32Array,
  ): Promise<void> {
    const isFlush = isSameCall(call, submitCall({ live, dwords })) && dwords.length > 0;
    if (!isFlush) {
      live.context.commands.reset();
      this.#writing.submitByHand(call, `${live.name}.commands`);
      return;
    }
    if (this.#writing.refusal() === undefined) {
      this.#scope.leaveUnsent({ live, dwords });
      return;
    }
    await live.context.flush();
    this.#scope.expectCalls([call]);
    this.#writing.emit({ code: `await p.refused(${live.name}.flush())` });
  }
}
