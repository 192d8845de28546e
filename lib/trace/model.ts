// What a trace consists of, apart from how a file stores it: records, in the order in which things happened at a RenderHost.
// Everything in lib/trace speaks in these; format/ turns them into bytes and back.

import type { HostCallArgs, HostCallName, RecordRingMemory } from '../host';
import type { VirglErrorCode } from '../protocol';

/** A piece of recorded memory: what `MemoryRange` is at a host. */
export interface TraceRange {
  memoryId: number;
  offsetBytes: number;
  lengthBytes: number;
}

/**
 * The arguments of a host call as they were given, with each `MemoryRange` a {@link TraceRange}. An argument that was left out
 * stays left out. Of an array that a read fills (`into: Uint8Array`) only the length is kept: it is an array of zeroes.
 * Descriptors can't be recorded: a call that took one is recorded without it, and players refuse it by name.
 */
export type TraceArgs<Name extends HostCallName = HostCallName> = WithTraceRanges<HostCallArgs<Name>>;

type WithTraceRanges<T> = T extends { memory: unknown; offsetBytes: number; lengthBytes: number }
  ? TraceRange
  : T extends Uint8Array | Uint32Array
    ? T
    : T extends readonly (infer Item)[]
      ? readonly WithTraceRanges<Item>[]
      : T extends object
        ? { [Key in keyof T]: WithTraceRanges<T[Key]> }
        : T;

/** The bytes of a picture or of another read-back, as they are compared: not the bytes themselves. */
export interface PixelDigest {
  /** SHA-256 of the bytes of all rows, without what lies between rows; lower-case hex. */
  sha256: string;
  lengthBytes: number;
  /** Blocks (pixels, or bytes of a buffer) that differ from the first one: an empty picture has 0. */
  differing: number;
}

/** The picture that a frame left in its render target. */
export interface FramePicture extends PixelDigest {
  /** As the recorder read it: level 0, layer 0, whole. */
  resourceId: number;
  contextId: number;
  width: number;
  height: number;
  /** `VIRGL_FORMAT_*`. */
  format: number;
}

/** A host call. Its number is its position among the calls of the trace, from 0. */
export interface CallRecord<Name extends HostCallName = HostCallName> {
  kind: 'call';
  name: Name;
  args: TraceArgs<Name>;
}

/** One record of a trace. */
export type TraceRecord =
  /** Shared memory is first seen; it is full of zeroes until written. */
  | { kind: 'memory'; memoryId: number; sizeBytes: number }
  /** No resource uses it any more; the id may come again for other memory. */
  | { kind: 'memoryEnd'; memoryId: number }
  /** What the client wrote into shared memory before the next call. */
  | { kind: 'write'; memoryId: number; offsetBytes: number; bytes: Uint8Array }
  | CallRecord
  /** What a call read back: of the call itself (`part` 0), or of the `part`th transfer from the host inside a submitted stream. */
  | ({ kind: 'readback'; call: number; part: number } & PixelDigest)
  /** The bytes that a call answered (`fillCaps`). */
  | { kind: 'answer'; call: number; bytes: Uint8Array }
  /** A call that rejected. */
  | { kind: 'error'; call: number; code: VirglErrorCode; message: string; errno?: number }
  /** A fence call resolved. */
  | { kind: 'fenceReached'; call: number }
  /** A frame ends here. Calls up to here belong to it. */
  | { kind: 'frame'; picture?: FramePicture }
  /** What somebody wanted to find again. */
  | { kind: 'marker'; text: string }
  /** Microseconds since the recording began; written where at least one millisecond passed. */
  | { kind: 'time'; microseconds: number }
  /** What virglrenderer logged. */
  | { kind: 'log'; text: string };

/** The kinds of records. */
export type TraceRecordKind = TraceRecord['kind'];

/** What a trace says of itself at its beginning. All of it is JSON. */
export interface TraceMeta {
  /** Version of this package that wrote it. */
  writer: string;
  /** When the recording began, ISO 8601. */
  recordedAt: string;
  /** What was recorded: a program's command line, a script, a guest. */
  source?: string;
  /** As the client called itself. */
  client?: string;
  /** virglrenderer's release and platform, and the GL renderer behind it. */
  library?: string;
  /** Capability sets of the host, base64 by set id, so that a player can tell what its own host lacks. */
  capsets?: Readonly<Record<number, string>>;
  /** Whatever else the writer knows. */
  extra?: Readonly<Record<string, unknown>>;
}

/** Where records go: a file, a list, another recorder's input. */
export interface TraceSink {
  /** Takes a record; its bytes may be used again by the caller afterwards. Never waits for a disk. */
  append(record: TraceRecord): void;
  /** Where native code may put records beside {@link append}; undefined, or left out, where it can't. */
  lendRing?(): RecordRingMemory | undefined;
  /** When all that was appended is safe and the sink is ended. */
  close(): Promise<void>;
}

/** A trace to read from: a file, or records in memory. */
export interface TraceSource {
  readonly meta: TraceMeta;
  /** Records in order; may be asked for any number of times. Bytes are views that stay valid until the next record is asked for. */
  records(): Iterable<TraceRecord>;
}
