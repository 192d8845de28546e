// A trace file that is begun when something is submitted: many connections only ask what the host can do.

import type { RecordRingMemory } from '../../host';
import { TraceWriter } from '../format/trace-writer';
import type { TraceMeta, TraceRecord, TraceSink } from '../model';
import { keepRecord } from './record-queue';

/** Writes a file, from the first record on, once a command stream was submitted. */
export class LateTrace implements TraceSink {
  readonly #file: string;
  readonly #meta: TraceMeta;
  #early: TraceRecord[] = [];
  #writer: TraceWriter | undefined;

  constructor(file: string, meta: TraceMeta) {
    this.#file = file;
    this.#meta = meta;
  }

  append(record: TraceRecord): void {
    if (this.#writer !== undefined) return this.#writer.append(record);
    if (record.kind !== 'call' || (record.name !== 'submitCmd' && record.name !== 'submitCmd2')) {
      this.#early.push(keepRecord(record));
      return;
    }
    this.#writer = TraceWriter.create(this.#file, this.#meta);
    for (const early of this.#early) this.#writer.append(early);
    this.#early = [];
    this.#writer.append(record);
  }

  /** Undefined before there is a file. */
  lendRing(): RecordRingMemory | undefined {
    return this.#writer?.lendRing();
  }

  async close(): Promise<void> {
    await this.#writer?.close();
  }
}
