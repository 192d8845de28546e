// Records on their way to a sink, in order, some of which are known only later: what comes behind such a one waits for it.

import type { RecordRingMemory } from '../../host';
import type { TraceRecord, TraceSink } from '../model';

type Slot = { record: TraceRecord } | { later: readonly TraceRecord[] | undefined };

/** A copy of an argument that its owner may use again. */
const keepValue = (value: unknown): unknown => {
  if (value instanceof Uint8Array || value instanceof Uint32Array) return value.slice();
  if (Array.isArray(value)) return [...(value as unknown[])];
  return typeof value === 'object' && value !== null ? { ...value } : value;
};

const keepAll = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, keepValue(value)])) as T;

/** A copy of a record whose bytes and arguments are the caller's. */
export const keepRecord = (record: TraceRecord): TraceRecord => {
  if (record.kind === 'call' && record.args !== undefined) return { ...record, args: keepAll(record.args) };
  return record.kind === 'write' || record.kind === 'answer'
    ? { ...record, bytes: record.bytes.slice() }
    : record;
};

/** Puts records into a sink in the order in which they were announced. */
export class RecordQueue {
  readonly #sink: TraceSink;
  readonly #slots: Slot[] = [];
  #waiting = 0;
  #failure: Error | undefined;

  constructor(sink: TraceSink) {
    this.#sink = sink;
  }

  /** Appends a record, whose bytes may be used again. */
  readonly put = (record: TraceRecord): void => {
    if (this.#waiting === 0) this.#append(record);
    else this.#slots.push({ record: keepRecord(record) });
  };

  /** Whether everything is in the sink that was put, and the sink takes more. */
  get isIdle(): boolean {
    return this.#waiting === 0 && this.#failure === undefined;
  }

  /** As the sink's. */
  lendRing(): RecordRingMemory | undefined {
    return this.#sink.lendRing?.();
  }

  /** Keeps a place for records that are still to be found out. Must not reject. */
  defer(records: Promise<readonly TraceRecord[]>): void {
    const slot: { later: readonly TraceRecord[] | undefined } = { later: undefined };
    this.#slots.push(slot);
    this.#waiting += 1;
    void records.then((found) => {
      slot.later = found;
      this.#drain();
    });
  }

  /** Ends the sink. @throws what went wrong when records were appended, or now */
  async close(): Promise<void> {
    await this.#sink.close();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** A sink that fails (the disk is full) ends the recording, and not what is recorded. */
  #append(record: TraceRecord): void {
    if (this.#failure !== undefined) return;
    try {
      this.#sink.append(record);
    } catch (error) {
      this.#failure = error as Error;
    }
  }

  #drain(): void {
    for (let slot = this.#slots[0]; slot !== undefined; slot = this.#slots[0]) {
      if ('record' in slot) this.#append(slot.record);
      else if (slot.later === undefined) return;
      else {
        for (const record of slot.later) this.#append(record);
        this.#waiting -= 1;
      }
      this.#slots.shift();
    }
  }
}
