// The next connection of a server, which goes on when the system could not accept one.

import type { UnixListener, UnixSocket } from '../../host';
import { VirglError } from '../../protocol/error';

/** How long to wait where the system could not accept a connection (no descriptors left). */
const ACCEPT_AGAIN_MS = 100;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Undefined when there is none yet: the listener was closed, or the system had nothing left for a connection. Never rejects. */
export const acceptNext = async (listener: UnixListener): Promise<UnixSocket | undefined> => {
  try {
    return await listener.accept();
  } catch (error) {
    if (!(error instanceof VirglError) || error.code !== 'ERR_VIRGL_CLOSED') await pause(ACCEPT_AGAIN_MS);
    return undefined;
  }
};
