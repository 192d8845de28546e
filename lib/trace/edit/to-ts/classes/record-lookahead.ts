// Records with a look ahead at the calls that follow.

import type { CallRecord, TraceRecord } from '../../../model';
import { keepRecord } from '../../../record/record-queue';

/** Records that do not change what a program does. */
const TOLD: ReadonlySet<TraceRecord['kind']> = new Set([
  'time',
  'readback',
  'answer',
  'error',
  'fenceReached',
  'log',
]);

/** Records in order. */
export class RecordLookahead {
  readonly #source: Iterator<TraceRecord>;
  readonly #ahead: TraceRecord[] = [];

  constructor(records: Iterable<TraceRecord>) {
    this.#source = records[Symbol.iterator]();
  }

  /** The next record. */
  next(): TraceRecord | undefined {
    return this.#ahead.shift() ?? this.#read();
  }

  /** The call that is that far behind the current record, if nothing but what is told about calls lies between. */
  callAhead(distance: number): CallRecord | undefined {
    let calls = 0;
    for (let at = 0; ; at += 1) {
      if (at === this.#ahead.length) {
        const record = this.#read();
        if (record === undefined) return undefined;
        // Its bytes are only lent.
        this.#ahead.push(keepRecord(record));
      }
      const record = this.#ahead[at];
      if (record === undefined) return undefined;
      if (record.kind === 'call') {
        calls += 1;
        if (calls === distance) return record;
      } else if (!TOLD.has(record.kind)) return undefined;
    }
  }

  #read(): TraceRecord | undefined {
    const { done, value } = this.#source.next();
    return done === true ? undefined : value;
  }
}
