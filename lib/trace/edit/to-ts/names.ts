// Names of the generated program: of contexts, resources and memories by their ids, and of what it imports.

import { ENUMS, FLAGS, type EnumName, type FlagsName } from '../../../protocol';
import { enumWord, flagWords } from '../../../protocol/text/words';
import { integerWord } from '../../../protocol/text/numbers';
import type { TraceRecord } from '../../model';
import { type Code, quoted } from './code';

/** What has ids. */
export type IdKind = 'context' | 'resource' | 'memory';

const BUFFER_TARGET = 0;

/** Names of what a program has made of the typed classes. */
export interface LiveNames {
  id(kind: IdKind, id: number): string;
  /** undefined if no class made it. */
  object(handle: number): string | undefined;
}

/** Knows what stands for a number, and remembers what was used. */
export class Names {
  /** How a program with objects of the typed classes names what it has made of them. */
  live: LiveNames | undefined;
  readonly #ids: Record<IdKind, Map<number, string>> = {
    context: new Map(),
    resource: new Map(),
    memory: new Map(),
  };
  readonly #used = new Set<string>();

  /** Looks at a record for what it makes. */
  see(record: TraceRecord): void {
    if (record.kind === 'memory') this.#ids.memory.set(record.memoryId, `memory${record.memoryId}`);
    if (record.kind !== 'call') return;
    const args = (record.args ?? {}) as { contextId?: number; resourceId?: number; target?: number };
    const { contextId, resourceId } = args;
    if (record.name === 'contextCreate' && contextId !== undefined)
      this.#ids.context.set(contextId, `context${contextId}`);
    if (resourceId === undefined || !record.name.startsWith('resource') || resourceId === 0) return;
    const known = this.#ids.resource.get(resourceId);
    const word =
      record.name !== 'resourceCreate' ? 'blob' : args.target === BUFFER_TARGET ? 'buffer' : 'texture';
    if (!['resourceCreate', 'resourceCreateBlob', 'resourceImportBlob'].includes(record.name)) return;
    const name = `${word}${resourceId}`;
    // An id that stood for something of another kind before gets the name of both.
    this.#ids.resource.set(
      resourceId,
      known === undefined || known === name ? name : `resource${resourceId}`,
    );
  }

  /** The name of an id; its number where nothing in the trace made it. */
  id(kind: IdKind, id: number): string {
    if (this.live !== undefined && kind !== 'memory') return this.live.id(kind, id);
    return this.#ids[kind].get(id) ?? String(id);
  }

  /** The handle of an object. */
  object(handle: number): string {
    return this.live?.object(handle) ?? integerWord(handle);
  }

  /** What an id was called when the trace made it. */
  wordOf(kind: IdKind, id: number): string {
    return this.#ids[kind].get(id) ?? `${kind}${id}`;
  }

  /** The lines that give the ids their names. */
  constants(): string[] {
    const kinds = this.live === undefined ? Object.values(this.#ids) : [this.#ids.memory];
    return kinds.flatMap((ids) =>
      [...ids].sort(([a], [b]) => a - b).map(([id, name]) => `const ${name} = ${id};`),
    );
  }

  /** A value of an enumeration. */
  enumeration(name: EnumName, value: number): string {
    const word = enumWord(name, value);
    if (word === undefined) return integerWord(value);
    return this.#member(name, word, ENUMS[name]);
  }

  /** A mask of flags. */
  flags(name: FlagsName, mask: number): Code {
    const words = mask === 0 ? [] : flagWords(name, mask);
    if (words.length === 0) return '0';
    // Bit 31 would make the or-ed value negative.
    const text = words
      .map((word) => (typeof word === 'number' ? integerWord(word) : this.#member(name, word, FLAGS[name])))
      .join(' | ');
    return mask > 0x7fffffff && words.length > 1 ? `(${text}) >>> 0` : text;
  }

  /** What the program imports from `virgl/protocol` besides the encoder. */
  imports(): string[] {
    return [...this.#used].sort();
  }

  #member(name: string, word: string, values: object): string {
    this.#used.add(name);
    return /^[A-Za-z_$][\w$]*$/.test(word) && word in values ? `${name}.${word}` : `${name}[${quoted(word)}]`;
  }
}
