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
export { RenderHostCallsBase } from './render-host-base';
export {
  countSharedMemories,
  type MemoryRange,
  SharedMemory,
  type SharedMemoryOptions,
} from './shared-memory';
export { OPENED_HOST_WRAPPER, type OpenedHostWrapper } from './wrap-opened';
