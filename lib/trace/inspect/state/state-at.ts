// The state at a command as one plain value, which JSON can hold.

import { printCommand, type JsonValue } from '../../../protocol';
import { invalidArgument } from '../../../protocol/error';
import { layoutOf } from '../../../protocol/layout-of';
import { valueJson } from '../../../protocol/text/json';
import { valueWord } from '../../../protocol/text/print';
import type { TraceRange, TraceSource } from '../../model';
import { argumentsJson } from '../call-words';
import type { NumberedCommand } from '../numbered-commands';
import { BINDINGS, type StateName } from './bindings';
import type { ContextState } from './context';
import type { TrackedResource } from './resources';
import type { BoundSlot, SubContextState } from './sub-context';
import type { CommandRef, TrackedObject, Values } from './tracked-object';
import { GalliumTracker } from './tracker';

/** A command, and where it stands. */
export interface StateCommand extends CommandRef {
  readonly frame: number;
  readonly contextId: number;
  readonly subContextId: number;
  /** As `dump` prints it. */
  readonly text: string;
}

/** State that is set. */
export interface SlotState {
  /** Its whole name, such as `samplerViews.FRAGMENT[0]`. */
  readonly slot: string;
  readonly state: StateName;
  readonly stage?: string;
  readonly index?: number;
  readonly value: JsonValue;
  /** The same as text. */
  readonly text: string;
  /** The objects that are bound; `madeBy` tells objects of the same handle apart. */
  readonly objects: readonly { kind: string; handle: number; madeBy: number }[];
  /** The resources that are bound, directly or by objects. */
  readonly resources: readonly number[];
  readonly setBy: CommandRef;
}

/** An object that is alive, or bound though destroyed. */
export interface ObjectState {
  readonly kind: string;
  readonly handle: number;
  /** The fields that it was made with, but for the text of a shader. */
  readonly fields: Readonly<Record<string, JsonValue>>;
  /** The same as text. */
  readonly text: string;
  readonly madeBy: readonly CommandRef[];
  readonly destroyedBy?: CommandRef;
  readonly resources: readonly number[];
  readonly shader?: { stage: string; isComplete: boolean; text: string };
}

/** A sub-context. */
export interface SubContextReport {
  readonly subContextId: number;
  readonly slots: readonly SlotState[];
  readonly objects: readonly ObjectState[];
}

/** A context. */
export interface ContextReport {
  readonly contextId: number;
  readonly capsetId: number;
  readonly name: string;
  /** The call that made it; absent for one from before the trace. */
  readonly call?: number;
  readonly currentSubContextId: number;
  readonly subContexts: readonly SubContextReport[];
  /** Video codecs and buffers. */
  readonly video: readonly ObjectState[];
}

/** A resource. */
export interface ResourceReport {
  readonly resourceId: number;
  /** The call that made it, by name and number. */
  readonly maker: string;
  readonly call: number;
  readonly args: Readonly<Record<string, JsonValue>>;
  readonly contexts: readonly number[];
  readonly backing: readonly TraceRange[];
  /** What a command told of a blob. */
  readonly typed?: { readonly fields: Readonly<Record<string, JsonValue>>; readonly by: CommandRef };
  /** Of a buffer: how many of its bytes are known from what the client wrote. */
  readonly knownBytes?: number;
}

/** Everything that is bound and alive after a command. */
export interface TraceState {
  readonly command: StateCommand;
  readonly contexts: readonly ContextReport[];
  readonly resources: readonly ResourceReport[];
  readonly memory: readonly { memoryId: number; sizeBytes: number }[];
}

const SHADER_TEXT_FIELDS: readonly string[] = ['text', 'chunk', 'lengthOrOffset', 'continuation'];

const firstNumber = ({ madeBy }: TrackedObject): number => madeBy[0]?.number ?? 0;

const objectFields = (object: TrackedObject): [string, JsonValue, string][] => {
  const isGallium = object.kind !== 'VIDEO_CODEC' && object.kind !== 'VIDEO_BUFFER';
  const layout = layoutOf(
    isGallium ? { name: 'CREATE_OBJECT', object: object.kind } : { name: `CREATE_${object.kind}` },
  );
  return Object.entries(layout?.fields ?? {})
    .filter(([name]) => name !== 'handle' && object.fields[name] !== undefined)
    .filter(([name]) => object.shader === undefined || !SHADER_TEXT_FIELDS.includes(name))
    .map(([name, field]) => {
      const value = object.fields[name];
      return [name, valueJson(field, value), `${name}=${valueWord(field, value)}`];
    });
};

const objectState = (object: TrackedObject): ObjectState => {
  const fields = objectFields(object);
  const { kind, handle, madeBy, destroyedBy, resources, shader } = object;
  return {
    kind,
    handle,
    fields: Object.fromEntries(fields.map(([name, json]) => [name, json])),
    text: fields.map(([, , text]) => text).join(' '),
    madeBy: [...madeBy],
    ...(destroyedBy !== undefined && { destroyedBy }),
    resources,
    ...(shader && {
      shader: { stage: shader.stage, isComplete: shader.isComplete, text: shader.text },
    }),
  };
};

