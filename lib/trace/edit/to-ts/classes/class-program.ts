// The functions of a program that uses the typed classes wherever they make the same calls with the same bytes. The classes themselves are
// run beside it, on a host that only remembers, so that what they would do is known and not guessed.

import type { SharedMemory } from '../../../../host';
import type { VirglErrorCode } from '../../../../protocol';
import { TextureTarget } from '../../../../protocol';
import { VirglError } from '../../../../protocol/error';
import { Renderer, Resource } from '../../../../renderer';
import { FLUSH_DWORDS } from '../../../../renderer/context-stream';
import type { CallRecord, TraceMeta, TraceRecord } from '../../../model';
import { commandsOf, isSubmit } from '../../commands-of';
import { isRange } from '../calls';
import { type Code, listCode, prefixed } from '../code';
import { ProgramWriter, type Survey } from '../program-writer';
import { isEqual } from '../stream';
import { type ClassStreamParts, type ProgramMemory, writeStream } from './class-stream';
import { EMPTY_CAPSET } from './empty-capset';
import { LiveContext } from './live-context';
import { type LiveResource, LiveResources } from './live-resources';
import type { RecordQueue } from './record-queue';
import {
  dataTerm,
  descriptorEntries,
  type ResourceShape,
  shapeOf,
  type Transfer,
  TransferTrials,
} from './resource-calls';
import { isSameCall } from './same-call';
import { type ShadowCall, ShadowHost } from './shadow-host';
import { type Entry, objectTerm, plainTerm, unless } from './term';

const VIRGL2 = 2;

type Args = Readonly<Record<string, unknown>>;
/** Writes a call, and how many calls it stands for; 0 if it can't. */
type Handler = (call: CallRecord) => Promise<number>;

const FINAL: ReadonlySet<VirglErrorCode> = new Set(['ERR_VIRGL_CONTEXT_LOST', 'ERR_VIRGL_CLOSED']);

const argsOf = (call: CallRecord): Args => (call.args ?? {}) as Args;

/** Writes the functions of a program. */
export class ClassProgramWriter extends ProgramWriter {
  readonly #host = new ShadowHost();
  readonly #trialHost = new ShadowHost();
  readonly #queue: RecordQueue;
  readonly #defaults: ReadonlySet<number>;
  readonly #capset: Uint8Array;
  readonly #contexts = new Map<number, LiveContext>();
  readonly #resources = new LiveResources();
  readonly #trials = new Map<number, TransferTrials>();
  readonly #users = new Map<number, Set<LiveContext>>();
  readonly #backings = new Map<number, number>();
  readonly #objectNames = new Map<string, LiveContext>();
  #renderer: Renderer | undefined;
  // The one that contexts for trials are of, so that they take no ids.
  #trialRenderer: Renderer | undefined;
  #nextContextId = 1;
  #nextResourceId = 1;
  // The context whose submit is written and still to be flushed.
  #unsent: { live: LiveContext; dwords: Uint32Array } | undefined;
  #current: LiveContext | undefined;

