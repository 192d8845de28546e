// A virtio-gpu device without a transport: for virtual machine monitors and emulators written in JavaScript.

export type { Respond } from './answers';
export {
  COMMANDS,
  CONTROL_COMMANDS,
  CURSOR_COMMANDS,
  HEADER,
  HEADER_FLAGS,
  type CommandFields,
  type CommandName,
  type CommandSpec,
  type ControlCommandName,
  type CursorCommandName,
  type RequestTail,
} from './commands';
export { BLOB_FLAGS, BLOB_MEM } from './resources';
export { type DeviceCounts, VirtioGpuDevice } from './device';
export type { Display, DisplayOptions } from './displays';
export { displayEdid } from './edid/edid';
export type { GuestError } from './faults';
export { FEATURE_BITS, type FeatureChoices, featureMask, type FeatureName } from './features';
export type { GuestMemory } from './guest-memory';
export type { HostBlob, HostVisibleWindow } from './host-window';
export type { Cursor, Scanout, VirtioGpuListener } from './listener';
export {
  decodeRequest,
  type DecodedRequest,
  decodeResponse,
  type DecodedResponse,
  encodeRequest,
  encodeResponse,
  type MemoryEntry,
  type MessageHeader,
  type TailValue,
} from './messages';
export type { VirtioGpuDeviceOptions } from './options';
export {
  type ErrorResponseName,
  type ResponseFields,
  type ResponseName,
  RESPONSES,
  type ResponseSpec,
} from './responses';
export type { ScanoutBuffer } from './scanout-buffer';
export { SCANOUT_FORMATS } from './scanout-formats';
export { StructCodec, type StructFields, type StructLayout } from './struct-codec';
export {
  type CursorPosition,
  type DisplayMode,
  MAX_SCANOUTS,
  type Rect,
  type WireBox,
  type WireType,
  type WireValues,
} from './wire-types';
