// The index of a file that has none: all chunks are read and their records counted, up to where the file ends or is damaged.

import type { TraceMeta } from '../model';
import type { VirglError } from '../../protocol/error';
import { damagedAt, parseChunkHeader } from './chunk';
import { readChunk } from './chunk-cache';
import type { ChunkRecords } from './chunk-records';
import type { ChunkPlace, TraceIndex } from './index-chunk';
import { type CallLayout, CHUNK_HEADER_BYTES, ChunkType, KIND_MASK, RecordNumber } from './layout';
import { readMeta } from './record-codec';
import { TraceTotals } from './totals';
import type { TraceBytes } from './trace-bytes';
import { faulty } from './words';

/** An index that was made from the chunks themselves. */
export interface ScannedIndex extends TraceIndex {
  /** Why reading ended. */
  problem: VirglError;
  /** Whether the last chunk is there in part. */
  lastIsCut: boolean;
  /** Whether what comes behind the last record is damaged, and not only missing. */
  isDamaged: boolean;
}

/** Counts the records of a chunk; those that are whole, of one that was cut. */
const countRecords = (
  totals: TraceTotals,
  chunk: ChunkRecords,
  isCut: boolean,
  onMeta: (json: string) => void,
): void => {
  const { words } = chunk;
  for (let at = 0; at < words.length;) {
    if (isCut && !chunk.isWhole(at)) return;
    const end = chunk.endOf(at);
    if (((words[at] as number) & KIND_MASK) === RecordNumber.meta) onMeta(readMeta(words, at, end, noPiece));
    totals.count(words, at);
    at = end;
  }
};

const noPiece = (): never => {
  throw faulty('it has pieces where it should have none');
};

const within = (byteOffset: number, count: () => void): void => {
  try {
    count();
  } catch (error) {
    throw damagedAt(byteOffset, `a record can't be read: ${(error as Error).message}`, error);
  }
};

/** One walk over a file. */
class Scan {
  readonly chunks: ChunkPlace[] = [];
  readonly totals: TraceTotals;
  readonly #bytes: TraceBytes;
  #meta: Partial<TraceMeta> = {};
  lastIsCut = false;

  constructor(bytes: TraceBytes, names: readonly string[]) {
    this.#bytes = bytes;
    this.totals = new TraceTotals(names);
  }

  get meta(): Partial<TraceMeta> {
    return this.#meta;
  }

  /** Goes on until nothing more can be read; returns why. @throws VirglError where the file is damaged */
  walk(from: number): VirglError {
    const { sizeBytes } = this.#bytes;
    for (let byteOffset = from; ;) {
      const left = sizeBytes - byteOffset;
      if (left === 0)
        return damagedAt(sizeBytes, 'the file ends without an index: it was not ended, or it was cut');
      if (left < CHUNK_HEADER_BYTES)
        return damagedAt(sizeBytes, 'the file ends within the header of a chunk');
      const header = parseChunkHeader(this.#bytes.read(byteOffset, CHUNK_HEADER_BYTES), byteOffset);
      if (header.type === ChunkType.index)
        return damagedAt(byteOffset, 'the index is damaged, or the trailer behind it; it was made again');
      if (header.type !== ChunkType.records)
        throw damagedAt(byteOffset, `a chunk has the unknown type ${header.type}`);
      const { records, calls, contents, frames } = this.totals.position;
      const { first } = header;
      if (
        first.records !== records ||
        first.calls !== calls ||
        first.contents !== contents ||
        first.frames !== frames
      )
        throw damagedAt(
          byteOffset,
          `a chunk begins with record ${first.records} where ${records} should come`,
        );
      const lengthBytes = CHUNK_HEADER_BYTES + header.storedBytes;
      const isCut = lengthBytes > left;
      this.#take({ byteOffset, lengthBytes: Math.min(lengthBytes, left), first }, isCut);
      if (isCut)
        return damagedAt(sizeBytes, `the file ends within the chunk that begins at byte ${byteOffset}`);
      byteOffset += lengthBytes;
    }
  }

  #take(place: ChunkPlace, isCut: boolean): void {
    const chunk = readChunk(this.#bytes, place, isCut);
    this.chunks.push(place);
    this.lastIsCut = isCut;
    within(place.byteOffset, () =>
      countRecords(this.totals, chunk, isCut, (json) => {
        this.#meta = { ...this.#meta, ...(JSON.parse(json) as Partial<TraceMeta>) };
      }),
    );
  }
}

/** Makes the index of a file whose chunks begin at a place. */
export const scanChunks = (bytes: TraceBytes, from: number, calls: readonly CallLayout[]): ScannedIndex => {
  const scan = new Scan(
    bytes,
    calls.map(({ name }) => name),
  );
  let problem: VirglError;
  let isDamaged = false;
  try {
    problem = scan.walk(from);
  } catch (error) {
    problem = error as VirglError;
    isDamaged = true;
  }
  const { chunks, totals, meta, lastIsCut } = scan;
  const counts = totals.counts();
  return {
    chunks,
    frames: totals.frames,
    total: totals.position,
    counts,
    meta,
    problem,
    lastIsCut,
    isDamaged,
  };
};
