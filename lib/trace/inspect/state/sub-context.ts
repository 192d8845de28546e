// Objects and bound state of one sub-context, moved on by one command at a time as the tables of bindings.ts say.

import { ENUMS, type Field, type ObjectName } from '../../../protocol';
import { layoutOf } from '../../../protocol/layout-of';
import type { StructField } from '../../../protocol';
import type { NumberedCommand } from '../numbered-commands';
import { referencesIn } from '../references';
import { BINDINGS, type Binding, type StateName } from './bindings';
import {
  ownValues,
  refOf,
  ShaderText,
  stageName,
  type CommandRef,
  type TrackedObject,
  type Values,
} from './tracked-object';

/** State that is set. */
export interface BoundSlot {
  /** Its whole name, such as `viewports[0]`, `shader.FRAGMENT`, `uniformBuffers.VERTEX[1]`. */
  readonly slot: string;
  readonly state: StateName;
  /** Name of the stage, for state of stages. */
  readonly stage?: string;
  readonly index?: number;
  /** What the schema says of the value. */
  readonly field: Field;
  /** As decoded: the fields of the command that tell the state, or the item of its list. */
  readonly value: unknown;
  /** The objects that are bound, as they were when they were bound. Handles of no object are missing. */
  readonly objects: readonly TrackedObject[];
  /** The resources that are bound without an object between. */
  readonly resources: readonly number[];
  /** The command that last set it. */
  readonly setBy: CommandRef;
}

/** How video objects are found: they belong to the context. */
export type FindVideo = (unit: 'videoCodec' | 'videoBuffer', handle: number) => TrackedObject | undefined;

const PLACE_FIELDS: readonly string[] = ['stage', 'startSlot'];
const OBJECT_TYPE_NAMES: ReadonlyMap<unknown, string> = new Map(
  Object.entries(ENUMS.ObjectType).map(([name, value]) => [value, name]),
);

/** Tells slots of the same state apart. */
interface SlotPlace {
  readonly state: StateName;
  readonly stage: string | undefined;
}

const groupOf = ({ state, stage }: SlotPlace): string => (stage === undefined ? state : `${state}.${stage}`);

// The fields of each command that are its state, as one field.
const WHOLE = new Map<string, StructField>();

const wholeField = (name: string, index: string | undefined): StructField => {
  let field = WHOLE.get(name);
  if (field === undefined) {
    const { fields = {}, doc = '' } = layoutOf({ name }) ?? {};
    const kept = Object.entries(fields).filter(
      ([key]) => !PLACE_FIELDS.includes(key) && (key !== index || index === 'handle' || index === 'codec'),
    );
    field = { kind: 'struct', dword: 0, doc, sizeDwords: 0, fields: Object.fromEntries(kept) };
    WHOLE.set(name, field);
  }
  return field;
};

const isNothing = (value: unknown): boolean =>
  value === 0 || (typeof value === 'object' && value !== null && (value as { length?: number }).length === 0);

const isEmptyItem = (item: Field, value: unknown, emptyBy: string | undefined): boolean => {
  if (item.kind === 'scalar') return item.unit === 'object' && value === 0;
  return emptyBy !== undefined && isNothing((value as Values)[emptyBy]);
};

/** A sub-context. */
export class SubContextState {
  readonly #objects = new Map<number, TrackedObject>();
  readonly #slots = new Map<string, BoundSlot>();
  // By group: one more than the highest index that was ever set.
  readonly #ends = new Map<string, number>();

  constructor(
    readonly contextId: number,
    readonly subContextId: number,
    private readonly findVideo: FindVideo,
  ) {}

  /** Objects that are alive, by handle. */
  get objects(): ReadonlyMap<number, TrackedObject> {
    return this.#objects;
  }

  /** State that is set, by the name of its slot, in the order in which the slots were first set. */
  get slots(): ReadonlyMap<string, BoundSlot> {
    return this.#slots;
  }

  /** A slot, if it is set. */
  slot(state: StateName, stage?: string, index?: number): BoundSlot | undefined {
    const group = groupOf({ state, stage });
    return this.#slots.get(index === undefined ? group : `${group}[${index}]`);
  }

