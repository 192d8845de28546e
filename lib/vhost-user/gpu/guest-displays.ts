// What the device says of its displays, told to everybody who shows them.

import type { VirtioGpuListener } from '../../virtio-gpu';
import type { ScanoutSink } from '../scanout/scanout-sink';

/** A listener for the device that passes on to sinks. */
export const displayListener = (
  sinks: readonly ScanoutSink[],
  onFrame: () => void,
): Pick<VirtioGpuListener, 'scanout' | 'flush' | 'cursor' | 'cursorMoved'> => ({
  scanout: (index, scanout) => {
    const size = scanout && { width: scanout.width, height: scanout.height };
    for (const sink of sinks) sink.shown(index, size);
  },
  flush: (index, damage) => {
    for (const sink of sinks) sink.damaged(index, damage);
    onFrame();
  },
  cursor: (index, cursor) => {
    // The device goes on using its own.
    for (const sink of sinks) sink.cursorChanged(index, { ...cursor });
  },
  cursorMoved: (index, position) => {
    for (const sink of sinks) sink.cursorMoved(index, position);
  },
});
