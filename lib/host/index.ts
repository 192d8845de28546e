// The waist of the package: RenderHost and what implements it.

export { addon } from './addon';
export {
  C_FUNCTIONS_WITHOUT_CALL,
  HOST_CALL_NAMES,
  HOST_CALLS,
  type HostCallSpec,
  type ParamSpec,
} from './call-table';
export { endWithParent } from './end-with-parent';
export { FileDescriptor } from './file-descriptor';
export { type FrameMarker, markFrame } from './frame-marker';
export { holdCrashes } from './hold-crashes';
export { inspectLibrary, type InspectedLibrary } from './inspect-library';
export * from './ipc';
export { NativeHost } from './native-host';
export type { NativeHostInfo } from './native-start';
export { type NullAnswers, NullHost, type RecordedCall } from './null-host';
export {
  findRenderNodes,
  INIT_FLAGS,
  type InitFlag,
  type NativeHostOptions,
  type Platform,
} from './open-options';
export { DONE } from './quick-calls';
export type * from './render-host';
export {
  isPumpHost,
  type PumpHost,
  type PumpRow,
  type PumpRun,
  type PumpStop,
  type RequestPump,
  type RequestPumpOptions,
} from './request-pump';
export type { ReleasedBuffer } from './released-buffer';
export {
  PUMP_COUNTS,
  PUMP_RECORDS,
  PumpCommandKind,
  type PumpCommandRules,
  type PumpRecorderPlan,
  type PumpRecordName,
  type RecordRingMemory,
  type RecordTemplate,
} from './pump-recorder-plan';
export type { PumpRecorder } from './pump-recorder';
export { RenderHostCallsBase } from './render-host-base';
export {
  countSharedMemories,
  type MemoryRange,
  SharedMemory,
  type SharedMemoryOptions,
} from './shared-memory';
export { OPENED_HOST_WRAPPER, type OpenedHostWrapper } from './wrap-opened';
