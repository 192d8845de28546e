// A command stream as calls of a context's methods. Each is tried first: what the classes would not encode to the same dwords goes to the
// context's encoder.

import { type Command, decode } from '../../../../protocol';
import type { SharedMemory } from '../../../../host';
import {
  type ContextObject,
  type ContextState,
  type Resource,
  SamplerView,
  Surface,
} from '../../../../renderer';
import { stateOrder, type StateTarget, withViewport, writeState } from '../../../../renderer/context-state';
import { FLUSH_DWORDS } from '../../../../renderer/context-stream';
import { typeOfKind } from '../../../../renderer/object-table';
import { listCode, prefixed } from '../code';
import type { Statement } from '../statement';
import { dwordsOf, isEqual, packetsAt, shaderOf, type StreamWriter } from '../stream';
import type { ValueWriter } from '../values';
import type { ImplicitView, LiveContext } from './live-context';
import { OBJECT_CALLS, type ObjectCall, queryCall, shaderCall } from './object-calls';
import { STATE_CALLS, type StateEntry, type StateScope, viewTerms, withEntry } from './state-calls';
import { type Entry, Inexpressible, objectTerm, plainTerm } from './term';
import { dryWork, runWork, WORK_CALLS } from './work-calls';
import { VirglError } from '../../../../protocol/error';

type Values = Readonly<Record<string, unknown>>;
type KnownCommand = Exclude<Command, { name: 'UNKNOWN' }>;
/** Memory of the program, and how it says so. */
export interface ProgramMemory {
  readonly value: SharedMemory;
  readonly code: string;
}

/** What writing a stream needs beside its context. */
export interface ClassStreamParts {
  readonly values: ValueWriter;
  readonly raw: StreamWriter;
  emit(statement: Statement): void;
  /** The memory that is the whole backing of a buffer. */
  memoryOf(resourceId: number): ProgramMemory | undefined;
  /** A name for an object that no other context's object has. */
  nameOf(live: LiveContext, word: string, handle: number): string;
}

/** The classes gave other dwords than they were tried to give: a fault of this package. */
const differing = (live: LiveContext, what: string): Error =>
  new Error(`toTypeScript: ${what} of ${live.name} gave other commands than tried; leave the classes out`);

// What a class refuses and what has no form in it is written otherwise; all else is a fault.
const attempt = <Result>(make: () => Result): Result | undefined => {
  try {
    return make();
  } catch (error) {
    if (error instanceof Inexpressible || error instanceof VirglError) return undefined;
    throw error;
  }
};

// One stream.
class StreamWalk {
  readonly #commands: readonly Command[];
  #index = 0;

