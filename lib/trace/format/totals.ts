// What a trace has in all, counted as it is written; and again as it is read where the index is missing.

import type { HostCallName } from '../../host';
import type { TraceRecordKind } from '../model';
import { callNumberOf } from './call-codec';
import {
  COMMANDS_BIT,
  KIND_BY_NUMBER,
  KIND_MASK,
  LENGTH_SHIFT,
  RecordNumber,
  TAIL_BIT,
  TAIL_WORDS,
} from './layout';
import { faulty } from './words';

/** Where a frame ends. */
export interface FrameEnd {
  /** Number of its `frame` record. */
  record: number;
  /** How many calls came before it. */
  calls: number;
}

/** Numbers of things before a place in a trace. */
export interface TracePosition {
  records: number;
  calls: number;
  contents: number;
  frames: number;
}

/** Counts of a trace. */
export interface TraceCounts {
  byKind: Partial<Record<TraceRecordKind, number>>;
  byCall: Partial<Record<HostCallName, number>>;
  /** Bytes of command streams that were submitted as arrays. */
  commandBytes: number;
  /** Bytes that clients wrote: into shared memory, and in calls. */
  writtenBytes: number;
  /** Bytes of contents as they are kept, each once. */
  contentBytes: number;
  /** Bytes of all records before compression. */
  rawBytes: number;
  /** The last `time` record; 0 if there is none. */
  durationMicroseconds: number;
}

const TWO_32 = 2 ** 32;

/** Counts records by their words. */
export class TraceTotals {
  readonly position: TracePosition = { records: 0, calls: 0, contents: 0, frames: 0 };
  readonly frames: FrameEnd[] = [];
  readonly #kinds = new Array<number>(KIND_BY_NUMBER.length).fill(0);
  readonly #calls: number[];
  readonly #names: readonly string[];
  #commandBytes = 0;
  #writtenBytes = 0;
  #contentBytes = 0;
  #rawBytes = 0;
  #duration = 0;

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#calls = names.map(() => 0);
  }

  /**
   * Counts the record that begins at word `at`.
   * @throws VirglError `ERR_VIRGL_DECODE` for a kind that is unknown
   */
  count(words: Uint32Array, at: number): void {
    const { position } = this;
    const first = words[at] as number;
    const kind = first & KIND_MASK;
    if (kind >= KIND_BY_NUMBER.length) throw faulty(`its kind ${kind} is unknown`);
    this.#kinds[kind] = (this.#kinds[kind] ?? 0) + 1;
    this.#rawBytes += (first >>> LENGTH_SHIFT) * Uint32Array.BYTES_PER_ELEMENT;
    const hasTail = (first & TAIL_BIT) !== 0;
    const tail = hasTail ? (words[at + 1] as number) : 0;
    const fields = at + (hasTail ? TAIL_WORDS : 1);
    switch (kind) {
      case RecordNumber.content:
        position.contents += 1;
        this.#contentBytes += words[fields] as number;
        return;
      case RecordNumber.meta:
        return;
      case RecordNumber.call:
        this.#countCall(callNumberOf(words[fields] as number), tail);
        break;
      case RecordNumber.write:
        this.#writtenBytes += tail;
        break;
      case RecordNumber.time:
        this.#duration = (words[fields] as number) + TWO_32 * (words[fields + 1] as number);
        break;
      case RecordNumber.frame:
        this.frames.push({ record: position.records, calls: position.calls });
        position.frames += 1;
        break;
    }
    position.records += 1;
  }

  #countCall(call: number, tail: number): void {
    this.#calls[call] = (this.#calls[call] ?? 0) + 1;
    this.position.calls += 1;
    if ((tail & COMMANDS_BIT) !== 0) this.#commandBytes += (tail & ~COMMANDS_BIT) >>> 0;
    else this.#writtenBytes += tail;
  }

  counts(): TraceCounts {
    const byKind: TraceCounts['byKind'] = {};
    KIND_BY_NUMBER.forEach((kind, number) => {
      const count = this.#kinds[number] ?? 0;
      if (kind !== undefined && count > 0) byKind[kind] = count;
    });
    const byCall: Record<string, number> = {};
    this.#names.forEach((name, number) => {
      const count = this.#calls[number] ?? 0;
      if (count > 0) byCall[name] = count;
    });
    return {
      byKind,
      byCall,
      commandBytes: this.#commandBytes,
      writtenBytes: this.#writtenBytes,
      contentBytes: this.#contentBytes,
      rawBytes: this.#rawBytes,
      durationMicroseconds: this.#duration,
    };
  }
}
