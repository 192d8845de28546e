// What a trace knows of the shared memories of a client. Nobody says when a client writes: what a call may read is compared with what
// the trace has of it, and the differences are what the client wrote.

import type { MemoryRange, SharedMemory } from '../../host';
import type { TraceRange, TraceRecord } from '../model';
import type { RecordCounts } from './record-counts';

interface Shadow {
  readonly id: number;
  readonly memory: SharedMemory;
  readonly sizeBytes: number;
  /** What a player has in this memory now; made when something is compared. */
  bytes: Uint8Array | undefined;
  /** How many backings of live resources are in it. */
  users: number;
  /** Parts that calls in flight write: what changes there is not the client's. */
  readonly arriving: Set<MemoryRange>;
}

const PAGE_BYTES = 4096;
const MAX_WRITE_BYTES = 1024 * 1024;

interface Span {
  start: number;
  end: number;
}

/** What is left of a span without the ranges. */
const without = (span: Span, ranges: Iterable<MemoryRange>): Span[] => {
  let left = [span];
  for (const { offsetBytes, lengthBytes } of ranges) {
    const end = offsetBytes + lengthBytes;
    left = left.flatMap((part) =>
      end <= part.start || part.end <= offsetBytes
        ? [part]
        : [
            { start: part.start, end: offsetBytes },
            { start: end, end: part.end },
          ].filter(({ start, end: to }) => start < to),
    );
  }
  return left;
};

/** The memories of one host's clients. */
export class MemoryShadows {
  readonly #put: (record: TraceRecord) => void;
  readonly #shadows = new WeakMap<SharedMemory, Shadow>();
  readonly #counts: RecordCounts;

  constructor(put: (record: TraceRecord) => void, counts: RecordCounts) {
    this.#put = put;
    this.#counts = counts;
  }

  /** A memory that is in the trace already, full of zeroes. */
  adopt(memory: SharedMemory, id: number): void {
    this.#add(memory, id);
  }

  /** How the trace names a range. */
  nameOf({ memory, offsetBytes, lengthBytes }: MemoryRange): TraceRange {
    return { memoryId: this.#shadowOf(memory).id, offsetBytes, lengthBytes };
  }

  /** Resources have these as their backing. */
  lend(ranges: readonly MemoryRange[]): void {
    for (const { memory } of ranges) this.#shadowOf(memory).users += 1;
  }

  /** They have them no more. */
  giveBack(ranges: readonly MemoryRange[]): void {
    for (const { memory } of ranges) {
      const shadow = this.#shadows.get(memory);
      if (shadow === undefined) continue;
      shadow.users -= 1;
      if (shadow.users > 0) continue;
      this.#shadows.delete(memory);
      this.#put({ kind: 'memoryEnd', memoryId: shadow.id });
    }
  }

  /** Records what the client has written into these ranges. */
  compare(ranges: readonly MemoryRange[]): void {
    for (const { memory, offsetBytes, lengthBytes } of ranges) {
      const shadow = this.#shadowOf(memory);
      const span = { start: offsetBytes, end: Math.min(offsetBytes + lengthBytes, memory.sizeBytes) };
      if (shadow.arriving.size === 0) this.#compareSpan(shadow, span);
      else for (const part of without(span, shadow.arriving)) this.#compareSpan(shadow, part);
    }
  }

  /** A call is going to write these. Returns what to call when it has. */
  arrive(ranges: readonly MemoryRange[]): () => void {
    const shadows = ranges.map((range) => ({ range, shadow: this.#shadowOf(range.memory) }));
    for (const { range, shadow } of shadows) shadow.arriving.add(range);
    return () => {
      for (const { range, shadow } of shadows) {
        shadow.arriving.delete(range);
        const { offsetBytes, lengthBytes, memory } = range;
        if (memory.closed) continue;
        const bytes = memory.bytes.subarray(offsetBytes, offsetBytes + lengthBytes);
        bytesOf(shadow).set(bytes, offsetBytes);
      }
    };
  }

  #shadowOf(memory: SharedMemory): Shadow {
    const known = this.#shadows.get(memory);
    if (known !== undefined) return known;
    const shadow = this.#add(memory, this.#counts.takeMemory());
    this.#put({ kind: 'memory', memoryId: shadow.id, sizeBytes: shadow.sizeBytes });
    return shadow;
  }

  #add(memory: SharedMemory, id: number): Shadow {
    const { sizeBytes } = memory;
    const shadow = { id, memory, sizeBytes, bytes: undefined, users: 0, arriving: new Set<MemoryRange>() };
    this.#shadows.set(memory, shadow);
    return shadow;
  }

  #compareSpan(shadow: Shadow, { start, end }: Span): void {
    if (start >= end) return;
    const { buffer, byteOffset, byteLength } = bytesOf(shadow);
    const known = Buffer.from(buffer, byteOffset, byteLength);
    const { bytes } = shadow.memory;
    if (known.compare(bytes, start, end, start, end) === 0) return;
    let from = -1;
    for (let at = start; at < end;) {
      const next = Math.min(end, at - (at % PAGE_BYTES) + PAGE_BYTES);
      const isSame = known.compare(bytes, at, next, at, next) === 0;
      if (!isSame && from < 0) from = at;
      if (from >= 0 && (isSame || next - from > MAX_WRITE_BYTES - PAGE_BYTES)) {
        this.#write(shadow, from, isSame ? at : next);
        from = -1;
      }
      at = next;
    }
    if (from >= 0) this.#write(shadow, from, end);
  }

  #write(shadow: Shadow, start: number, end: number): void {
    const known = bytesOf(shadow);
    // The client may go on writing: what is recorded is what is known from now on.
    known.set(shadow.memory.bytes.subarray(start, end), start);
    this.#put({ kind: 'write', memoryId: shadow.id, offsetBytes: start, bytes: known.subarray(start, end) });
  }
}

const bytesOf = (shadow: Shadow): Uint8Array => (shadow.bytes ??= new Uint8Array(shadow.sizeBytes));