const slotState = (bound: BoundSlot): SlotState => {
  const { slot, state, stage, index, field, value, objects, resources, setBy } = bound;
  const text = valueWord(field, value);
  const all = [...resources, ...objects.flatMap((object) => object.resources)];
  return {
    slot,
    state,
    ...(stage !== undefined && { stage }),
    ...(index !== undefined && { index }),
    value: valueJson(field, value),
    text: field.kind === 'struct' ? text.slice(1, -1) : text,
    objects: objects.map((object) => ({
      kind: object.kind,
      handle: object.handle,
      madeBy: firstNumber(object),
    })),
    resources: [...new Set(all)],
    setBy,
  };
};

// The order of the table of bindings, in which state is read best.
const STATE_ORDER: readonly string[] = Object.values(BINDINGS).flatMap(({ state }) =>
  typeof state === 'string' ? [state] : Object.values(state),
);

const slotsInOrder = (sub: SubContextState): BoundSlot[] =>
  [...sub.slots.values()].sort(
    (a, b) =>
      STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) ||
      (a.stage ?? '').localeCompare(b.stage ?? '') ||
      (a.index ?? 0) - (b.index ?? 0),
  );

const subContextReport = (sub: SubContextState): SubContextReport => {
  const slots = slotsInOrder(sub);
  const objects = new Set([...sub.objects.values(), ...slots.flatMap((slot) => slot.objects)]);
  return {
    subContextId: sub.subContextId,
    slots: slots.map(slotState),
    objects: [...objects].sort((a, b) => firstNumber(a) - firstNumber(b)).map(objectState),
  };
};

const contextReport = (context: ContextState): ContextReport => {
  const { contextId, making, currentId, subContexts } = context;
  const { call, capsetId, name } = making;
  return {
    contextId,
    capsetId,
    name,
    ...(call !== undefined && { call }),
    currentSubContextId: currentId,
    subContexts: [...subContexts.values()].map(subContextReport),
    video: context
      .objects()
      .filter(({ kind }) => kind === 'VIDEO_CODEC' || kind === 'VIDEO_BUFFER')
      .map(objectState),
  };
};

const typedReport = ({ fields, by }: { fields: Values; by: CommandRef }): ResourceReport['typed'] => {
  const layout = layoutOf({ name: by.name });
  const entries = Object.entries(layout?.fields ?? {}).filter(([name]) => fields[name] !== undefined);
  return {
    fields: Object.fromEntries(entries.map(([name, field]) => [name, valueJson(field, fields[name])])),
    by,
  };
};

const resourceReport = (resource: TrackedResource): ResourceReport => {
  const { resourceId, maker, call, args, contexts, backing, typed, contents } = resource;
  const shape = Object.fromEntries(Object.entries(args).filter(([name]) => name !== 'resourceId'));
  const knownBytes = contents?.known.reduce((sum, { start, end }) => sum + end - start, 0);
  return {
    resourceId,
    maker,
    call,
    args: argumentsJson(shape),
    contexts: [...contexts.keys()],
    backing: backing?.ranges ?? [],
    ...(typed && { typed: typedReport(typed) }),
    ...(knownBytes !== undefined && { knownBytes }),
  };
};

/** What a tracker holds, as one plain value that stays as it is. */
export const reportState = (tracker: GalliumTracker, last: NumberedCommand): TraceState => {
  const { number, call, indexInCall, frame, contextId, subContextId, command } = last;
  return {
    command: {
      number,
      call,
      indexInCall,
      name: command.name,
      frame,
      contextId,
      subContextId,
      text: printCommand(command),
    },
    contexts: [...tracker.contexts.values()].map(contextReport),
    resources: [...tracker.resources.values()].map(resourceReport),
    memory: tracker.memory.sizes(),
  };
};

/**
 * Everything that is bound and alive after a command: for a draw, what it drew with.
 * @param commandNumber as `dump` numbers commands, from 0
 * @throws VirglError ERR_VIRGL_ARGUMENT for a number that no command has
 */
export const stateAt = (source: TraceSource, commandNumber: number): TraceState => {
  if (!Number.isSafeInteger(commandNumber) || commandNumber < 0)
    throw invalidArgument('stateAt', 'commandNumber', 'a whole number from 0', commandNumber);
  const tracker = new GalliumTracker();
  for (const record of source.records()) {
    for (const numbered of tracker.steps(record)) {
      if (numbered.number === commandNumber) return reportState(tracker, numbered);
    }
  }
  const last = tracker.commands - 1;
  const expected = last < 0 ? 'a trace with commands' : `a command from 0 to ${last}`;
  throw invalidArgument('stateAt', 'commandNumber', expected, commandNumber);
};
