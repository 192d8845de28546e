// Renderers, contexts and fences in the typed classes.

import { Renderer } from '../../../../renderer';
import type { CallRecord } from '../../../model';
import { type Code, listCode, prefixed } from '../code';
import { argsOf, type ClassScope, type ClassWriting, type Handlers } from './class-scope';
import { EMPTY_CAPSET } from './empty-capset';
import { LiveContext } from './live-context';
import { isSameCall } from './same-call';
import { objectTerm, plainTerm, unless } from './term';

const VIRGL2 = 2;

/** What is known of a trace before it is written. */
export interface ContextFacts {
  /** The capability set, where the trace has it. */
  readonly capset: Uint8Array;
  /** Numbers of the calls whose contexts begin with the default state. */
  readonly defaults: ReadonlySet<number>;
}

/** Writes the calls of renderers and contexts. */
export class ContextHandlers {
  readonly handlers: Handlers = {
    fillCaps: (call) => this.#fillCaps(call),
    contextCreate: (call) => this.#contextCreate(call),
    contextDestroy: (call) => this.#contextDestroy(call),
    createFence: (call) => this.#fence(call),
  };
  readonly #scope: ClassScope;
  readonly #facts: ContextFacts;
  #renderer: Renderer | undefined;
  // The one that contexts for trials are of, so that they take no ids.
  #trialRenderer: Renderer | undefined;
  #nextContextId = 1;

  constructor(scope: ClassScope, facts: ContextFacts) {
    this.#scope = scope;
    this.#facts = facts;
  }

  get #writing(): ClassWriting {
    return this.#scope.writing;
  }

  async #openRenderer(ask: Code | undefined): Promise<Renderer> {
    const options = { host: this.#scope.host, capset: EMPTY_CAPSET };
    this.#renderer = await Renderer.open(options);
    this.#trialRenderer = await Renderer.open(options);
    const code: Code =
      ask === undefined
        ? 'Renderer.open({ host })'
        : listCode(
            'Renderer.open(',
            [{ open: '{', close: '}', items: ['host', prefixed('capset: ', ask)] }],
            ')',
          );
    this.#writing.emit({ code: prefixed('await ', code), declares: { name: 'renderer', type: 'Renderer' } });
    return this.#renderer;
  }

  async #fillCaps(call: CallRecord): Promise<number> {
    if (
      this.#renderer !== undefined ||
      this.#writing.refusal() !== undefined ||
      argsOf(call).capsetId !== VIRGL2
    )
      return 0;
    const isUsual = isSameCall(call, { name: 'fillCaps', args: { capsetId: VIRGL2 } });
    await this.#openRenderer(isUsual ? undefined : this.#writing.answerCode(call));
    return 1;
  }

  async #contextCreate(call: CallRecord): Promise<number> {
    const { contextId, name } = argsOf(call) as { contextId: number; name?: string };
    const usual = { name: 'contextCreate', args: { contextId, name } } as const;
    if (this.#writing.refusal() !== undefined || !isSameCall(call, usual)) return 0;
    await this.#scope.flushUnsent();
    const renderer =
      this.#renderer ?? (await this.#openRenderer(this.#writing.values.bytes(this.#facts.capset)));
    const verbatim = !this.#facts.defaults.has(this.#writing.callNumber());
    const arg = objectTerm([
      ...unless(name === undefined || name === '', 'label', () => plainTerm(name ?? '')),
      ...unless(contextId === this.#nextContextId, 'id', () => plainTerm(contextId)),
      ...unless(!verbatim, 'verbatim', () => plainTerm(true)),
    ]);
    this.#nextContextId = Math.max(this.#nextContextId, contextId + 1);
    const context = await renderer.createContext(arg.value as object);
    this.#scope.expectCalls([call]);
    const scratch = await (this.#trialRenderer ?? renderer).createContext({ verbatim });
    scratch.commands.reset();
    this.#scope.host.take();
    const variable = `context${contextId}`;
    const live = new LiveContext(
      context,
      variable,
      verbatim,
      scratch,
      this.#scope.resources,
      this.#scope.host,
    );
    this.#scope.contexts.set(contextId, live);
    const code = listCode(
      'renderer.createContext(',
      Object.keys(arg.value as object).length === 0 ? [] : [arg.code],
      ')',
    );
    this.#writing.emit({ code: prefixed('await ', code), declares: { name: variable, type: 'Context' } });
    return 1;
  }

  async #contextDestroy(call: CallRecord): Promise<number> {
    const live = this.#scope.contexts.get(Number(argsOf(call).contextId));
    if (live === undefined) return 0;
    await this.#scope.flushUnsent();
    const isEmpty = live.pendingDwords === 0 && [...live.owned].every((resource) => resource.destroyed);
    if (this.#writing.refusal() !== undefined || !isEmpty) {
      this.#writing.byHand(call);
    } else {
      await live.context.destroy();
      this.#scope.expectCalls([call]);
      this.#writing.emit({ code: `await ${live.name}.destroy()` });
    }
    this.#scope.abandon(live);
    return 1;
  }

  async #fence(call: CallRecord): Promise<number> {
    const { contextId } = argsOf(call) as { contextId?: number };
    const live = contextId === undefined ? undefined : this.#scope.contexts.get(contextId);
    const usual = { name: 'createFence', args: { contextId } } as const;
    if (live === undefined || this.#writing.refusal() !== undefined || !isSameCall(call, usual)) return 0;
    if (this.#scope.unsent?.live !== live) await this.#scope.flushUnsent();
    if (this.#scope.unsent === undefined && live.pendingDwords > 0) return 0;
    const sent = this.#scope.takeUnsent();
    await live.context.finished();
    this.#scope.expectCalls([...sent, call]);
    this.#writing.emit({ code: `p.fence(${live.name}.finished())` });
    return 1;
  }
}
