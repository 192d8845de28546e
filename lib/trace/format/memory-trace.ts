// A trace as a list of records, to record into and to play from.

import { VirglError } from '../../protocol/error';
import type { TraceMeta, TraceRecord, TraceSink, TraceSource } from '../model';

/** What a meta needs that nobody gave. */
const UNNAMED: TraceMeta = { writer: '', recordedAt: '' };

/** Keeps records in memory. It takes copies of their bytes, because callers use theirs again. */
export class MemoryTrace implements TraceSink, TraceSource {
  meta: TraceMeta;
  readonly list: TraceRecord[];
  #closed = false;

  /** @param records taken as they are, without a copy */
  constructor(meta: TraceMeta = UNNAMED, records: readonly TraceRecord[] = []) {
    this.meta = meta;
    this.list = [...records];
  }

  append(record: TraceRecord): void {
    if (this.#closed)
      throw new VirglError('ERR_VIRGL_CLOSED', 'MemoryTrace: already closed', { operation: 'append' });
    this.list.push(copyOf(record) as TraceRecord);
  }

  records(): Iterable<TraceRecord> {
    return this.list;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

const copyOf = (value: unknown): unknown => {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array || value instanceof Uint32Array) return value.slice();
  if (Array.isArray(value)) return value.map(copyOf);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)]));
};
