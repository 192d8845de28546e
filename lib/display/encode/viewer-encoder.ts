// Encoding as the connection of a viewer sees it.

import type { Frame, Piece } from '../frame';
import type { EncodedRects, EncoderConfig } from './config';

/** Encodes for one viewer. */
export interface ViewerEncoder {
  /**
   * The pieces of a frame as rectangles. The caller holds the frame until this settles.
   * @throws VirglError `ERR_VIRGL_CRASHED` when the thread has ended, `ERR_VIRGL_CLOSED`
   */
  encode(frame: Frame, pieces: readonly Piece[], config: EncoderConfig): Promise<EncodedRects>;
  close(): void;
}
