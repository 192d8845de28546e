// What a trace is, in short: who made it, how large it is, and what is in it.

import type { HostCallName } from '../../host';
import type { VirglErrorCode } from '../../protocol';
import { fullName } from '../../protocol/layout-of';
import type { CallRecord, TraceMeta, TraceRecordKind, TraceSource } from '../model';
import { argumentsOf } from './call-arguments';
import { CommandNumbering } from './numbered-commands';
import { resourceBytes } from './resource-bytes';

/** What can be told of a trace without its commands. A `TraceReader` has it from the index, as `summary`. */
export interface TraceOverview {
  /** Whether its writer ended it. */
  readonly complete: boolean;
  /** Why it is not complete. */
  readonly problem?: { readonly message: string };
  /** Of the file. */
  readonly sizeBytes?: number;
  /** Bytes of all records before compression. */
  readonly rawBytes?: number;
  /** Bytes of contents as they are kept, each once. */
  readonly contentBytes?: number;
  readonly records: number;
  readonly calls: number;
  /** Where each frame ends. */
  readonly frames: { readonly length: number };
  readonly byKind: Readonly<Partial<Record<TraceRecordKind, number>>>;
  readonly byCall: Readonly<Partial<Record<HostCallName, number>>>;
  /** Bytes of the streams that were submitted. */
  readonly commandBytes: number;
  /** Bytes that clients wrote into shared memory and in calls. */
  readonly writtenBytes: number;
  readonly durationMicroseconds: number;
}

/** A call that the host refused. */
export interface RecordedError {
  readonly call: number;
  readonly name?: HostCallName;
  readonly code: VirglErrorCode;
  readonly message: string;
}

/** What only a walk over all records tells. */
export interface TraceContents {
  readonly commands: number;
  /** By name, objects apart: `CREATE_OBJECT SHADER`. The most frequent first. */
  readonly byCommand: Readonly<Record<string, number>>;
  /** DRAW_VBO and LAUNCH_GRID. */
  readonly draws: number;
  /** Commands that could not be decoded. */
  readonly undecoded: number;
  readonly resources: { readonly made: number; readonly mostAlive: number; readonly peakBytes: number };
  /** The first ones; `byKind.error` has their number. */
  readonly errors: readonly RecordedError[];
}

/** What a trace is. */
export interface TraceInfo {
  readonly meta: TraceMeta;
  readonly overview: TraceOverview;
  readonly contents?: TraceContents;
}

const MOST_ERRORS = 20;
const DRAWS: readonly string[] = ['DRAW_VBO', 'LAUNCH_GRID'];
const MAKERS: readonly string[] = ['resourceCreate', 'resourceCreateBlob', 'resourceImportBlob'];

const count = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};

const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)));

// Which resources are alive, and how much they take.
class ResourceMeter {
  readonly #alive = new Map<number, number>();
  #bytes = 0;
  made = 0;
  mostAlive = 0;
  peakBytes = 0;

  follow(record: CallRecord): void {
    if (record.name === 'reset') {
      this.#alive.clear();
      this.#bytes = 0;
    } else if (MAKERS.includes(record.name)) {
      const args = argumentsOf(record);
      const bytes = resourceBytes(args);
      this.#end(args.resourceId as number);
      this.#alive.set(args.resourceId as number, bytes);
      this.#bytes += bytes;
      this.made += 1;
      this.mostAlive = Math.max(this.mostAlive, this.#alive.size);
      this.peakBytes = Math.max(this.peakBytes, this.#bytes);
    } else if (record.name === 'resourceUnref') {
      this.#end((record as CallRecord<'resourceUnref'>).args.resourceId);
    }
  }

  #end(resourceId: number): void {
    this.#bytes -= this.#alive.get(resourceId) ?? 0;
    this.#alive.delete(resourceId);
  }
}

/** Walks over all records of a trace and counts what is in it. */
export const traceContents = (source: TraceSource): TraceContents => {
  const numbering = new CommandNumbering();
  const commands = new Map<string, number>();
  const meter = new ResourceMeter();
  const errors: RecordedError[] = [];
  const pending = new Map<number, HostCallName>();
  for (const record of source.records()) {
    if (record.kind === 'call') {
      // Errors follow their calls closely: only the last calls can still have one.
      pending.set(numbering.calls, record.name);
      pending.delete(numbering.calls - PENDING_CALLS);
      meter.follow(record);
    } else if (record.kind === 'error' && errors.length < MOST_ERRORS) {
      const { call, code, message } = record;
      const name = pending.get(call);
      errors.push({ call, ...(name !== undefined && { name }), code, message });
    }
    for (const { command } of numbering.take(record)) count(commands, fullName(command));
  }
  const { made, mostAlive, peakBytes } = meter;
  return {
    commands: numbering.commands,
    byCommand: sorted(commands),
    draws: DRAWS.reduce((sum, name) => sum + (commands.get(name) ?? 0), 0),
    undecoded: commands.get('UNKNOWN') ?? 0,
    resources: { made, mostAlive, peakBytes },
    errors,
  };
};

const PENDING_CALLS = 10_000;

/** What an index would tell of records that have none. */
export const traceOverview = (source: TraceSource): TraceOverview => {
  const kinds = new Map<string, number>();
  const calls = new Map<string, number>();
  let commandBytes = 0;
  let writtenBytes = 0;
  let durationMicroseconds = 0;
  let records = 0;
  for (const record of source.records()) {
    records += 1;
    count(kinds, record.kind);
    if (record.kind === 'write') writtenBytes += record.bytes.length;
    if (record.kind === 'time') durationMicroseconds = record.microseconds;
    if (record.kind !== 'call') continue;
    count(calls, record.name);
    const { commands, from } = (record.args ?? {}) as { commands?: unknown; from?: unknown };
    if (ArrayBuffer.isView(commands)) commandBytes += commands.byteLength;
    if (ArrayBuffer.isView(from)) writtenBytes += from.byteLength;
  }
  return {
    complete: true,
    records,
    calls: kinds.get('call') ?? 0,
    frames: { length: kinds.get('frame') ?? 0 },
    byKind: sorted(kinds),
    byCall: sorted(calls),
    commandBytes,
    writtenBytes,
    durationMicroseconds,
  };
};

/** A source that knows what an index tells. */
interface IndexedSource extends TraceSource {
  readonly summary?: TraceOverview;
}

/**
 * What a trace is. Of a source with an index this takes no time unless the contents are asked for.
 * @param options.contents whether to walk over all records too
 */
export const traceInfo = (
  source: IndexedSource,
  { contents = false }: { contents?: boolean } = {},
): TraceInfo => ({
  meta: source.meta,
  overview: source.summary ?? traceOverview(source),
  ...(contents && { contents: traceContents(source) }),
});
