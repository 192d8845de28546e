// A home for the one session of a process, whose requests the pump may run.

import type { NativeHost, SharedMemory, UnixSocket } from '../../host';
import { PUMP_ROWS } from './pump-rows';
import { openLimit } from './shared-with-client';
import type { SessionHome } from './state';

/** What a pump needs beside a home. */
export interface PumpParts {
  /** The host of the home itself: nobody who decorates it would see what the pump does. */
  host: NativeHost;
  socket: UnixSocket;
  /** Begins with three words for who watches, as a status page has them. */
  progress: SharedMemory;
  /** Ends the session when it has something to read. */
  endWith: UnixSocket;
}

/** The home with a pump. Without one where the host is not inline. */
export const pumpedHome = (home: SessionHome, parts: PumpParts): SessionHome => {
  const { host, socket, progress, endWith } = parts;
  const pump = host.startPump({
    socket,
    rows: PUMP_ROWS,
    progress,
    maxRequestBytes: home.limits.maxRequestBytes,
    maxOpenMemories: openLimit(),
    alsoWake: endWith.fd,
  });
  return pump === undefined ? home : { ...home, pump, resourceIds: pump };
};
