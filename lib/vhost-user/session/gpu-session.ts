// One guest's GPU: device, backend and displays on a host, served until its QEMU leaves.

import { type FileDescriptor, markFrame, type UnixSocket } from '../../host';
import { VirtioGpuDevice } from '../../virtio-gpu';
import { VhostUserBackend } from '../backend/vhost-user-backend';
import { GpuDevice } from '../gpu/gpu-device';
import { displayListener } from '../gpu/guest-displays';
import { describeGuestError } from '../gpu/guest-error-words';
import type { Size } from '../scanout/scanout-sink';
import { makeDisplays, type SessionDisplayOptions } from './session-displays';
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
export interface GpuSessionOptions extends GpuSessionConfig, SessionDisplayOptions {
  socket: UnixSocket;
  /** Becomes readable when a fence was reached. */
  fenceFd?: FileDescriptor | null;
  /** Ends the session when this is at its end or has something to say. */
  endWith?: UnixSocket;
}

/** How a session went. */
export interface GpuSessionEnd {
  commands: number;
  /** Why it was ended; undefined when QEMU left. */
  error?: Error;
}

/** Serves one front-end to its end. Closes neither socket nor host. Never rejects. */
export const serveGpu = async (options: GpuSessionOptions): Promise<GpuSessionEnd> => {
  const { socket, host, fenceFd, scanouts, size, virgl, strict, watcher, endWith, warn } = options;
  let commands = 0;
  let device: VirtioGpuDevice | undefined;
  let backend: VhostUserBackend | undefined;
  const { qemu, sinks, parts } = makeDisplays(options, () => device as VirtioGpuDevice);
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
      modes: () => qemu.modes(),
      begin: (commandId) => {
        commands += 1;
        watcher?.begin(commandId);
      },
      end: () => watcher?.end(),
    });
    backend = new VhostUserBackend({ device: gpu, warn, onDisplaySocket: (fd) => qemu.connect(fd) });
    await new SessionLoop({ socket, backend, parts, fenceFd: fenceFd?.value, endWith }).run();
    return { commands };
  } catch (error) {
    return { commands, error: error as Error };
  } finally {
    await device?.close().catch(() => undefined);
    backend?.[Symbol.dispose]();
    qemu[Symbol.dispose]();
  }
};
