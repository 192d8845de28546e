// The public face of the package; `virgl/protocol` and `virgl/shader` are subpaths of their own.

export {
  type Box,
  type CapSetInfo,
  FileDescriptor,
  findRenderNodes,
  type HostCallArgs,
  type HostCallName,
  type HostCallResult,
  type HostCounts,
  type HostFeatures,
  INIT_FLAGS,
  type InitFlag,
  inspectLibrary,
  type InspectedLibrary,
  type MemoryRange,
  NativeHost,
  type NativeHostInfo,
  type NativeHostOptions,
  NullHost,
  type Platform,
  type RenderHost,
  RenderHostCallsBase,
  type RenderHostCalls,
  SharedMemory,
} from './host';
export { decodePng, encodePng, type Image } from './image';
export { ERROR_CODES, VirglError, type VirglErrorCode, type VirglErrorDetails } from './protocol/error';
export {
  Context,
  type ContextOptions,
  type Region,
  Renderer,
  type RendererInfo,
  type RendererOptions,
  Resource,
  type ResourceDescriptor,
} from './renderer';
