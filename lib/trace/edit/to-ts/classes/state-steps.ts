// Steps of a stream that set state: as many commands as one call can say, and the views that the context makes for them by itself.

import { type ContextState, type Resource, SamplerView, Surface } from '../../../../renderer';
import type { StateTarget } from '../../../../renderer/context-state';
import { stateOrder, withViewport, writeState } from '../../../../renderer/write-state';
import { listCode } from '../code';
import { isEqual } from '../stream';
import type { ImplicitView } from './live-context';
import { STATE_CALLS, type StateEntry, type StateScope, viewTerms, withEntry } from './state-calls';
import { attempt, type KnownCommand, type StreamWalk, type Values } from './stream-walk';
import { Inexpressible, objectTerm } from './term';

type View = ImplicitView & { readonly view: Surface | SamplerView };

/** Writes state. */
export class StateSteps {
  readonly #walk: StreamWalk;

  constructor(walk: StreamWalk) {
    this.#walk = walk;
  }

  /** Sets the state that comes next. @returns whether it could */
  set(): boolean {
    return this.#setState(this.#walk.index, new Map());
  }

  /** Sets state for which the context makes views by itself, with these. @returns whether it could */
  setWithViews(): boolean {
    if (this.#walk.live.verbatim) return false;
    const pending = new Map<number, ImplicitView>();
    let at = this.#walk.index;
    for (; ; at += 1) {
      const command = this.#walk.known(at);
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
    const { live } = this.#walk;
    const resource = live.resources.get(id)?.resource;
    if (resource === undefined || live.spoiled.has(resource) || handle !== live.nextHandle + before)
      return undefined;
    const kind = command.object === 'SURFACE' ? 'surface' : 'samplerView';
    const method = kind === 'surface' ? 'createSurface' : 'createSamplerView';
    const dwords = attempt(() => live.dryOnScratch((scratch) => scratch[method]({ resource, handle })));
    const at = command.index;
    if (dwords === undefined || !isEqual(dwords, this.#walk.dwords(at, at + 1))) return undefined;
    return { resource, kind };
  }

  // As many state commands as one call can set, from `first`.
  #entries(first: number, scope: StateScope): (readonly StateEntry[])[] {
    const runs: (readonly StateEntry[])[] = [];
    let entries: readonly StateEntry[] = [];
    for (let at = first; ; at += 1) {
      const command = this.#walk.known(at);
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
    const { live, parts } = this.#walk;
    const scope: StateScope = { live, values: parts.values, ...viewTerms(live, pending) };
    const runs = this.#entries(first, scope);
    for (let length = runs.length; length > 0; length -= 1) {
      const entries = runs[length - 1] ?? [];
      const end = first + length;
      if (!this.#walk.fits(end)) continue;
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
    const { live, parts } = this.#walk;
    const arg = objectTerm(entries);
    const state = arg.value as ContextState;
    const made = new Map<number, View>();
    const dwords = attempt(() => this.#dryState(state, [...pending], made));
    if (dwords === undefined || made.size !== pending.size || !isEqual(dwords, this.#walk.dwords(first, end)))
      return false;
    const recorded = live.commit((context) => context.setState(state));
    this.#walk.took(end, recorded, 'setState');
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
    made: Map<number, View>,
  ): Uint32Array {
    const { live } = this.#walk;
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
}
