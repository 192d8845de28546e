// How fast a trace is read, beside zlib alone: the same chunks checked, inflated and copied, and nothing made of them.

import fs from 'node:fs';
import { TraceReader } from 'virgl/trace';
import { parseChunkHeader, unpackChunk } from '../../lib/trace/format/chunk';
import { CHUNK_HEADER_BYTES, ChunkType, FILE_HEADER_BYTES } from '../../lib/trace/format/layout';
import { median } from '../median';

/** Bytes of records before compression per second, a number per round. */
export interface ReadingRow {
  what: string;
  rawBytes: number;
  fileBytes: number;
  reader: number[];
  zlib: number[];
}

const MS_PER_S = 1000;

const timed = (work: () => number): number => {
  const begin = performance.now();
  const bytes = work();
  return (bytes / (performance.now() - begin)) * MS_PER_S;
};

/** Looks at every record; returns the raw bytes. */
const readAll = (file: string): number => {
  using reader = TraceReader.open(file);
  let seen = 0;
  for (const record of reader.records()) if (record.kind !== 'log') seen += 1;
  if (seen === 0) throw new Error(`${file} has no records`);
  return reader.summary.rawBytes;
};

/** Inflates and copies every chunk of records; returns the raw bytes. */
const inflateAll = (file: string): number => {
  const fd = fs.openSync(file, 'r');
  const { size } = fs.fstatSync(fd);
  const header = Buffer.alloc(CHUNK_HEADER_BYTES);
  const copy = Buffer.alloc(64 * 1024 * 1024);
  let rawBytes = 0;
  try {
    for (let at = FILE_HEADER_BYTES; at + CHUNK_HEADER_BYTES < size;) {
      fs.readSync(fd, header, 0, CHUNK_HEADER_BYTES, at);
      const parsed = parseChunkHeader(header, at);
      if (parsed.type === ChunkType.index) break;
      const stored = Buffer.alloc(parsed.storedBytes);
      fs.readSync(fd, stored, 0, stored.length, at + CHUNK_HEADER_BYTES);
      if (parsed.type === ChunkType.records) {
        copy.set(unpackChunk(parsed, stored, at));
        rawBytes += parsed.rawBytes;
      }
      at += CHUNK_HEADER_BYTES + parsed.storedBytes;
    }
  } finally {
    fs.closeSync(fd);
  }
  return rawBytes;
};

/** Reads a trace both ways, in turn. */
export const measureReading = (what: string, file: string, rounds: number): ReadingRow => {
  using opened = TraceReader.open(file);
  const { rawBytes, sizeBytes } = opened.summary;
  const row: ReadingRow = { what, rawBytes, fileBytes: sizeBytes, reader: [], zlib: [] };
  for (let round = 0; round < rounds; round += 1) {
    row.reader.push(timed(() => readAll(file)));
    row.zlib.push(timed(() => inflateAll(file)));
  }
  return row;
};

/** Bytes per second of the reader. */
export const readerRate = ({ reader }: ReadingRow): number => median(reader);

/** Bytes per second of zlib alone. */
export const zlibRate = ({ zlib }: ReadingRow): number => median(zlib);
