// Traces: what happened at a RenderHost, kept in a file. docs/trace-format.md describes the file.

export { encodeTrace } from './format/encode-trace';
export { MemoryTrace } from './format/memory-trace';
export { TraceWriter, type TraceWriterOptions } from './format/trace-writer';
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
export { play } from './play/player';
export type { FrameRange, PlayedPicture, PlayOptions } from './play/play-options';
export type { PlayDifference, PlayReport } from './play/play-report';
export type { FrameRule } from './record/frame-detector';
export type { RecordOptions } from './record/record-options';
export { RecordingHost } from './record/recording-host';
export { type Benchmark, benchmark, type BenchmarkOptions } from './play/benchmark';
export { imageOf } from './play/picture-image';
export { recordProgram, type RecordedProgram, type RecordProgramOptions } from './record/record-program';
export { type RecordedScript, recordScript, type RecordScriptOptions } from './record/record-script';
export type { RecordedFile } from './record/trace-files';
export { recordSessions, type SessionRecording } from './record/vtest-module';