  /** The slots of a state that are set, of one stage or of all. */
  slotsOf(state: StateName, stage?: string): BoundSlot[] {
    const slots = [...this.#slots.values()].filter((slot) => slot.state === state);
    return slots
      .filter((slot) => stage === undefined || slot.stage === stage)
      .sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  }

  /** Executes a command. */
  apply(numbered: NumberedCommand): void {
    const { command } = numbered;
    if (command.name === 'UNKNOWN') return;
    if (command.name === 'CREATE_OBJECT') {
      this.#create(numbered, command.object, command.fields);
    } else if (command.name === 'DESTROY_OBJECT') {
      const object = this.#objects.get(command.fields.handle);
      if (object !== undefined) object.destroyedBy = refOf(numbered);
      this.#objects.delete(command.fields.handle);
    } else {
      const binding = BINDINGS[command.name];
      if (binding !== undefined) this.#bind(numbered, binding, command.fields);
    }
  }

  #create(numbered: NumberedCommand, kind: ObjectName, fields: Values): void {
    const handle = fields.handle as number;
    const ref = refOf(numbered);
    const old = this.#objects.get(handle);
    if (fields.continuation === true) {
      if (old?.shader === undefined) return;
      (old.shader as ShaderText).add(fields);
      (old.madeBy as CommandRef[]).push(ref);
      return;
    }
    if (old !== undefined) old.destroyedBy = ref;
    const layout = layoutOf({ name: 'CREATE_OBJECT', object: kind });
    const resources = Object.entries(layout?.fields ?? {}).flatMap(([name, field]) =>
      referencesIn(field, fields[name])
        .filter(({ unit }) => unit === 'resource')
        .map(({ id }) => id),
    );
    const { contextId, subContextId } = this;
    this.#objects.delete(handle);
    this.#objects.set(handle, {
      kind,
      handle,
      contextId,
      subContextId,
      fields: ownValues(fields),
      madeBy: [ref],
      resources,
      ...(kind === 'SHADER' && { shader: new ShaderText(fields) }),
    });
  }

  #bind(numbered: NumberedCommand, binding: Binding, fields: Values): void {
    const { name } = numbered.command;
    const state =
      typeof binding.state === 'string'
        ? binding.state
        : binding.state[OBJECT_TYPE_NAMES.get(fields.type) as ObjectName];
    if (state === undefined) return;
    const place = { state, stage: binding.perStage ? stageName(fields.stage) : undefined };
    const ref = refOf(numbered);
    if (binding.items !== undefined) {
      this.#bindItems(place, binding, fields, ref);
      return;
    }
    const index = binding.index === undefined ? undefined : (fields[binding.index] as number);
    const isEmpty =
      binding.ends === true || (binding.emptyBy !== undefined && isNothing(fields[binding.emptyBy]));
    if (isEmpty) return this.#empty(place, index);
    const field = wholeField(name, binding.index);
    const kept = Object.keys(field.fields).filter((key) => fields[key] !== undefined);
    const value = ownValues(Object.fromEntries(kept.map((key) => [key, fields[key]])));
    this.#set(place, index, field, value, ref);
  }

  #bindItems(place: SlotPlace, binding: Binding, fields: Values, ref: CommandRef): void {
    const { items = '', emptyBy, endsRest } = binding;
    const list = layoutOf({ name: ref.name })?.fields[items];
    if (list?.kind !== 'list') return;
    const values = fields[items] as readonly unknown[];
    const start = Number(fields.startSlot ?? 0);
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at];
      if (isEmptyItem(list.item, value, emptyBy)) this.#empty(place, start + at);
      else this.#set(place, start + at, list.item, value, ref);
    }
    if (endsRest !== true) return;
    const end = this.#ends.get(groupOf(place)) ?? 0;
    for (let index = start + values.length; index < end; index += 1) this.#empty(place, index);
  }

  #empty(place: SlotPlace, index: number | undefined): void {
    this.#slots.delete(index === undefined ? groupOf(place) : `${groupOf(place)}[${index}]`);
  }

  #set(place: SlotPlace, index: number | undefined, field: Field, value: unknown, ref: CommandRef): void {
    const group = groupOf(place);
    const slot = index === undefined ? group : `${group}[${index}]`;
    if (index !== undefined) this.#ends.set(group, Math.max(this.#ends.get(group) ?? 0, index + 1));
    const references = referencesIn(field, value);
    const objects = references.flatMap(({ unit, id }) => {
      if (unit === 'object') return this.#objects.get(id) ?? [];
      return unit === 'videoCodec' || unit === 'videoBuffer' ? (this.findVideo(unit, id) ?? []) : [];
    });
    this.#slots.set(slot, {
      slot,
      state: place.state,
      ...(place.stage !== undefined && { stage: place.stage }),
      ...(index !== undefined && { index }),
      field,
      value,
      objects: [...new Set(objects)],
      resources: references.filter(({ unit }) => unit === 'resource').map(({ id }) => id),
      setBy: ref,
    });
  }
}
