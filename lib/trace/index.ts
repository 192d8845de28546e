// Traces: what happened at a RenderHost, kept in a file. docs/trace-format.md describes the file.

export {
  type Change,
  type ChangedStep,
  diff,
  type DiffOptions,
  diffText,
  type FieldChange,
  type LoneFrame,
  type PixelDifference,
  type StateDifference,
  type StepKind,
  type TraceDiff,
  writeDiffPage,
} from './diff';
export { encodeTrace } from './format/encode-trace';
export { MemoryTrace } from './format/memory-trace';
export { TraceWriter, type TraceWriterOptions } from './format/trace-writer';
export { type RecordRange, TraceReader, type TraceSummary } from './format/trace-reader';
export type { FrameEnd, TraceCounts } from './format/totals';
export {
  dumpEntries,
  type DumpEntry,
  type DumpFrames,
  dumpJson,
  type DumpOptions,
  dumpText,
} from './inspect/dump';
export {
  type RecordedError,
  type TraceContents,
  traceInfo,
  type TraceInfo,
  type TraceOverview,
} from './inspect/info';
export { type NumberedCommand, walkCommands } from './inspect/numbered-commands';
export { printInfo } from './inspect/print-info';
export { type Reference, referencesOf, type ReferenceUnit } from './inspect/references';
export type { StateName, TrackedKind } from './inspect/state/bindings';
export type { ContextState } from './inspect/state/context';
export { printState } from './inspect/state/print-state';
export { resourceUse, type ResourceUse } from './inspect/state/resource-commands';
export type { Backing, BufferContents, TrackedResource } from './inspect/state/resources';
export { stateAt, type TraceState } from './inspect/state/state-at';
export type { BoundSlot, SubContextState } from './inspect/state/sub-context';
export type { CommandRef, TrackedObject, TrackedShader } from './inspect/state/tracked-object';
export { GalliumTracker } from './inspect/state/tracker';
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
export { flipped, imageOf } from './play/picture-image';
export { recordProgram, type RecordedProgram, type RecordProgramOptions } from './record/record-program';
export { type RecordedScript, recordScript, type RecordScriptOptions } from './record/record-script';
export type { RecordedFile } from './record/trace-files';
export { recordSessions, type SessionRecording } from './record/vtest-module';
export { type ReportOptions, type ReportSummary, writeReport } from './report';

export { answered } from './edit/answered';
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
export { trim, trimMeta, type TrimOptions, type TrimResult } from './edit/trim/trim';
