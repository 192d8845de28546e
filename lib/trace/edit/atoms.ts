// A trace in the smallest pieces that can be left out: each command of a stream, each other record.

import { createHash } from 'node:crypto';
import { type Command, decode } from '../../protocol';
import type { CallRecord, TraceRecord, TraceSource } from '../model';
import { MemoryContents } from '../inspect/memory-contents';
import { referencesOf as fieldReferences } from '../inspect/references';
import { commandsOf, isSubmit } from './commands-of';

/** A submit that commands belong to. */
export interface SubmitHead {
  readonly number: number;
  readonly call: CallRecord<'submitCmd' | 'submitCmd2'>;
  /** The number of the call. */
  readonly callNumber: number;
}

/** A piece of a trace. */
export interface Atom {
  /** Stands for its content. */
  readonly digest: string;
  readonly frame: number;
  /** Things that come into being here, as keys; a key of a stream holds within its context. */
  readonly makes: readonly string[];
  /** Things that are named here. */
  readonly names: readonly string[];
  /** A record other than a submit, or whole. */
  readonly record?: TraceRecord;
  /** Of a call: its number in the trace. */
  readonly callNumber?: number;
  /** Of commands: the submit that they stand in, and their dwords. A shader in several packets is one piece. */
  readonly submit?: SubmitHead;
  readonly dwords?: Uint32Array<ArrayBuffer>;
  readonly commands: number;
  /** Name of the (first) command or of the call. */
  readonly name: string;
}

const KEPT: ReadonlySet<TraceRecord['kind']> = new Set([
  'memory',
  'memoryEnd',
  'write',
  'call',
  'frame',
  'marker',
]);
const MAKES_RESOURCE: ReadonlySet<string> = new Set([
  'resourceCreate',
  'resourceCreateBlob',
  'resourceImportBlob',
]);

const sha = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('base64');
};

const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

const digestOf = (record: TraceRecord): string =>
  sha(
    JSON.stringify(record, (_, value: unknown) => {
      if (typeof value === 'bigint') return `${value}n`;
      return ArrayBuffer.isView(value) ? sha(bytesOf(value)) : value;
    }),
  );

// Bytes of a record are only good until the next one.
const copied = (value: unknown): unknown => {
  if (value instanceof Uint8Array || value instanceof Uint32Array) return value.slice();
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item)]));
};

const memoriesIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  if ('memoryId' in value) return [`memory ${String(value.memoryId)}`];
  return Object.values(value).flatMap(memoriesIn);
};

const referencesOf = (record: TraceRecord): Pick<Atom, 'makes' | 'names'> => {
  if (record.kind === 'memory') return { makes: [`memory ${record.memoryId}`], names: [] };
  if (record.kind === 'memoryEnd' || record.kind === 'write')
    return { makes: [], names: [`memory ${record.memoryId}`] };
  if (record.kind !== 'call') return { makes: [], names: [] };
  const { contextId, resourceId } = (record.args ?? {}) as { contextId?: number; resourceId?: number };
  const makes: string[] = [];
  const names = memoriesIn(record.args);
  if (contextId !== undefined && contextId !== 0)
    (record.name === 'contextCreate' ? makes : names).push(`context ${contextId}`);
  if (resourceId !== undefined)
    (MAKES_RESOURCE.has(record.name) ? makes : names).push(`resource ${resourceId}`);
  return { makes, names };
};

const isOpenShader = (command: Command): boolean =>
  command.name === 'CREATE_OBJECT' && command.object === 'SHADER' && command.fields.chunk !== undefined;

// Keeps where each context stands while its streams go by.
class StreamCutter {
  readonly #subContexts = new Map<number, number>();

