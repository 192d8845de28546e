// Which contexts of a trace begin as those of the typed classes do: with the default state.

import { Renderer } from '../../../../renderer';
import type { TraceRecord } from '../../../model';
import { isEqual } from '../stream';
import { EMPTY_CAPSET } from './empty-capset';
import { ShadowHost } from './shadow-host';

/** The commands with which a context begins. */
export const defaultState = async (): Promise<Uint32Array> => {
  const renderer = await Renderer.open({ host: new ShadowHost(), capset: EMPTY_CAPSET });
  const context = await renderer.createContext();
  return context.commands.finish();
};

/** Finds the contexts whose first submit begins with the default state. */
export class DefaultStates {
  /** Numbers of the calls that made them. */
  readonly found = new Set<number>();
  readonly #state: Uint32Array;
  // Contexts that have submitted nothing yet, with the call that made them.
  readonly #fresh = new Map<number, number>();
  #call = 0;

  constructor(state: Uint32Array) {
    this.#state = state;
  }

  /** Looks at the next record. */
  see(record: TraceRecord): void {
    if (record.kind !== 'call') return;
    const { contextId, commands } = (record.args ?? {}) as { contextId?: number; commands?: unknown };
    const made = contextId === undefined ? undefined : this.#fresh.get(contextId);
    if (record.name === 'contextCreate' && contextId !== undefined) this.#fresh.set(contextId, this.#call);
    else if (contextId !== undefined && made !== undefined && record.name.startsWith('submitCmd')) {
      this.#fresh.delete(contextId);
      if (commands instanceof Uint32Array && isEqual(commands.subarray(0, this.#state.length), this.#state))
        this.found.add(made);
    }
    this.#call += 1;
  }
}
