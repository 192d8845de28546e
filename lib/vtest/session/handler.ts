// The shape of what handles a command.

import type { VtestRequest } from './request-reader';
import type { RequestBuffer } from './request-buffer';
import type { SessionState } from './state';

/**
 * Does what a request asks for. Throws or rejects to disconnect the client. What it returns settles when the request's
 * bytes are not needed any more.
 */
export type Handler = (
  state: SessionState,
  request: VtestRequest,
  buffer: RequestBuffer,
) => void | Promise<void>;
