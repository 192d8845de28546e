// A vtest connection has one context. The contexts of a host are sub-contexts of it: each has one for its own sub-context 0,
// and one for each that its streams create.

import { CommandEncoder } from '../../protocol';

/** Ids of sub-contexts on one connection. 0 is nobody's: it can't be destroyed. */
export class SubContextIds {
  #last = 0;

  next(): number {
    return (this.#last += 1);
  }
}

type SubContextCommand = 'setSubCtx' | 'createSubCtx' | 'destroySubCtx';

const encoder = new CommandEncoder({ capacityDwords: 16 });

/** One command about a sub-context of the server. */
const subContextCommand = (command: SubContextCommand, id: number): Uint32Array =>
  encoder.reset()[command]({ id }).finish();

/** The sub-contexts of one context, and the queries in them. */
export class ContextSubs {
  /** By the id that the context's streams use. */
  readonly #ids = new Map<number, number>();
  /** By id on the server: where the results of queries go. */
  readonly #queries = new Map<number, Map<number, number>>();
  #current: number;
  #selected: { id: number; words: Uint32Array } | undefined;

  constructor(private readonly ids: SubContextIds) {
    this.#current = ids.next();
    this.#ids.set(0, this.#current);
  }

  /** The one that the next command is for, by its id on the server. */
  get current(): number {
    return this.#current;
  }

  /** SET_SUB_CTX of a sub-context of the server; the one asked for last is at hand. */
  select(id: number): Uint32Array {
    if (this.#selected?.id !== id) this.#selected = { id, words: subContextCommand('setSubCtx', id) };
    return this.#selected.words;
  }

  /** What makes the context. */
  begin(): Uint32Array[] {
    return [subContextCommand('createSubCtx', this.#current)];
  }

  /** What ends the context with all that is in it. */
  end(): Uint32Array[] {
    return [...this.#ids.values()].map((id) => subContextCommand('destroySubCtx', id));
  }

  /** SET_SUB_CTX of a stream. Hosts ignore ids that they don't know. */
  set(id: number): Uint32Array[] {
    const known = this.#ids.get(id);
    if (known === undefined) return [];
    this.#current = known;
    return [this.select(known)];
  }

  /** CREATE_SUB_CTX of a stream. Hosts ignore ids that exist. */
  create(id: number): Uint32Array[] {
    if (this.#ids.has(id)) return [];
    this.#current = this.ids.next();
    this.#ids.set(id, this.#current);
    return [subContextCommand('createSubCtx', this.#current)];
  }

  /** DESTROY_SUB_CTX of a stream. After the current one sub-context 0 is current, which is another one on the server. */
  destroy(id: number): Uint32Array[] {
    const known = this.#ids.get(id);
    if (id === 0 || known === undefined) return [];
    const switched = known === this.#current ? this.set(0) : [];
    this.#ids.delete(id);
    this.#queries.delete(known);
    return [...switched, subContextCommand('destroySubCtx', known)];
  }

  /** A query was created whose results go to this resource. */
  addQuery(handle: number, resourceId: number): void {
    let queries = this.#queries.get(this.#current);
    if (queries === undefined) this.#queries.set(this.#current, (queries = new Map()));
    queries.set(handle, resourceId);
  }

  /** An object was destroyed, which may be a query. */
  removeObject(handle: number): void {
    this.#queries.get(this.#current)?.delete(handle);
  }

  /** Where the results of a query go. */
  resourceOfQuery(handle: number): number | undefined {
    return this.#queries.get(this.#current)?.get(handle);
  }
}
