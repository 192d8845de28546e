// One viewer: an RFB connection (RFC 6143) from its first byte to its last.

import type { Duplex } from 'node:stream';
import { VirglError } from '../../protocol/error';
import type { RfbEnd, RfbOptions } from './options';

/**
 * Serves one RFB viewer on any stream (a socket, TLS, a WebSocket) to its end, and destroys the stream. Whatever the viewer does, it
 * resolves and says why the connection ended.
 * @throws VirglError `ERR_VIRGL_ARGUMENT` (rejects) for options that can't be
 */
export const serveRfbConnection = async (stream: Duplex, _options: RfbOptions): Promise<RfbEnd> => {
  stream.destroy();
  throw new VirglError('ERR_VIRGL_UNSUPPORTED', 'serveRfbConnection: not there yet');
};
