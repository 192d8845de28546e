// The public face of the package; `virgl/protocol` and `virgl/shader` are subpaths of their own.

export {
  EventFd,
  FileDescriptor,
  findRenderNodes,
  INIT_FLAGS,
  type InitFlag,
  inspectLibrary,
  type InspectedLibrary,
  type ListenOptions,
  type MemoryRange,
  NativeHost,
  type NativeHostInfo,
  type NativeHostOptions,
  type NullAnswers,
  NullHost,
  type PeerCredentials,
  type Platform,
  type ReceiveSyncOptions,
  type RecordedCall,
  RenderHostCallsBase,
  type SendOptions,
  type SendSyncOptions,
  SharedMemory,
  type SharedMemoryOptions,
  UnixListener,
  UnixSocket,
} from './host';
export type * from './host/render-host';
export { decodePng, encodePng, type Image } from './image';
export { ERROR_CODES, VirglError, type VirglErrorCode, type VirglErrorDetails } from './protocol/error';
export * from './renderer';
