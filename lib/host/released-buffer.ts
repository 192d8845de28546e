// Buffers of a pump that others take over.

import type { FileDescriptor } from './file-descriptor';
import type { ResourceCreateArgs } from './render-host';
import type { SharedMemory } from './shared-memory';

/** A buffer that a pump made and that is the caller's from now on. */
export interface ReleasedBuffer {
  created: ResourceCreateArgs;
  /** Its id is one of `RequestPump.take`. */
  ownId: boolean;
  memory: SharedMemory;
  /** Closed where it is not kept to share the memory once more. */
  fd: FileDescriptor;
}
