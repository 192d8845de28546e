// A home for the one session of a process, whose requests the pump may run.

import { isPumpHost, type SharedMemory, type UnixSocket } from '../../host';
import { PUMP_ROWS } from './pump-rows';
import { openLimit } from './shared-with-client';
import type { SessionHome } from './state';

/** What a pump needs beside a home. */
export interface PumpParts {
  socket: UnixSocket;
  /** Begins with three words for who watches, as a status page has them. */
  progress: SharedMemory;
  /** Ends the session when it has something to read. */
  endWith: UnixSocket;
}

/** The home with a pump, where its host offers one. */
export const pumpedHome = (home: SessionHome, parts: PumpParts): SessionHome => {
  const { socket, progress, endWith } = parts;
  if (!isPumpHost(home.host)) return home;
  const pump = home.host.startPump({
    socket,
    rows: PUMP_ROWS,
    progress,
    maxRequestBytes: home.limits.maxRequestBytes,
    maxOpenMemories: openLimit(),
    alsoWake: endWith.fd,
  });
  return pump === undefined ? home : { ...home, pump, resourceIds: pump };
};
