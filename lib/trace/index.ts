// Traces: what happened at a RenderHost, kept in a file. docs/trace-format.md describes the file.

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