  /** The pieces of a stream. */
  cut(submit: SubmitHead, stream: Uint32Array<ArrayBuffer>, frame: number): Atom[] {
    const atoms: Atom[] = [];
    let packets: Command[] = [];
    for (const command of decode(stream, { onError: 'raw' })) {
      packets.push(command);
      if (isOpenShader(command)) continue;
      atoms.push(this.#atom(submit, stream, packets, frame));
      packets = [];
    }
    if (packets.length > 0) atoms.push(this.#atom(submit, stream, packets, frame));
    return atoms;
  }

  #atom(submit: SubmitHead, stream: Uint32Array<ArrayBuffer>, packets: Command[], frame: number): Atom {
    const [first] = packets as [Command];
    const last = packets.at(-1) ?? first;
    const dwords = stream.slice(first.byteOffset / 4, last.byteOffset / 4 + 1 + last.payload.length);
    const { contextId } = submit.call.args;
    return {
      digest: sha(`${submit.number} `, bytesOf(dwords)),
      frame,
      submit,
      dwords,
      commands: packets.length,
      name: first.name,
      ...this.#references(first, contextId),
    };
  }

  #references(command: Command, contextId: number): Pick<Atom, 'makes' | 'names'> {
    const makes: string[] = [];
    const names = [`context ${contextId}`];
    const isNew = command.name === 'CREATE_SUB_CTX';
    if (isNew || command.name === 'SET_SUB_CTX') this.#subContexts.set(contextId, command.fields.id);
    const subContext = this.#subContexts.get(contextId) ?? 0;
    if (subContext !== 0) (isNew ? makes : names).push(`sub-context ${contextId} ${subContext}`);
    if (command.name === 'DESTROY_SUB_CTX') names.push(`sub-context ${contextId} ${command.fields.id}`);
    for (const { unit, id, path } of fieldReferences(command)) {
      if (unit === 'resource') names.push(`resource ${id}`);
      else if (unit === 'object')
        (command.name === 'CREATE_OBJECT' && path === 'handle' ? makes : names).push(
          `object ${contextId} ${subContext} ${id}`,
        );
    }
    return { makes, names };
  }
}

/** How to take a trace apart. */
export interface AtomOptions {
  /** Whether what was answered when it was recorded (read-backs, errors, times) is among the pieces. An edited trace has other answers. */
  answers: boolean;
}

/** Takes a trace apart. */
export const atomsOf = (source: TraceSource, { answers }: AtomOptions = { answers: false }): Atom[] => {
  const atoms: Atom[] = [];
  const memories = new MemoryContents();
  const cutter = new StreamCutter();
  let frame = 0;
  let submits = 0;
  let calls = 0;
  for (const record of source.records()) {
    memories.apply(record);
    if (!answers && !KEPT.has(record.kind)) continue;
    const callNumber = calls;
    if (record.kind === 'call') calls += 1;
    const stream = record.kind === 'call' && isSubmit(record) ? commandsOf(record, memories) : undefined;
    if (record.kind === 'call' && isSubmit(record) && stream !== undefined) {
      atoms.push(...cutter.cut({ number: submits, call: record, callNumber }, stream, frame));
      submits += 1;
      continue;
    }
    const kept = copied(record) as TraceRecord;
    const name = record.kind === 'call' ? record.name : record.kind;
    atoms.push({
      digest: digestOf(kept),
      frame,
      record: kept,
      ...(record.kind === 'call' && { callNumber }),
      commands: 0,
      name,
      ...referencesOf(kept),
    });
    if (record.kind === 'frame') frame += 1;
  }
  return atoms;
};

const joined = (parts: readonly Uint32Array[]): Uint32Array<ArrayBuffer> => {
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

/** Puts pieces together; streams that are left without commands are not submitted, and answers of calls that are gone are gone. */
export const recordsOf = (atoms: readonly Atom[]): TraceRecord[] => {
  const records: TraceRecord[] = [];
  const numbers = new Map<number, number>();
  const addCall = (callNumber: number | undefined): void => {
    if (callNumber !== undefined) numbers.set(callNumber, numbers.size);
  };
  for (let at = 0; at < atoms.length;) {
    const { record, submit } = atoms[at] as Atom; // at < length
    if (submit === undefined) {
      addCall(atoms[at]?.callNumber);
      if (record !== undefined && 'call' in record) {
        const call = numbers.get(record.call);
        if (call !== undefined) records.push({ ...record, call });
      } else if (record !== undefined) records.push(record);
      at += 1;
      continue;
    }
    const parts: Uint32Array[] = [];
    for (; atoms[at]?.submit === submit; at += 1) parts.push(atoms[at]?.dwords ?? new Uint32Array(0));
    const { call } = submit;
    addCall(submit.callNumber);
    records.push({ ...call, args: { ...call.args, commands: joined(parts) } });
  }
  return records;
};

/** Stands for the content of a whole list of pieces. */
export const digestOfAtoms = (atoms: readonly Atom[]): string => sha(...atoms.map(({ digest }) => digest));

/** An edited piece: other dwords. */
export const withDwords = (atom: Atom, dwords: Uint32Array<ArrayBuffer>, commands: number): Atom => ({
  ...atom,
  dwords,
  commands,
  digest: sha(`${atom.submit?.number ?? 0} `, bytesOf(dwords)),
});

/** An edited piece: another record. */
export const withRecord = (atom: Atom, record: TraceRecord): Atom => ({
  ...atom,
  record,
  digest: digestOf(record),
});
