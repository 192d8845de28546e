// The numbers of a trace file: magics, sizes, limits, kinds. docs/trace-format.md says the same in words; keep the two together.

import { HOST_CALL_NAMES, HOST_CALLS, type ParamSpec } from '../../host/call-table';
import type { TraceRecordKind } from '../model';

/** The first bytes of every trace. */
export const FILE_MAGIC = 'VGTRACE\n';
/** The last bytes of every trace that was ended. */
export const TRAILER_MAGIC = 'VGTREND\n';
/** The newest version of the format that this package reads, and the one that it writes. */
export const TRACE_FORMAT_VERSION = 1;

export const FILE_HEADER_BYTES = 16;
export const CHUNK_HEADER_BYTES = 48;
export const TRAILER_BYTES = 24;
/** `VGCK`. */
export const CHUNK_MAGIC = 0x4b434756;

/** What a chunk holds. */
export const ChunkType = { records: 0, index: 1, meta: 2 } as const;
/** How its bytes are stored. */
export const Codec = { stored: 0, deflate: 1 } as const;

/** A chunk is written when it holds this much. */
export const CHUNK_TARGET_BYTES = 256 * 1024;
/** No chunk is longer than this, stored or raw, so that a damaged length can't take memory. */
export const MAX_CHUNK_BYTES = 64 * 1024 * 1024;
/** Longer bytes are cut into pieces of this length. */
export const PIECE_BYTES = 1024 * 1024;
/** Shorter bytes stay in their record. */
export const LEAST_PIECE_BYTES = 256;
/** The longest bytes that one record can carry. */
export const MAX_TAIL_BYTES = 1024 * 1024 * 1024;
/** Arguments that take more words than this are kept as JSON. */
export const MAX_HEAD_WORDS = 1024 * 1024;

/** Numbers of record kinds. The first two stay inside: readers don't see them as records, and they have no record number. */
export const RecordNumber = {
  content: 0,
  meta: 1,
  memory: 2,
  memoryEnd: 3,
  write: 4,
  call: 5,
  readback: 6,
  answer: 7,
  error: 8,
  fenceReached: 9,
  frame: 10,
  marker: 11,
  time: 12,
  log: 13,
} as const satisfies Record<TraceRecordKind | 'content' | 'meta', number>;

/** The kinds of records by number; undefined for those that stay inside. */
export const KIND_BY_NUMBER: readonly (TraceRecordKind | undefined)[] = Object.entries(RecordNumber).map(
  ([kind]) => (kind === 'content' || kind === 'meta' ? undefined : (kind as TraceRecordKind)),
);

/** The first word of a record: length in words with this one, whether bytes end it, kind. */
export const KIND_MASK = 0x7f;
export const TAIL_BIT = 0x80;
export const LENGTH_SHIFT = 8;
/** Of a record with a tail: its first word, the length of the tail in bytes with this bit for commands, and how many pieces it is in. */
export const TAIL_WORDS = 3;
export const COMMANDS_BIT = 0x80000000;

/** How the arguments of a call are laid out in a file: each file says it for itself. */
export interface CallLayout {
  name: string;
  params: readonly { name: string; type: ParamSpec['type'] }[];
}

/** The layouts that this release writes: the call table, without what is not given by callers. */
export const CALL_LAYOUTS: readonly CallLayout[] = HOST_CALL_NAMES.map((name) => ({
  name,
  params: HOST_CALLS[name].params
    .filter(({ type }) => type !== 'known')
    .map((param) => ({ name: param.name, type: param.type })),
}));
