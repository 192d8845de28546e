// The public face of the package; `virgl/protocol` and `virgl/shader` are subpaths of their own.

export {
  FileDescriptor,
  findRenderNodes,
  INIT_FLAGS,
  type InitFlag,
  inspectLibrary,
  type InspectedLibrary,
  type MemoryRange,
  NativeHost,
  type NativeHostInfo,
  type NativeHostOptions,
  type NullAnswers,
  NullHost,
  type Platform,
  type RecordedCall,
  RenderHostCallsBase,
  SharedMemory,
  type SharedMemoryOptions,
} from './host';
export type * from './host/render-host';
export { decodePng, encodePng, type Image } from './image';
export { ERROR_CODES, VirglError, type VirglErrorCode, type VirglErrorDetails } from './protocol/error';
export * from './renderer';
