// Traces: what happened at a RenderHost, kept in a file. docs/trace-format.md describes the file.

export { encodeTrace } from './format/encode-trace';
export { MemoryTrace } from './format/memory-trace';
export { type RecordRange, TraceReader, type TraceSummary } from './format/trace-reader';
export type { FrameEnd, TraceCounts } from './format/totals';
export type {
  CallRecord,
  FramePicture,
  PixelDigest,
  TraceArgs,
  TraceMeta,
  TraceRange,
  TraceRecord,
  TraceRecordKind,
  TraceSink,
  TraceSource,
} from './model';
