// What each encoding of pixels does.

import type { Rect } from '../source';
import type { EncoderConfig } from './config';
import type { PixelView } from './pixel-view';

/** Encodes rectangles for one viewer; what must outlast a rectangle (zlib streams) is kept here. */
export interface RectEncoder {
  /** From the next rectangle on. */
  configure(config: EncoderConfig): void;
  /** Encodes pixels as one or more rectangles, in this order on the wire. Pixels are read before all promises have settled. */
  encode(view: PixelView): Promise<Uint8Array[]>[];
  /** Which areas were encoded with losses since it was asked last; left out where none ever are. */
  takeLossy?(): Rect[];
  close(): void;
}
