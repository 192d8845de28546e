// Looking into traces: numbered commands, and the state at any of them.

export { MemoryContents } from './memory-contents';
export { CommandNumbering, walkCommands, type NumberedCommand } from './numbered-commands';
export { referencesIn, referencesOf, type Reference, type ReferenceUnit } from './references';
export type { StateName, TrackedKind } from './state/bindings';
export type { ContextMaking, ContextState, PendingBlob } from './state/context';
export { resourceUse, type ResourceUse } from './state/resource-commands';
export type { Backing, BufferContents, ResourceMaker, TrackedResource } from './state/resources';
export type { BoundSlot, SubContextState } from './state/sub-context';
export type { CommandRef, TrackedObject, TrackedShader } from './state/tracked-object';
export { GalliumTracker } from './state/tracker';
export { printState } from './state/print-state';
export {
  reportState,
  stateAt,
  type ContextReport,
  type ObjectState,
  type ResourceReport,
  type SlotState,
  type StateCommand,
  type SubContextReport,
  type TraceState,
} from './state/state-at';
export { argumentsOf, type CallValues } from './call-arguments';
export { argumentJson, argumentsJson, argumentWords, callText } from './call-words';
export { dumpEntries, dumpJson, dumpText, type DumpEntry, type DumpOptions, type DumpFrames } from './dump';
export {
  traceContents,
  traceInfo,
  traceOverview,
  type RecordedError,
  type TraceContents,
  type TraceInfo,
  type TraceOverview,
} from './info';
export { nameFilter } from './name-filter';
export { bytesText, printInfo } from './print-info';
export { resourceBytes } from './resource-bytes';
