// Where a transport shows the guest memory of the host: shared memory region 1 of the device.

import type { FileDescriptor, SharedMemory } from '../host';

/** A blob that the guest wants to see. */
export interface HostBlob {
  resourceId: number;
  /** Where in the window, and how much of it. */
  offsetBytes: number;
  sizeBytes: number;
  /** The blob's memory: a dma-buf or shared memory, where the host exports it. Closed when `map` has returned. */
  fd?: FileDescriptor;
  /** The same memory in this process, where the host does not export it. Good until `unmap`. */
  memory?: SharedMemory;
}

/** The host-visible window of a transport. Without one, guests can't have blobs of the host's memory. */
export interface HostVisibleWindow {
  readonly sizeBytes: number;
  /** Shows a blob to the guest. */
  map(blob: HostBlob): void | Promise<void>;
  /** Ends that. */
  unmap(blob: Pick<HostBlob, 'resourceId' | 'offsetBytes' | 'sizeBytes'>): void | Promise<void>;
}
