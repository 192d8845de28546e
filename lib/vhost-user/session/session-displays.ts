// Who shows what a guest shows: QEMU, and maybe somebody else; what both want to see is read once.

import type { RenderHost } from '../../host';
import { COMMANDS, type VirtioGpuDevice } from '../../virtio-gpu';
import { QemuDisplay } from '../display/qemu-display';
import type { ReadScanout, ScanoutSink } from '../scanout/scanout-sink';
import { SharedReads } from '../scanout/shared-reads';
import type { LoopPart } from './loop-part';

/** What displays are shown with. */
export interface SessionDisplayOptions {
  /** Displays that the guest may use. */
  scanouts: number;
  /** Updates of QEMU's display in a second, at most. */
  displayRateHz: number;
  host: RenderHost;
  /** The host can hand out its textures as dma-bufs, so that QEMU can show them without a copy. */
  exportsTextures?: boolean;
  /** Another one who shows what the guest shows. */
  viewer?: (read: ReadScanout) => ScanoutSink & LoopPart;
  /** Is told what the renderer is busy with. */
  watcher?: { begin(commandId: number): void; end(): void };
  warn(message: string): void;
}

/** The displays of a session. */
export interface SessionDisplays {
  /** QEMU's. */
  qemu: QemuDisplay;
  /** To be told of what the guest shows, in this order. */
  sinks: readonly ScanoutSink[];
  /** What they do beside the rings. */
  parts: readonly LoopPart[];
}

/**
 * Makes them.
 * @param device is asked when there is something to show, and so a device
 */
export const makeDisplays = (
  { scanouts, displayRateHz: rateHz, host, exportsTextures, viewer, watcher, warn }: SessionDisplayOptions,
  device: () => VirtioGpuDevice,
): SessionDisplays => {
  /** Work for a display waits for what was drawn, and may do so for too long, as a command may. */
  const watched = <T>(work: () => T): T => {
    watcher?.begin(COMMANDS.RESOURCE_FLUSH.id);
    const result = work();
    watcher?.end();
    return result;
  };
  const reads = new SharedReads((...args) => watched(() => device().readScanout(...args)));
  const { read } = reads;
  const buffers = {
    export: (index: number) => watched(() => device().exportScanout(index)),
    drawn: () => host.createFence(),
  };
  const qemu = new QemuDisplay({
    scanouts,
    rateHz,
    read,
    ...(exportsTextures === true && { buffers }),
    warn,
  });
  const parts = viewer === undefined ? [qemu] : [qemu, viewer(read)];
  // What was read is forgotten before anybody is told to read again.
  return { qemu, sinks: [reads, ...parts], parts };
};
