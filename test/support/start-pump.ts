// A pump on a host, with the rows of the vtest protocol.

import type { PumpHost, RequestPump, SharedMemory, UnixSocket } from '../../lib/host';
import { PUMP_ROWS } from '../../lib/vtest/session/pump-rows';

/** One that keeps four memories open; the host must be inline. */
export const startPump = (
  host: PumpHost,
  socket: UnixSocket,
  progress: SharedMemory,
  maxRequestBytes: number,
): RequestPump =>
  host.startPump({
    socket,
    rows: PUMP_ROWS,
    progress,
    maxRequestBytes,
    maxOpenMemories: 4,
    alsoWake: -1,
  }) as RequestPump;