  readonly #handlers: Readonly<Partial<Record<CallRecord['name'], Handler>>> = {
    fillCaps: (call) => this.#fillCaps(call),
    contextCreate: (call) => this.#contextCreate(call),
    resourceCreate: (call) => this.#resourceCreate(call),
    resourceAttachIov: (call) => this.#attachIov(call),
    ctxAttachResource: (call) => this.#attach(call),
    resourceUnref: (call) => this.#unref(call),
    contextDestroy: (call) => this.#contextDestroy(call),
    transferReadIov: (call) => this.#read(call),
    transferWriteIov: (call) => this.#write(call),
    createFence: (call) => this.#fence(call),
    submitCmd: (call) => this.#submit(call),
    submitCmd2: (call) => this.#submit(call),
  };

  /** @param defaults numbers of the calls whose contexts begin with the default state */
  constructor(survey: Survey, meta: TraceMeta, queue: RecordQueue, defaults: ReadonlySet<number>) {
    super(survey);
    this.#queue = queue;
    this.#defaults = defaults;
    const known = meta.capsets?.[VIRGL2];
    this.#capset = known === undefined ? EMPTY_CAPSET : Uint8Array.from(Buffer.from(known, 'base64'));
    this.names.live = {
      id: (kind, id) => this.#nameOfId(kind, id),
      object: (handle) => this.#nameOfObject(handle),
    };
  }

  override async add(record: TraceRecord): Promise<void> {
    if (['memory', 'memoryEnd', 'write', 'marker', 'frame'].includes(record.kind)) await this.#flushUnsent();
    await super.add(record);
  }

  override async finish(): Promise<void> {
    await this.#flushUnsent();
    await super.finish();
  }

  protected override async addCall(call: CallRecord): Promise<void> {
    const handler = this.#handlers[call.name];
    const taken = (await handler?.(call)) ?? 0;
    if (taken === 0) {
      await this.#flushUnsent();
      this.addHostCall(call);
      return;
    }
    this.callNumber += taken;
    // The calls that came with it.
    for (let others = taken - 1; others > 0;) if (this.#queue.next()?.kind === 'call') others -= 1;
  }

  #nameOfId(kind: 'context' | 'resource' | 'memory', id: number): string {
    const name = kind === 'context' ? this.#contexts.get(id)?.name : this.#resources.get(id)?.name;
    return name === undefined ? String(id) : `${name}.id`;
  }

  #nameOfObject(handle: number): string | undefined {
    const name = this.#current?.objects.get(handle)?.name;
    return name === undefined ? undefined : `${name}.handle`;
  }

  #isRefused(distance = 0): boolean {
    return this.refused.has(this.callNumber + distance);
  }

  #ahead(distance: number): CallRecord | undefined {
    return this.#isRefused(distance) ? undefined : this.#queue.callAhead(distance);
  }

  // The calls that the classes made are those of the trace.
  #expectCalls(recorded: readonly ShadowCall[]): void {
    const made = this.#host.take();
    const same =
      made.length === recorded.length && made.every((call, at) => isSameCall(call, recorded[at] ?? call));
    if (!same) {
      const names = made.map(({ name }) => name).join(', ');
      throw new Error(
        `toTypeScript: call ${this.callNumber}: the classes made other calls than tried: ${names}`,
      );
    }
  }

  async #flushUnsent(): Promise<void> {
    const unsent = this.#unsent;
    if (unsent === undefined) return;
    this.#unsent = undefined;
    await unsent.live.context.flush();
    this.#expectCalls([this.#submitOf(unsent)]);
    this.emit({ code: `await ${unsent.live.name}.flush()` });
  }

  #submitOf({ live, dwords }: { live: LiveContext; dwords: Uint32Array }): ShadowCall {
    return { name: 'submitCmd', args: { contextId: live.context.id, commands: dwords } };
  }

  // The submit that the next call of a class makes on its way.
  #takeUnsent(): readonly ShadowCall[] {
    const unsent = this.#unsent;
    this.#unsent = undefined;
    return unsent === undefined ? [] : [this.#submitOf(unsent)];
  }

  async #openRenderer(ask: Code | undefined): Promise<Renderer> {
    const options = { host: this.#host, capset: EMPTY_CAPSET };
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
    this.emit({ code: prefixed('await ', code), declares: { name: 'renderer', type: 'Renderer' } });
    return this.#renderer;
  }

  async #fillCaps(call: CallRecord): Promise<number> {
    if (this.#renderer !== undefined || this.#isRefused() || argsOf(call).capsetId !== VIRGL2) return 0;
    const isUsual = isSameCall(call, { name: 'fillCaps', args: { capsetId: VIRGL2 } });
    await this.#openRenderer(isUsual ? undefined : this.hostCallCode(call));
    return 1;
  }

  async #contextCreate(call: CallRecord): Promise<number> {
    const { contextId, name } = argsOf(call) as { contextId: number; name?: string };
    const usual = { name: 'contextCreate', args: { contextId, name } } as const;
    if (this.#isRefused() || !isSameCall(call, usual)) return 0;
    await this.#flushUnsent();
    const renderer = this.#renderer ?? (await this.#openRenderer(this.values.bytes(this.#capset)));
    const verbatim = !this.#defaults.has(this.callNumber);
    const arg = objectTerm([
      ...unless(name === undefined || name === '', 'label', () => plainTerm(name ?? '')),
      ...unless(contextId === this.#nextContextId, 'id', () => plainTerm(contextId)),
      ...unless(!verbatim, 'verbatim', () => plainTerm(true)),
    ]);
    this.#nextContextId = Math.max(this.#nextContextId, contextId + 1);
    const context = await renderer.createContext(arg.value as object);
    this.#expectCalls([call]);
    const scratch = await (this.#trialRenderer ?? renderer).createContext({ verbatim });
    scratch.commands.reset();
    this.#host.take();
    const variable = `context${contextId}`;
    const live = new LiveContext(context, variable, verbatim, scratch, this.#resources, this.#host);
    this.#contexts.set(contextId, live);
    const code = listCode('renderer.createContext(', call === undefined ? [] : [arg.code], ')');
    this.emit({ code: prefixed('await ', code), declares: { name: variable, type: 'Context' } });
    return 1;
  }

  async #resourceCreate(call: CallRecord): Promise<number> {
    if (this.#isRefused()) return 0;
    const shape = shapeOf(call);
    const entries = descriptorEntries(shape, this.values, (range) => this.rangeCode(range));
    const trials = await this.#trialsOf(entries, shape);
    if (trials === undefined) return 0;
    await this.#flushUnsent();
    this.flushWrites();
    const attach = this.#ahead(1);
    const live =
      attach?.name === 'ctxAttachResource' ? this.#contexts.get(Number(argsOf(attach).contextId)) : undefined;
    const id: readonly Entry[] = unless(shape.resourceId === this.#nextResourceId, 'id', () =>
      plainTerm(shape.resourceId),
    );
    const made =
      live === undefined || argsOf(attach as CallRecord).resourceId !== shape.resourceId
        ? await this.#createAlone(call, shape, entries)
        : ((await this.#createBuffer(call, live, shape, id)) ??
          (await this.#createAttached(call, live, [...id, ...entries])));
    this.#noteResource(shape, made.resource, trials, made.code);
    if (made.taken > 1 && live !== undefined) {
      live.owned.add(made.resource);
      this.#nextResourceId = Math.max(this.#nextResourceId, shape.resourceId + 1);
      await this.#attachScratch(live, made.resource);
    }
    return made.taken;
  }

  // A resource of the same shape that nobody uses; undefined for one that the class does not know.
  async #trialsOf(entries: readonly Entry[], shape: ResourceShape): Promise<TransferTrials | undefined> {
    try {
      const descriptor = objectTerm(entries).value as Parameters<typeof Resource.create>[2];
      const twin = await Resource.create(this.#trialHost, shape.resourceId, descriptor);
      this.#trialHost.take();
      return new TransferTrials(twin, this.#trialHost, this.values);
    } catch (error) {
      if (error instanceof VirglError) return undefined;
      throw error;
    }
  }

  #noteResource(shape: ResourceShape, resource: Resource, trials: TransferTrials, code: Code): void {
    const { resourceId, backing } = shape;
    const name = this.names.wordOf('resource', resourceId);
    this.#resources.add(resourceId, { resource, name });
    this.#trials.set(resourceId, trials);
    this.#users.set(resourceId, new Set());
    this.#backings.delete(resourceId);
    const [range, ...others] = backing;
    if (range !== undefined && others.length === 0 && range.offsetBytes === 0)
      this.#backings.set(resourceId, range.memoryId);
    this.emit({ code: prefixed('await ', code), declares: { name, type: 'Resource' } });
  }

  async #createAlone(call: CallRecord, shape: ResourceShape, entries: readonly Entry[]) {
    const arg = objectTerm(entries);
    const resource = await Resource.create(this.#host, shape.resourceId, arg.value as never);
    this.#expectCalls([call]);
    const code = listCode('Resource.create(', ['host', String(shape.resourceId), arg.code], ')');
    return { resource, code, taken: 1 };
  }

  async #createAttached(call: CallRecord, live: LiveContext, entries: readonly Entry[]) {
    const arg = objectTerm(entries);
    const resource = await live.context.createResource(arg.value as never);
    this.#expectCalls([call, this.#queue.callAhead(1) ?? call]);
    return { resource, code: listCode(`${live.name}.createResource(`, [arg.code], ')'), taken: 2 };
  }

  // A buffer that is filled at once.
  async #createBuffer(call: CallRecord, live: LiveContext, shape: ResourceShape, id: readonly Entry[]) {
    const { resourceId, target, bind, width } = shape;
    const flushes = live.pendingDwords > 0;
    const write = this.#ahead(flushes ? 3 : 2);
    const { from } = write === undefined ? {} : (argsOf(write) as { from?: unknown });
    if (id.length > 0 || target !== TextureTarget.BUFFER || !(from instanceof Uint8Array)) return undefined;
    const data = dataTerm(from, this.values);
    const arg = objectTerm([
      ['bind', { value: bind, code: this.values.names.flags('Bind', bind) }],
      ['data', data],
    ]);
    const created = {
      name: 'resourceCreate',
      args: { resourceId, target, format: 64, bind, width },
    } as const;
    const box = { x: 0, y: 0, z: 0, w: width, h: 1, d: 1 };
    const written = { name: 'transferWriteIov', args: { resourceId, box, from } } as const;
    if (!isSameCall(call, created) || write === undefined || !isSameCall(write, written)) return undefined;
    const dwords = live.context.commands.view().slice();
    const submit = flushes ? [this.#submitOf({ live, dwords })] : [];
    const between = flushes ? this.#ahead(2) : undefined;
    if (flushes && !(between !== undefined && submit[0] !== undefined && isSameCall(between, submit[0])))
      return undefined;
    const resource = await live.context.createBuffer(arg.value as never);
    const attach = { name: 'ctxAttachResource', args: { contextId: live.context.id, resourceId } } as const;
    this.#expectCalls([call, attach, ...submit, write]);
    if (flushes) this.#countByClass(dwords);
    const code = listCode(`${live.name}.createBuffer(`, [arg.code], ')');
    return { resource, code, taken: 3 + submit.length };
  }

  async #attachScratch(live: LiveContext, resource: Resource): Promise<void> {
    this.#users.get(resource.id)?.add(live);
    await live.scratch.attach(resource);
    this.#host.take();
  }

  async #attach(call: CallRecord): Promise<number> {
    const { contextId, resourceId } = argsOf(call) as { contextId: number; resourceId: number };
    const live = this.#contexts.get(contextId);
    const known = this.#resources.get(resourceId);
    if (this.#isRefused() || live === undefined || known === undefined) return 0;
    await this.#flushUnsent();
    await live.context.attach(known.resource);
    this.#expectCalls([call]);
    await this.#attachScratch(live, known.resource);
    this.emit({ code: `await ${live.name}.attach(${known.name})` });
    return 1;
  }

  #attachIov(call: CallRecord): Promise<number> {
    const { resourceId, backing } = argsOf(call) as { resourceId: number; backing?: unknown };
    const [range, ...others] = Array.isArray(backing) ? (backing as unknown[]) : [];
    if (isRange(range) && others.length === 0 && range.offsetBytes === 0)
      this.#backings.set(resourceId, range.memoryId);
    return Promise.resolve(0);
  }

  // Contexts that would send something that the trace does not send here.
  #isDisturbed(resourceId: number, except?: LiveContext): boolean {
    const users = [...(this.#users.get(resourceId) ?? [])];
    return users.some((live) => live !== except && live.pendingDwords > 0);
  }

  // Whether contexts would destroy views with the resource.
  #hasViews(resource: Resource, except?: LiveContext): boolean {
    const users = [...(this.#users.get(resource.id) ?? [])];
    const others = users.filter((live) => live !== except);
    return others.some((live) => live.implicitOf(resource).length > 0 || live.spoiled.has(resource));
  }

  async #unref(call: CallRecord): Promise<number> {
    const { resourceId } = argsOf(call) as { resourceId: number };
    const known = this.#resources.get(resourceId);
    if (known === undefined) return 0;
    await this.#flushUnsent();
    if (this.#isRefused() || this.#hasViews(known.resource) || this.#isDisturbed(resourceId)) {
      this.addHostCall(call);
      this.callNumber -= 1;
    } else {
      await known.resource.destroy();
      this.#expectCalls([call]);
      this.emit({ code: `await ${known.name}.destroy()` });
    }
    this.#forget(resourceId);
    return 1;
  }

  #forget(resourceId: number): void {
    this.#resources.remove(resourceId);
    this.#users.delete(resourceId);
    this.#trials.delete(resourceId);
  }

  // The resource that ends behind a submit, if its views end with that submit as the class would have it.
  #endingBehind(live: LiveContext, dwords: Uint32Array): { known: LiveResource; tail: number } | undefined {
    const next = this.#ahead(1);
    const known =
      next?.name === 'resourceUnref' ? this.#resources.get(Number(argsOf(next).resourceId)) : undefined;
    if (known === undefined || dwords.length >= FLUSH_DWORDS || live.spoiled.has(known.resource))
      return undefined;
    const { resource } = known;
    const tail = live.endOfViews(resource);
    const isTail = tail.length > 0 && isEqual(dwords.subarray(-tail.length), tail);
    const isAlone = !this.#hasViews(resource, live) && !this.#isDisturbed(resource.id, live);
    return isTail && isAlone ? { known, tail: tail.length } : undefined;
  }

  async #endWithViews(
    call: CallRecord,
    live: LiveContext,
    { resource, name }: LiveResource,
  ): Promise<number> {
    await resource.destroy();
    this.#expectCalls([call, { name: 'resourceUnref', args: { resourceId: resource.id } }]);
    this.emit({ code: `await ${name}.destroy()` });
    live.forget(resource);
    this.#forget(resource.id);
    return 2;
  }

  async #contextDestroy(call: CallRecord): Promise<number> {
    const live = this.#contexts.get(Number(argsOf(call).contextId));
    if (live === undefined) return 0;
    await this.#flushUnsent();
    const isEmpty = live.pendingDwords === 0 && [...live.owned].every((resource) => resource.destroyed);
    if (this.#isRefused() || !isEmpty) {
      this.addHostCall(call);
      this.callNumber -= 1;
    } else {
      await live.context.destroy();
      this.#expectCalls([call]);
      this.emit({ code: `await ${live.name}.destroy()` });
    }
    this.#abandon(live);
    return 1;
  }

  // From here on the context is a number.
  #abandon(live: LiveContext): void {
    this.#contexts.delete(live.context.id);
    for (const users of this.#users.values()) users.delete(live);
  }

  async #read(call: CallRecord): Promise<number> {
    if (!(argsOf(call).into instanceof Uint8Array)) return 0;
    const trials = this.#trials.get(Number(argsOf(call).resourceId));
    return this.#transfer(call, 'read', (await trials?.reads(call)) ?? []);
  }

  async #write(call: CallRecord): Promise<number> {
    if (!(argsOf(call).from instanceof Uint8Array)) return 0;
    const trials = this.#trials.get(Number(argsOf(call).resourceId));
    const bytesOf = (count: number): Uint8Array | undefined => {
      const parts = [call, ...Array.from({ length: count - 1 }, (_, at) => this.#ahead(at + 1))];
      const bytes = parts.map((part) => (part === undefined ? undefined : argsOf(part).from));
      return bytes.every((each) => each instanceof Uint8Array)
        ? Uint8Array.from(Buffer.concat(bytes))
        : undefined;
    };
    return this.#transfer(call, 'write', (await trials?.writes(call, bytesOf)) ?? []);
  }

  async #transfer(
    call: CallRecord,
    method: 'read' | 'write',
    transfers: readonly Transfer[],
  ): Promise<number> {
    const known = this.#resources.get(Number(argsOf(call).resourceId));
    const isSame = ({ calls }: Transfer): boolean =>
      calls.length > 0 &&
      calls.every((made, at) => {
        const recorded = at === 0 ? call : this.#ahead(at);
        return recorded !== undefined && isSameCall(made, recorded);
      });
    const transfer = transfers.find(isSame);
    if (this.#isRefused() || known === undefined || transfer === undefined) return 0;
    const users = this.#users.get(known.resource.id);
    if (this.#unsent !== undefined && users?.has(this.#unsent.live) !== true) await this.#flushUnsent();
    if (this.#isDisturbed(known.resource.id, this.#unsent?.live)) return 0;
    this.flushWrites();
    const sent = this.#takeUnsent();
    await (known.resource[method] as (...args: unknown[]) => Promise<unknown>)(
      ...transfer.args.map(({ value }) => value),
    );
    this.#expectCalls([...sent, ...transfer.calls]);
    const args = transfer.args.map(({ code }) => code);
    this.emit({ code: prefixed('await ', listCode(`${known.name}.${method}(`, args, ')')) });
    return transfer.calls.length;
  }

  async #fence(call: CallRecord): Promise<number> {
    const { contextId } = argsOf(call) as { contextId?: number };
    const live = contextId === undefined ? undefined : this.#contexts.get(contextId);
    const usual = { name: 'createFence', args: { contextId } } as const;
    if (live === undefined || this.#isRefused() || !isSameCall(call, usual)) return 0;
    if (this.#unsent?.live !== live) await this.#flushUnsent();
    if (this.#unsent === undefined && live.pendingDwords > 0) return 0;
    const sent = this.#takeUnsent();
    await live.context.finished();
    this.#expectCalls([...sent, call]);
    this.emit({ code: `p.fence(${live.name}.finished())` });
    return 1;
  }

  #memoryOf(resourceId: number): ProgramMemory | undefined {
    const memoryId = this.#backings.get(resourceId);
    if (memoryId === undefined) return undefined;
    const code = `p.shared(${this.names.id('memory', memoryId)})`;
    // Nothing looks into it before there is a result.
    return { value: {} as SharedMemory, code };
  }

  #nameFor(live: LiveContext, word: string, handle: number): string {
    const name = `${word}${handle}`;
    const owner = this.#objectNames.get(name) ?? live;
    this.#objectNames.set(name, owner);
    return owner.name === live.name ? name : `${name}Of${live.name.replace(/^c/, 'C')}`;
  }

  #countByClass(dwords: Uint32Array): void {
    const count = this.stream.countOf(dwords);
    this.stream.counts.commands += count;
    this.stream.counts.byClass += count;
  }

  async #submit(call: CallRecord): Promise<number> {
    if (!isSubmit(call)) return 0;
    const live = this.#contexts.get(call.args.contextId);
    const dwords = live === undefined ? undefined : commandsOf(call, this.memories);
    if (live === undefined || dwords === undefined) return 0;
    await this.#flushUnsent();
    const before = live.context.commands.view().slice();
    if (!isEqual(before, dwords.subarray(0, before.length))) {
      this.#abandon(live);
      return 0;
    }
    this.#current = live;
    live.isSent = false;
    this.#countByClass(before);
    this.#comment(dwords, before.length);
    const ending = this.#isRefused() ? undefined : this.#endingBehind(live, dwords);
    const written = ending === undefined ? dwords : dwords.subarray(0, dwords.length - ending.tail);
    const share = await writeStream(this.#streamParts(), live, written, before.length);
    this.stream.counts.commands += share.commands;
    this.stream.counts.byClass += share.byClass;
    this.#current = undefined;
    if (ending !== undefined) {
      this.#countByClass(dwords.subarray(written.length));
      return this.#endWithViews(call, live, ending.known);
    }
    if (!live.isSent) await this.#send(call, live, dwords);
    if (FINAL.has(this.refused.get(this.callNumber) ?? 'ERR_VIRGL_ARGUMENT')) this.#abandon(live);
    return 1;
  }

  #comment(dwords: Uint32Array, from: number): void {
    const first = this.stream.counts.commands;
    const last = first + this.stream.countOf(dwords.subarray(from)) - 1;
    if (last >= first)
      this.emit({ comment: first === last ? `command ${first}` : `commands ${first} to ${last}` });
  }

  #streamParts(): ClassStreamParts {
    return {
      values: this.values,
      raw: this.stream,
      emit: (statement) => this.emit(statement),
      memoryOf: (resourceId) => this.#memoryOf(resourceId),
      nameOf: (live, word, handle) => this.#nameFor(live, word, handle),
    };
  }

  async #send(
    call: CallRecord<'submitCmd' | 'submitCmd2'>,
    live: LiveContext,
    dwords: Uint32Array,
  ): Promise<void> {
    const isFlush = isSameCall(call, this.#submitOf({ live, dwords })) && dwords.length > 0;
    if (!isFlush) {
      live.context.commands.reset();
      this.addSubmit(call, `${live.name}.commands`, () => undefined);
      this.callNumber -= 1;
      return;
    }
    this.#unsent = { live, dwords };
    if (!this.#isRefused()) return;
    this.#unsent = undefined;
    await live.context.flush();
    this.#expectCalls([call]);
    this.emit({ code: `await p.refused(${live.name}.flush())` });
  }
}
