// What an encoder is told about its viewer.

import type { Rect } from '../source';
import type { PixelFormat } from './pixel-format';

/** Encodings of pixels that we write, by their names in RFC 6143 and rfbproto. */
export type RectEncoding = 'raw' | 'zlib' | 'zrle' | 'tight' | 'tightPng';

/** How much colour JPEG keeps: all of it, every second column, or every second column and row. */
export type Subsampling = '4:4:4' | '4:2:2' | '4:2:0' | 'grey';

/** How a viewer's pictures are encoded. */
export interface EncoderConfig {
  format: PixelFormat;
  encoding: RectEncoding;
  /** 0 to 9, as zlib counts. */
  compressLevel: number;
  /** Undefined: no losses. */
  jpeg: { quality: number; subsampling: Subsampling } | undefined;
}

/** Numbers that begin an encoded rectangle. */
export const RECT_ENCODING_NUMBERS: Readonly<Record<RectEncoding, number>> = {
  raw: 0,
  zlib: 6,
  tight: 7,
  zrle: 16,
  tightPng: -260,
};

/** Rectangles of a framebuffer update. */
export interface EncodedRects {
  count: number;
  /** In this order on the wire. */
  parts: Uint8Array[];
  /** What of them is not exact. */
  lossy: readonly Rect[];
}
