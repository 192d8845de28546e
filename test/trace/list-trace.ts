// A trace in memory.

import type { TraceMeta, TraceRecord, TraceSink, TraceSource } from '../../lib/trace/model';

/** Takes records as a file does, and can be played from. */
export class ListTrace implements TraceSink, TraceSource {
  readonly meta: TraceMeta = { writer: 'test', recordedAt: '2026-01-01T00:00:00Z' };
  readonly list: TraceRecord[] = [];
  isClosed = false;

  append(record: TraceRecord): void {
    // Bytes are the caller's again afterwards.
    this.list.push(structuredClone(record));
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  records(): Iterable<TraceRecord> {
    return this.list;
  }

  /** Records of a kind. */
  of<Kind extends TraceRecord['kind']>(kind: Kind): (TraceRecord & { kind: Kind })[] {
    return this.list.filter((record): record is TraceRecord & { kind: Kind } => record.kind === kind);
  }
}
