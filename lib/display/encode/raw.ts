// Raw (RFC 6143, 7.7.1): pixels as they are.

import { type EncoderConfig, RECT_ENCODING_NUMBERS } from './config';
import { PixelPacker } from './pixel-format';
import type { PixelView } from './pixel-view';
import { rectHeader } from './rect-bytes';
import type { RectEncoder } from './rect-encoder';

/** Writes Raw. */
export class RawEncoder implements RectEncoder {
  #packer: PixelPacker;

  constructor({ format }: EncoderConfig) {
    this.#packer = new PixelPacker(format, 'pixel');
  }

  configure({ format }: EncoderConfig): void {
    this.#packer = new PixelPacker(format, 'pixel');
  }

  encode(view: PixelView): Promise<Uint8Array[]>[] {
    return [Promise.resolve([rectHeader(view, RECT_ENCODING_NUMBERS.raw), this.#packer.pack(view)])];
  }

  close(): void {}
}
