// Sub-contexts: streams with objects and state of their own inside one context of the host.

import type { CommandEncoder } from '../protocol';

/** SET_SUB_CTX takes a header and an id. */
const PREFIX_DWORDS = 2;

/** The sub-contexts of one context. Once there are two, every submission begins by saying whose it is. */
export class SubContexts {
  #nextId = 1;
  /** Those that are alive. */
  readonly members = new Set<{ destroy(): Promise<void> }>();

  /** Begins a submission of a sub-context. */
  begin(commands: CommandEncoder, id: number): void {
    if (this.#nextId > 1) commands.setSubCtx({ id });
  }

  /** Whether a submission has nothing but its beginning. */
  isEmpty(commands: CommandEncoder): boolean {
    return commands.dwords <= (this.#nextId > 1 ? PREFIX_DWORDS : 0);
  }

  /** Makes a sub-context; `current`, whose commands are given, goes on afterwards. */
  create(commands: CommandEncoder, current: number): number {
    const id = this.#nextId++;
    commands.createSubCtx({ id });
    commands.setSubCtx({ id: current });
    return id;
  }

  /** Destroys a sub-context with all its objects. */
  destroy(commands: CommandEncoder, id: number): void {
    commands.destroySubCtx({ id });
  }
}
