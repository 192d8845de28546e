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
export { play } from './play/player';
export type { FrameRange, PlayedPicture, PlayOptions } from './play/play-options';
export type { PlayDifference, PlayReport } from './play/play-report';
export type { FrameRule } from './record/frame-detector';
export type { RecordOptions } from './record/record-options';
export { RecordingHost } from './record/recording-host';

export { TraceProgram } from './edit/program';
export { type FrameFunction, type ProgramParts, type ProgramPicture, runProgram } from './edit/run-program';
export { toTypeScript, type ToTypeScriptOptions, type TypeScriptProgram } from './edit/to-ts/to-typescript';
export type { CommandCounts } from './edit/to-ts/stream';
export {
  shrink,
  shrinkDigest,
  type ShrinkOptions,
  type ShrinkProgress,
  type ShrinkResult,
  type TraceSize,
} from './edit/shrink/shrink';
export { rememberedVerdicts, type Verdicts, verdictFile } from './edit/shrink/verdicts';
export {
  type CandidateEnd,
  CandidateRunner,
  type CandidateRunnerOptions,
} from './edit/shrink/candidate-runner';
export { type Check, checkCrash, checkError, checkPixel, checkSameError } from './edit/shrink/checks';
export type { CandidateOutcome, PixelPlace, PlayedError } from './edit/shrink/play-candidate';
