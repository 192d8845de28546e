// Traces for tests of editing: Mesa's recorded command streams as submits, and hosts that remember the bytes they were given.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type HostCallArgs, type HostCallName, type HostCallResult, NullHost } from '../../../lib/host';
import { decode } from '../../../lib/protocol';
import { EMPTY_CAPSET } from '../../../lib/trace/edit/to-ts/classes/empty-capset';
import { completeArgs } from '../../../lib/trace/edit/to-ts/classes/same-call';
import type { TraceMeta, TraceRecord, TraceSource } from '../../../lib/trace';

const STREAMS = path.join(__dirname, '..', '..', 'protocol', 'fixtures');

export const META: TraceMeta = { writer: '0.1.0', recordedAt: '2026-01-01T00:00:00.000Z', source: 'a test' };

/** A trace of records in memory. */
export const sourceOf = (records: readonly TraceRecord[], meta: TraceMeta = META): TraceSource => ({
  meta,
  records: () => records,
});

/** Names of the recorded streams. */
export const STREAM_NAMES = readdirSync(STREAMS)
  .filter((name) => name.endsWith('.virgl.gz'))
  .map((name) => name.replace('.virgl.gz', ''));

/** The submissions of a recorded stream. */
export const submissionsOf = (name: string): Uint32Array[] => {
  const bytes = gunzipSync(readFileSync(path.join(STREAMS, `${name}.virgl.gz`)));
  const dwords = new Uint32Array(Uint8Array.from(bytes).buffer);
  const found: Uint32Array[] = [];
  for (let at = 0; at < dwords.length; at += 1 + (dwords[at] ?? 0))
    found.push(dwords.slice(at + 1, at + 1 + (dwords[at] ?? 0)));
  return found;
};

// Numbers in fields that stand for resources, by the names that such fields have.
const RESOURCE_FIELD = /resource$/i;
const resourcesIn = (value: unknown, found: Set<number>): void => {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === 'number' && item !== 0 && RESOURCE_FIELD.test(key)) found.add(item);
    else resourcesIn(item, found);
  }
};

/** A recorded stream as a trace: a frame per submission, in each of the three ways in which commands can be given. */
export const traceOfStreams = (name: string): TraceRecord[] => {
  const submissions = submissionsOf(name);
  const resources = new Set<number>();
  for (const stream of submissions)
    for (const { fields } of decode(stream, { onError: 'raw' })) resourcesIn(fields, resources);
  const longest = Math.max(...submissions.map(({ byteLength }) => byteLength));
  const records: TraceRecord[] = [
    { kind: 'memory', memoryId: 1, sizeBytes: longest + 64 },
    { kind: 'call', name: 'contextCreate', args: { contextId: 1, name: 'a "test"' } },
  ];
  for (const resourceId of resources) {
    const shape = { target: 0, format: 64, bind: 16, width: 4096 };
    records.push({ kind: 'call', name: 'resourceCreate', args: { resourceId, ...shape } });
    records.push({ kind: 'call', name: 'ctxAttachResource', args: { contextId: 1, resourceId } });
  }
  submissions.forEach((stream, index) => {
    const bytes = new Uint8Array(stream.slice().buffer);
    const range = { memoryId: 1, offsetBytes: 16, lengthBytes: bytes.length };
    if (index % 3 === 2) records.push({ kind: 'write', memoryId: 1, offsetBytes: 16, bytes });
    const commands = [stream, bytes, range][index % 3];
    records.push({
      kind: 'call',
      name: 'submitCmd',
      args: { contextId: 1, commands: commands as Uint32Array },
    });
    records.push({ kind: 'frame' });
  });
  return records;
};

/** A call with the bytes that were behind its ranges when it was made. */
export interface SeenCall {
  name: HostCallName;
  args: unknown;
}

// What arguments say, with memory as its bytes.
const bytesIn = (value: unknown): unknown => {
  if (value instanceof Uint8Array || value instanceof Uint32Array)
    return {
      type: value.constructor.name,
      bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex'),
    };
  if (Array.isArray(value)) return value.map(bytesIn);
  if (typeof value !== 'object' || value === null) return value;
  if ('memory' in value) {
    const { memory, offsetBytes, lengthBytes } = value as {
      memory: { bytes: Uint8Array };
      offsetBytes: number;
      lengthBytes: number;
    };
    const range = memory.bytes.subarray(offsetBytes, offsetBytes + lengthBytes);
    return { offsetBytes, lengthBytes, bytes: Buffer.from(range).toString('hex') };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, bytesIn(item)]));
};

/** Does nothing but remember what it was given, and refuses what a real host would. */
export class ListeningHost extends NullHost {
  readonly seen: SeenCall[] = [];

  constructor() {
    super({ fillCaps: () => EMPTY_CAPSET });
  }

  protected override perform<Name extends HostCallName>(
    name: Name,
    args: HostCallArgs<Name>,
  ): Promise<HostCallResult<Name>> {
    // What is left out has its default: it is the same call.
    this.seen.push({ name, args: bytesIn(completeArgs(name, args)) });
    return super.perform(name, args);
  }
}

/** Refuses nothing, as hosts do in traces whose calls make no sense. */
export class LenientHost extends ListeningHost {
  protected override async perform<Name extends HostCallName>(
    name: Name,
    args: HostCallArgs<Name>,
  ): Promise<HostCallResult<Name>> {
    try {
      return await super.perform(name, args);
    } catch {
      return (name === 'fillCaps' ? EMPTY_CAPSET : undefined) as HostCallResult<Name>;
    }
  }
}
