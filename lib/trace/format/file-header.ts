// The beginning of a file: magic, version, and the chunk that says what the trace is and how its calls are laid out.

import { VirglError } from '../../protocol/error';
import type { TraceMeta } from '../model';
import { damagedAt, packChunk } from './chunk';
import {
  CALL_LAYOUTS,
  type CallLayout,
  ChunkType,
  FILE_HEADER_BYTES,
  FILE_MAGIC,
  TRACE_FORMAT_VERSION,
} from './layout';
import { textOf, utf8 } from './words';

const VERSION_AT = 8;

/** What the first chunk says. */
export interface TraceBeginning {
  meta: TraceMeta;
  calls: readonly CallLayout[];
}

/** Header and first chunk. */
export const encodeBeginning = (meta: TraceMeta): Uint8Array<ArrayBuffer>[] => {
  const header = Buffer.from(new ArrayBuffer(FILE_HEADER_BYTES));
  header.write(FILE_MAGIC, 0, 'latin1');
  header.writeUInt32LE(TRACE_FORMAT_VERSION, VERSION_AT);
  const beginning: TraceBeginning = { meta, calls: CALL_LAYOUTS };
  const nothing = { records: 0, calls: 0, contents: 0, frames: 0 };
  return [header, ...packChunk(ChunkType.meta, utf8(JSON.stringify(beginning)), nothing)];
};

/**
 * Looks whether this package can read the file.
 * @throws VirglError `ERR_VIRGL_DECODE`, or `ERR_VIRGL_UNSUPPORTED` for a newer version
 */
export const checkFileHeader = (bytes: Uint8Array): void => {
  const header = Buffer.from(bytes);
  const magic = header.toString('latin1', 0, Math.min(VERSION_AT, header.length));
  if (magic !== FILE_MAGIC.slice(0, magic.length) || magic === '')
    throw damagedAt(0, 'this is not a trace of virgl');
  if (header.length < FILE_HEADER_BYTES) throw damagedAt(header.length, 'the file ends within its header');
  const version = header.readUInt32LE(VERSION_AT);
  if (version > TRACE_FORMAT_VERSION) {
    const message = `trace: the file has version ${version} of the format, this release of virgl reads up to ${TRACE_FORMAT_VERSION}: a newer one is needed`;
    throw new VirglError('ERR_VIRGL_UNSUPPORTED', message, {
      operation: 'TraceReader',
      byteOffset: VERSION_AT,
    });
  }
  if (version === 0) throw damagedAt(VERSION_AT, 'the file has version 0 of the format, which never was');
  // Bits of which this version knows none: what they would mean can't be ignored.
  const flags = header.readUInt32LE(VERSION_AT + 4);
  if (flags !== 0) throw damagedAt(VERSION_AT + 4, `the file has the unknown flags 0x${flags.toString(16)}`);
};

/** @throws VirglError `ERR_VIRGL_DECODE` */
export const parseBeginning = (raw: Uint8Array, byteOffset: number): TraceBeginning => {
  try {
    const { meta, calls } = JSON.parse(textOf(raw)) as TraceBeginning;
    if (typeof meta !== 'object' || meta === null || !Array.isArray(calls))
      throw new Error('meta or calls are missing');
    return { meta, calls };
  } catch (error) {
    throw damagedAt(
      byteOffset,
      `what the trace says of itself can't be read: ${(error as Error).message}`,
      error,
    );
  }
};
