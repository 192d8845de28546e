// Ids that mean the same though they are other numbers: memory always, resources, contexts and fences on request. What counts is
// the order in which things were made.

import type { Command, Field, Fields } from '../../protocol';
import { layoutOf } from '../../protocol/layout-of';
import type { CallRecord, TraceRecord } from '../model';

type Values = Readonly<Record<string, unknown>>;

/** Numbers in order of appearance. An id that is made again gets a new number. */
class Ordinals {
  readonly #numbers = new Map<unknown, number>();
  #next = 1;

  make(id: unknown): number {
    const number = this.#next++;
    this.#numbers.set(id, number);
    return number;
  }

  of(id: unknown): number {
    return this.#numbers.get(id) ?? this.make(id);
  }
}

const MAKERS: readonly string[] = ['resourceCreate', 'resourceCreateBlob', 'resourceImportBlob'];
const FENCES: readonly string[] = ['createFence', 'contextCreateFence'];
/** Argument of a call, or unit of a command's field, by what it names. */
const ARGUMENTS: Readonly<Record<string, 'resources' | 'contexts' | 'fences'>> = {
  resourceId: 'resources',
  contextId: 'contexts',
  fenceId: 'fences',
};

/** The ids of one trace. Records must be shown to it in order. */
export class Renumbering {
  readonly #memories = new Ordinals();
  readonly #ids = { resources: new Ordinals(), contexts: new Ordinals(), fences: new Ordinals() };

  constructor(private readonly ignoreIds: boolean) {}

  /** Takes in what a record makes. */
  follow(record: TraceRecord): void {
    if (record.kind === 'memory') this.#memories.make(record.memoryId);
    if (record.kind !== 'call') return;
    const args = (record.args ?? {}) as Values;
    if (MAKERS.includes(record.name)) this.#ids.resources.make(args.resourceId);
    else if (record.name === 'contextCreate') this.#ids.contexts.make(args.contextId);
    else if (FENCES.includes(record.name) && args.fenceId !== undefined) this.#ids.fences.make(args.fenceId);
  }

  memory(id: number): number {
    return this.#memories.of(id);
  }

  context(id: number): number {
    return this.ignoreIds && id !== 0 ? this.#ids.contexts.of(id) : id;
  }

  /** The arguments of a call, renumbered. */
  args({ args }: CallRecord): unknown {
    return this.#value(args);
  }

  /** A command, renumbered. */
  command(command: Command): Command {
    if (!this.ignoreIds || command.name === 'UNKNOWN') return command;
    const fields = layoutOf(command)?.fields;
    if (fields === undefined) return command;
    return { ...command, fields: this.#fields(fields, command.fields as Values) } as Command;
  }

  #value(value: unknown): unknown {
    if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
    if (Array.isArray(value)) return value.map((item) => this.#value(item));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#argument(key, item)]));
  }

  #argument(key: string, value: unknown): unknown {
    if (key === 'memoryId') return this.memory(Number(value));
    const what = ARGUMENTS[key];
    if (!this.ignoreIds || what === undefined || value === 0 || value === undefined)
      return this.#value(value);
    return this.#ids[what].of(value);
  }

  #fields(fields: Fields, values: Values): Values {
    const renumbered: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(values)) {
      const field = fields[name];
      renumbered[name] = field === undefined || value === undefined ? value : this.#field(field, value);
    }
    return renumbered;
  }

  #field(field: Field, value: unknown): unknown {
    switch (field.kind) {
      case 'scalar':
        return field.unit === 'resource' && value !== 0 ? this.#ids.resources.of(value) : value;
      case 'struct':
        return this.#fields(field.fields, value as Values);
      case 'list':
        return Array.from(value as ArrayLike<unknown>, (item) => this.#field(field.item, item));
      default:
        return value;
    }
  }
}
