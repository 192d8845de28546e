// vhost-user-gpu: the GPU of a virtual machine as a process of its own, which QEMU connects to.

export type { GpuClientInfo, GpuClientReport, VhostUserGpuEvent } from './server/events';
export type { VhostUserGpuServerOptions } from './server/options';
export { VhostUserGpuServer } from './server/server';
export {
  GuestScreen,
  type ScreenCursor,
  type ScreenListener,
  type ScreenPicture,
} from './scanout/guest-screen';
export type { ReadScanout, ScanoutSink, Size } from './scanout/scanout-sink';
