// The other end of a session: where replies go and descriptors come from.

import type { FileDescriptor } from '../../host';

/** A client's connection, as a session sees it. */
export interface SessionPeer {
  /** Sends a reply. What is returned settles when the bytes may be changed again. */
  send(bytes: Uint8Array): void | Promise<void>;
  /** Sends a descriptor after the replies so far: one byte of 0 with it. */
  sendFd(fd: FileDescriptor): void | Promise<void>;
  /** The descriptor that came with the request, if any. The caller closes it. */
  takeFd(): FileDescriptor | undefined;
}
