// What a viewer is told (RFC 6143, 7.6; rfbproto).

import { BGR233, type PixelFormat } from '../encode/pixel-format';
import type { Size } from '../source';
import { ByteMaker } from './byte-maker';

const TYPE = { update: 0, colourMap: 1, cutText: 3, endOfContinuousUpdates: 150, fence: 248 } as const;

/** PIXEL_FORMAT. */
export const pixelFormat = (format: PixelFormat): Uint8Array =>
  new ByteMaker()
    .u8(format.bitsPerPixel, format.depth, format.isBigEndian ? 1 : 0, 1)
    .u16(format.redMax, format.greenMax, format.blueMax)
    .u8(format.redShift, format.greenShift, format.blueShift, 0, 0, 0)
    .done();

/** ServerInit. */
export const serverInit = ({ width, height }: Size, format: PixelFormat, name: string): Uint8Array =>
  new ByteMaker().u16(width, height).bytes(pixelFormat(format)).text(name).done();

/** The beginning of a FramebufferUpdate. */
export const updateHeader = (rectangles: number): Uint8Array =>
  new ByteMaker().u8(TYPE.update, 0).u16(rectangles).done();

/** SetColourMapEntries that make a colour map of {@link BGR233}. */
export const colourMap = (): Uint8Array => {
  const maker = new ByteMaker().u8(TYPE.colourMap, 0).u16(0, 256);
  const { redMax, redShift, greenMax, greenShift, blueMax, blueShift } = BGR233;
  const part = (value: number, shift: number, max: number): number =>
    Math.round((((value >> shift) & max) * 0xffff) / max);
  for (let value = 0; value < 256; value++)
    maker.u16(
      part(value, redShift, redMax),
      part(value, greenShift, greenMax),
      part(value, blueShift, blueMax),
    );
  return maker.done();
};

/** ServerCutText in Latin 1. */
export const cutText = (latin1: Uint8Array): Uint8Array =>
  Buffer.concat([new ByteMaker().u8(TYPE.cutText, 0, 0, 0).u32(latin1.length).done(), latin1]);

/** ServerCutText of the extended clipboard: a negative length says so. */
export const extendedCutText = (bytes: Uint8Array): Uint8Array =>
  Buffer.concat([new ByteMaker().u8(TYPE.cutText, 0, 0, 0).u32(-bytes.length).done(), bytes]);

/** EndOfContinuousUpdates, which also says that there are any. */
export const endOfContinuousUpdates = (): Uint8Array => Uint8Array.of(TYPE.endOfContinuousUpdates);

/** ServerFence. */
export const fence = (flags: number, payload: Uint8Array): Uint8Array =>
  new ByteMaker().u8(TYPE.fence, 0, 0, 0).u32(flags).u8(payload.length).bytes(payload).done();