  constructor(
    readonly parts: ClassStreamParts,
    readonly live: LiveContext,
    readonly stream: Uint32Array,
    fromDword: number,
  ) {
    this.#commands = [...decode(stream, { onError: 'raw' })];
    while (this.#index < this.#commands.length && this.#start(this.#index) < fromDword) this.#index += 1;
  }

  get isDone(): boolean {
    return this.#index >= this.#commands.length;
  }

  /** Writes the next statement. @returns how many commands it stands for, and whether a class said it */
  async next(): Promise<{ commands: number; byClass: boolean }> {
    const before = this.#index;
    const byClass = (await this.#create()) || this.#state() || this.#work() || this.#destroy();
    if (!byClass) this.#raw();
    return { commands: this.#index - before, byClass };
  }

  #start(index: number): number {
    return (this.#commands[index]?.byteOffset ?? this.stream.byteLength) / 4;
  }

  #dwords(from: number, end: number): Uint32Array {
    return this.stream.subarray(this.#start(from), this.#start(end));
  }

  #known(index: number): KnownCommand | undefined {
    const command = this.#commands[index];
    if (command === undefined || command.name === 'UNKNOWN') return undefined;
    return command.residue === undefined && command.extra === undefined ? command : undefined;
  }

  // A context that is not verbatim sends long streams by itself: not before their end.
  #fits(end: number): boolean {
    const dwords = this.#start(end);
    return this.live.verbatim || dwords < FLUSH_DWORDS || end === this.#commands.length;
  }

  #took(end: number, recorded: Uint32Array, what: string): true {
    if (!isEqual(recorded, this.#dwords(this.#index, end))) throw differing(this.live, what);
    this.#index = end;
    return true;
  }

  #objectCall(command: KnownCommand): readonly [ObjectCall, number] | undefined {
    if (command.name !== 'CREATE_OBJECT') return undefined;
    const end = this.#index + 1;
    if (command.object === 'SHADER') {
      const packets = packetsAt(this.#commands, this.#index);
      const args = shaderOf(packets);
      return args === undefined ? undefined : [shaderCall(args), this.#index + packets.length];
    }
    if (command.object === 'QUERY') {
      return [queryCall(this.parts.memoryOf(command.fields.resource)), end];
    }
    const call = OBJECT_CALLS[command.object];
    return call === undefined ? undefined : [call, end];
  }

  async #create(): Promise<boolean> {
    const command = this.#known(this.#index);
    if (command === undefined || this.#implicitState()) return command !== undefined;
    const found = this.#objectCall(command);
    if (found === undefined || !this.#fits(found[1])) return false;
    const [call, end] = found;
    const { live, parts } = this;
    const fields = command.fields as Values;
    const handle = Number(fields.handle);
    const scope = { values: parts.values, resources: live.resources };
    for (const entries of attempt(() => call.descriptors(fields, scope)) ?? []) {
      if (!(await this.#givesObject(call, entries, handle, end))) continue;
      await this.#makeObject(call, entries, handle, end);
      return true;
    }
    return false;
  }

  async #givesObject(
    call: ObjectCall,
    entries: readonly Entry[],
    handle: number,
    end: number,
  ): Promise<boolean> {
    const { scratch } = this.live;
    scratch.commands.reset();
    try {
      await (scratch[call.method] as (arg: unknown) => unknown)({
        ...(objectTerm(entries).value as object),
        handle,
      });
      return isEqual(scratch.commands.view(), this.#dwords(this.#index, end));
    } catch (error) {
      if (error instanceof VirglError) return false;
      throw error;
    } finally {
      scratch.commands.reset();
    }
  }

  async #makeObject(call: ObjectCall, entries: readonly Entry[], handle: number, end: number): Promise<void> {
    const { live, parts } = this;
    const head: readonly Entry[] = handle === live.nextHandle ? [] : [['handle', plainTerm(handle)]];
    const arg = objectTerm([...head, ...entries]);
    const made = (live.context[call.method] as (arg: unknown) => ContextObject | Promise<ContextObject>).bind(
      live.context,
    );
    let object: ContextObject | Promise<ContextObject> | undefined;
    const recorded = live.commit(() => (object = made(arg.value)));
    this.#took(end, recorded, call.method);
    const name = parts.nameOf(live, call.word, handle);
    live.objects.set(handle, { object: (await object) as ContextObject, name });
    live.took(handle);
    const isEmpty = Object.keys(arg.value as object).length === 0;
    const code = listCode(`${live.name}.${call.method}(`, isEmpty ? [] : [arg.code], ')');
    const awaited = call.method === 'createQuery' ? prefixed('await ', code) : code;
    parts.emit({ code: awaited, declares: { name, type: call.type } });
  }

  // Views that the context makes by itself, and the state that asks for them.
  #implicitState(): boolean {
    if (this.live.verbatim) return false;
    const pending = new Map<number, ImplicitView>();
    let at = this.#index;
    for (; ; at += 1) {
      const command = this.#known(at);
      const view = command === undefined ? undefined : this.#wholeView(command, pending.size);
      if (view === undefined) break;
      pending.set(Number((command?.fields as Values).handle), view);
    }
    return pending.size > 0 && this.#setState(at, pending);
  }

  #wholeView(command: KnownCommand, before: number): ImplicitView | undefined {
    if (command.name !== 'CREATE_OBJECT') return undefined;
    if (command.object !== 'SURFACE' && command.object !== 'SAMPLER_VIEW') return undefined;
    const { handle, resource: id } = command.fields;
    const { live } = this;
    const resource = live.resources.get(id)?.resource;
    if (resource === undefined || live.spoiled.has(resource) || handle !== live.nextHandle + before)
      return undefined;
    const kind = command.object === 'SURFACE' ? 'surface' : 'samplerView';
    const method = kind === 'surface' ? 'createSurface' : 'createSamplerView';
    const dwords = attempt(() => live.dryOnScratch((scratch) => scratch[method]({ resource, handle })));
    const at = command.index;
    if (dwords === undefined || !isEqual(dwords, this.#dwords(at, at + 1))) return undefined;
    return { resource, kind };
  }

  #state(): boolean {
    return this.#setState(this.#index, new Map());
  }

  // As many state commands as one call can set, from `first`.
  #entries(first: number, scope: StateScope): (readonly StateEntry[])[] {
    const runs: (readonly StateEntry[])[] = [];
    let entries: readonly StateEntry[] = [];
    for (let at = first; ; at += 1) {
      const command = this.#known(at);
      const toState = command === undefined ? undefined : STATE_CALLS[command.name];
      if (command === undefined || toState === undefined) return runs;
      const entry = attempt(() => toState(command.fields as Values, scope));
      const last = entries.at(-1);
      if (entry === undefined || (last !== undefined && stateOrder(entry[0]) < stateOrder(last[0])))
        return runs;
      const more = withEntry(entries, entry);
      if (more === undefined) return runs;
      entries = more;
      runs.push(entries);
    }
  }

  #setState(first: number, pending: ReadonlyMap<number, ImplicitView>): boolean {
    const { live, parts } = this;
    const scope: StateScope = { live, values: parts.values, ...viewTerms(live, pending) };
    const runs = this.#entries(first, scope);
    for (let length = runs.length; length > 0; length -= 1) {
      const entries = runs[length - 1] ?? [];
      const end = first + length;
      if (!this.#fits(end)) continue;
      // A viewport of the whole framebuffer comes by itself.
      const without = entries.filter(([key]) => key !== 'viewport');
      for (const said of without.length < entries.length ? [without, entries] : [entries])
        if (said.length > 0 && this.#trySetState(said, first, end, pending)) return true;
    }
    return false;
  }

  #trySetState(
    entries: readonly StateEntry[],
    first: number,
    end: number,
    pending: ReadonlyMap<number, ImplicitView>,
  ): boolean {
    const { live, parts } = this;
    const arg = objectTerm(entries);
    const state = arg.value as ContextState;
    const made = new Map<number, ImplicitView & { view: Surface | SamplerView }>();
    const dwords = attempt(() => this.#dryState(state, [...pending], made));
    if (dwords === undefined || made.size !== pending.size || !isEqual(dwords, this.#dwords(first, end)))
      return false;
    const recorded = live.commit((context) => context.setState(state));
    this.#took(end, recorded, 'setState');
    live.noteState(state);
    for (const [handle, view] of made) {
      live.implicit.set(handle, view);
      live.took(handle);
    }
    parts.emit({ code: listCode(`${live.name}.setState(`, [arg.code], ')') });
    return true;
  }

  #dryState(
    state: ContextState,
    pending: (readonly [number, ImplicitView])[],
    made: Map<number, ImplicitView & { view: Surface | SamplerView }>,
  ): Uint32Array {
    const { live } = this;
    const viewOf = (kind: ImplicitView['kind'], resource: Resource, field: string): Surface | SamplerView => {
      live.idOf(field, resource);
      const same = (view: ImplicitView): boolean => view.kind === kind && view.resource === resource;
      const known = [...live.implicit.values(), ...made.values()].find(same);
      if (known !== undefined) return known.view;
      const next = pending.shift();
      if (next === undefined || !same(next[1])) throw new Inexpressible('view');
      const [handle] = next;
      const { width, height } = resource.descriptor;
      const view =
        kind === 'surface'
          ? new Surface(live.context, handle, undefined, { width, height })
          : new SamplerView(live.context, handle, undefined);
      made.set(handle, { ...next[1], view });
      return view;
    };
    return live.dry((commands) => {
      const target: StateTarget = {
        commands,
        owner: live.context,
        surfaceOf: (field, resource) => viewOf('surface', resource, field) as Surface,
        samplerViewOf: (field, resource) => viewOf('samplerView', resource, field) as SamplerView,
        resourceId: (field, resource) => live.idOf(field, resource as Resource),
      };
      const moved = live.inputs.with(state).apply(state, live.inputs);
      writeState(target, live.verbatim ? moved : withViewport(moved));
    });
  }

  #work(): boolean {
    const command = this.#known(this.#index);
    const toCalls = command === undefined ? undefined : WORK_CALLS[command.name];
    const end = this.#index + 1;
    if (command === undefined || toCalls === undefined || !this.#fits(end)) return false;
    const { live, parts } = this;
    const calls = attempt(() => toCalls(command.fields as Values, { live, values: parts.values })) ?? [];
    for (const call of calls) {
      const dwords = attempt(() => dryWork(call, live));
      if (dwords === undefined || !isEqual(dwords, this.#dwords(this.#index, end))) continue;
      const recorded = live.commit((context) => runWork(call, context));
      parts.emit({ code: listCode(`${live.name}.${call.method}(`, [call.arg.code], ')') });
      return this.#took(end, recorded, call.method);
    }
    return false;
  }

  #destroy(): boolean {
    const command = this.#known(this.#index);
    if (command === undefined || command.name !== 'DESTROY_OBJECT') return false;
    const { live, parts } = this;
    const { handle, type } = command.fields;
    const known = live.objects.get(handle);
    if (known === undefined || known.object.destroyed || typeOfKind(known.object.kind) !== type) return false;
    const dwords = live.dry((encoder) => encoder.destroyObject({ type, handle }));
    if (!isEqual(dwords, this.#dwords(this.#index, this.#index + 1))) return false;
    const recorded = live.commit(() => known.object.destroy());
    live.objects.delete(handle);
    parts.emit({ code: `${known.name}.destroy()` });
    return this.#took(this.#index + 1, recorded, 'destroy');
  }

  #raw(): void {
    const { live, parts } = this;
    const packets = packetsAt(this.#commands, this.#index);
    const [command] = this.#commands.slice(this.#index);
    if (command === undefined) return;
    const whole = parts.raw.shaderCode(this.stream, packets);
    const end = this.#index + (whole === undefined ? 1 : packets.length);
    live.context.commands.append(dwordsOf(this.stream, command, this.#commands[end - 1] ?? command));
    if (command.name === 'DESTROY_OBJECT') {
      const implicit = live.implicit.get(command.fields.handle);
      if (implicit !== undefined) live.spoiled.add(implicit.resource);
      live.implicit.delete(command.fields.handle);
    }
    const code = whole ?? parts.raw.commandCode(this.stream, command);
    parts.emit({ code: prefixed(`${live.name}.commands.`, code) });
    this.#index = end;
  }
}

/** How many commands were written in which way. */
export interface StreamShare {
  commands: number;
  byClass: number;
}

/** Writes the statements of a stream, from a dword on, that its context is to record. */
export const writeStream = async (
  parts: ClassStreamParts,
  live: LiveContext,
  stream: Uint32Array,
  fromDword: number,
): Promise<StreamShare> => {
  const walk = new StreamWalk(parts, live, stream, fromDword);
  const share: StreamShare = { commands: 0, byClass: 0 };
  while (!walk.isDone) {
    const { commands, byClass } = await walk.next();
    share.commands += commands;
    if (byClass) share.byClass += commands;
  }
  return share;
};
