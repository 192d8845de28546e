// The state at chosen draws of two traces, and the first of them where it is not the same.

import { layoutOf } from '../../protocol/layout-of';
import { type BoundSlot, GalliumTracker } from '../inspect';
import type { TraceSource } from '../model';
import { fieldRows, fieldWord } from '../report/field-words';
import { fieldChanges, type FlatValues } from './flatten';
import type { StateDifference } from './result';

/** The same draw in both traces, by its numbers. */
export interface DrawPair {
  a: number;
  b: number;
}

type Values = Readonly<Record<string, unknown>>;

const slotWords = ({ slot, field, value, objects }: BoundSlot): [string, string][] => {
  const words: [string, string][] = [];
  const bytes = (value as { data?: ArrayBufferView }).data;
  if (ArrayBuffer.isView(bytes)) {
    const dwords = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    dwords.forEach((dword, at) => words.push([`${slot}[${at >> 2}].${'xyzw'[at & 3]}`, String(dword)]));
  } else if (objects.length === 0) {
    const rows =
      field.kind === 'struct' ? fieldRows(field.fields, value as Values) : [['', fieldWord(field, value)]];
    for (const [name, word] of rows) words.push([name === '' ? slot : `${slot}.${name}`, word]);
  }
  // Objects are told by what they are: their handles are only numbers.
  for (const object of objects) {
    const path = objects.length === 1 ? slot : `${slot}.${object.kind.toLowerCase()}`;
    if (object.shader !== undefined)
      object.shader.text.split('\n').forEach((line, at) => words.push([`${path} line ${at + 1}`, line]));
    else
      for (const [name, word] of fieldRows(
        layoutOf({ name: 'CREATE_OBJECT', object: object.kind })?.fields ?? {},
        object.fields,
      ))
        if (name !== 'handle') words.push([`${path}.${name}`, word]);
  }
  return words;
};

const statesAt = (source: TraceSource, numbers: ReadonlySet<number>): Map<number, FlatValues> => {
  const tracker = new GalliumTracker();
  const states = new Map<number, FlatValues>();
  for (const record of source.records()) {
    for (const { number, contextId } of tracker.steps(record)) {
      if (!numbers.has(number)) continue;
      const slots = tracker.contexts.get(contextId)?.current.slots ?? new Map<string, BoundSlot>();
      states.set(number, new Map([...slots.values()].flatMap(slotWords)));
    }
    if (states.size === numbers.size) break;
  }
  return states;
};

/** The first of these draws at which anything bound differs. */
export const firstStateDifference = (
  a: TraceSource,
  b: TraceSource,
  draws: readonly DrawPair[],
): StateDifference | undefined => {
  if (draws.length === 0) return undefined;
  const statesA = statesAt(a, new Set(draws.map((draw) => draw.a)));
  const statesB = statesAt(b, new Set(draws.map((draw) => draw.b)));
  for (const draw of draws) {
    const slots = fieldChanges(statesA.get(draw.a) ?? new Map(), statesB.get(draw.b) ?? new Map());
    if (slots.length > 0) return { ...draw, slots };
  }
  return undefined;
};
