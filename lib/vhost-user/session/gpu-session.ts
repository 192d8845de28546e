// One guest's GPU: device, backend and displays on a host, served until its QEMU leaves.

import { FileDescriptor, markFrame, type RenderHost, UnixSocket } from '../../host';
import { COMMANDS, VirtioGpuDevice } from '../../virtio-gpu';
import { VhostUserBackend } from '../backend/vhost-user-backend';
import type { ScanoutBuffers } from '../display/display-buffers';
import { QemuDisplay } from '../display/qemu-display';
import { GpuDevice } from '../gpu/gpu-device';
import { displayListener } from '../gpu/guest-displays';
import { describeGuestError } from '../gpu/guest-error-words';
import type { ReadScanout, ScanoutSink, Size } from '../scanout/scanout-sink';
import { SharedReads } from '../scanout/shared-reads';
import type { LoopPart } from './loop-part';
import { SessionLoop } from './session-loop';

/** What a guest is offered. Travels as JSON to session processes. */
export interface GpuSessionConfig {
  /** Displays that the guest may use; which of them are connected, QEMU says. */
  scanouts: number;
  /** Size of every display; without it, QEMU says. */
  size?: Size;
  /** Whether 3D is offered. */
  virgl: boolean;
  /** Refuses command streams with faults. */
  strict: boolean;
  /** Updates of QEMU's display in a second, at most. */
  displayRateHz: number;
  /** Lets QEMU show textures without a copy, where the renderer and QEMU can. */
  dmabuf: boolean;
}

/** What a session is served with. */
export interface GpuSessionOptions extends GpuSessionConfig {
  socket: UnixSocket;
  host: RenderHost;
  /** Becomes readable when a fence was reached. */
  fenceFd?: FileDescriptor | null;
  /** The host can hand out its textures as dma-bufs, so that QEMU can show them without a copy. */
  exportsTextures?: boolean;
  /** Another one who shows what the guest shows. */
  viewer?: (read: ReadScanout) => ScanoutSink & LoopPart;
  watcher?: { begin(commandId: number): void; end(): void };
  endWith?: UnixSocket;
  warn(message: string): void;
}

/** How a session went. */
export interface GpuSessionEnd {
  commands: number;
  /** Why it was ended; undefined when QEMU left. */
  error?: Error;
}

/** Serves one front-end to its end. Closes neither socket nor host. Never rejects. */
export const serveGpu = async (options: GpuSessionOptions): Promise<GpuSessionEnd> => {
  const { socket, host, fenceFd, scanouts, size, virgl, strict, displayRateHz, endWith, warn } = options;
  let commands = 0;
  let device: VirtioGpuDevice | undefined;
  const { watcher } = options;
  const reads = new SharedReads(async (...args) => {
    // It waits for what was drawn, and may do so for too long, as a command may.
    watcher?.begin(COMMANDS.RESOURCE_FLUSH.id);
    const done = device?.readScanout(...args);
    watcher?.end();
    await done;
  });
  const { read } = reads;
  const buffers: ScanoutBuffers = {
    export: (index) => (device as VirtioGpuDevice).exportScanout(index),
    drawn: () => host.createFence(),
  };
  const display = new QemuDisplay({
    scanouts,
    rateHz: displayRateHz,
    read,
    ...(options.exportsTextures === true && { buffers }),
    warn,
  });
  const viewer = options.viewer?.(read);
  // What was read is forgotten before anybody is told to read again.
  const sinks = [reads, display, ...(viewer === undefined ? [] : [viewer])];
  let backend: VhostUserBackend | undefined;
  try {
    device = await VirtioGpuDevice.open({
      host,
      scanouts,
      strict,
      ...size,
      ...(!virgl && { features: { VIRGL: false, CONTEXT_INIT: false } }),
      listener: {
        ...displayListener(sinks, () => markFrame(host)),
        guestError: (error) => warn(describeGuestError(error)),
      },
    });
    const gpu = new GpuDevice({
      device,
      scanouts,
      size,
      modes: () => display.modes(),
      begin: (commandId) => {
        commands += 1;
        watcher?.begin(commandId);
      },
      end: () => watcher?.end(),
    });
    backend = new VhostUserBackend({ device: gpu, warn, onDisplaySocket: (fd) => display.connect(fd) });
    const parts = [display, ...(viewer === undefined ? [] : [viewer])];
    await new SessionLoop({ socket, backend, parts, fenceFd: fenceFd?.value, endWith }).run();
    return { commands };
  } catch (error) {
    return { commands, error: error as Error };
  } finally {
    await device?.close().catch(() => undefined);
    backend?.[Symbol.dispose]();
    display[Symbol.dispose]();
  }
};
