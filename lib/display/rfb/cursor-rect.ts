// A mouse pointer as a rectangle of an update, in the form that the viewer knows best.

import { PixelPacker, type PixelFormat } from '../encode/pixel-format';
import { rectHeader } from '../encode/rect-bytes';
import { packIndices } from '../encode/pack-indices';
import type { CursorImage } from '../source';
import { ByteMaker } from './byte-maker';
import { PSEUDO, type ViewerEncodings } from './encodings';

const NO_CURSOR = { width: 0, height: 0, hotX: 0, hotY: 0, pixels: new Uint8Array() };
/** From this alpha on a pixel is drawn where there are only holes and pixels. */
const OPAQUE = 0x80;
const VMWARE_ALPHA = 1;
const RAW = 0;

type Shape = Pick<CursorImage, 'width' | 'height' | 'hotX' | 'hotY' | 'pixels'>;

/** Red, green, blue and alpha of each pixel. */
const toRgba = ({ pixels }: Shape, isPremultiplied: boolean): Uint8Array => {
  const rgba = new Uint8Array(pixels.length);
  for (let at = 0; at < pixels.length; at += 4) {
    const alpha = pixels[at + 3] as number;
    const part = (value: number): number => (isPremultiplied ? Math.round((value * alpha) / 255) : value);
    rgba[at] = part(pixels[at + 2] as number);
    rgba[at + 1] = part(pixels[at + 1] as number);
    rgba[at + 2] = part(pixels[at] as number);
    rgba[at + 3] = alpha;
  }
  return rgba;
};

const toPixelsAndMask = (shape: Shape, format: PixelFormat): Uint8Array => {
  const { width, height, pixels } = shape;
  const view = {
    x: 0,
    y: 0,
    width,
    height,
    pixels: new Uint32Array(pixels.slice().buffer),
    first: 0,
    stride: width,
  };
  const isDrawn = Uint8Array.from({ length: width * height }, (_, index) =>
    (pixels[index * 4 + 3] as number) >= OPAQUE ? 1 : 0,
  );
  const mask = width === 0 ? new Uint8Array() : packIndices(isDrawn, width, 1);
  return Buffer.concat([new PixelPacker(format, 'pixel').pack(view), mask]);
};

/** How each form is written; the best first. */
const FORMS = [
  {
    name: 'cursorWithAlpha',
    body: (shape: Shape) => new ByteMaker().u32(RAW).bytes(toRgba(shape, true)).done(),
  },
  {
    name: 'vmwareCursor',
    body: (shape: Shape) => new ByteMaker().u8(VMWARE_ALPHA, 0).bytes(toRgba(shape, false)).done(),
  },
  { name: 'cursor', body: toPixelsAndMask },
] as const;

/** Whether a viewer draws the pointer itself. */
export const drawsCursor = (encodings: ViewerEncodings): boolean =>
  FORMS.some(({ name }) => encodings.has(name));

/** The rectangle. Only for viewers that {@link drawsCursor}. */
export const cursorRect = (
  cursor: CursorImage,
  encodings: ViewerEncodings,
  format: PixelFormat,
): Uint8Array[] => {
  const form = FORMS.find(({ name }) => encodings.has(name)) ?? FORMS[2];
  const shape: Shape = cursor.visible ? cursor : NO_CURSOR;
  const { width, height, hotX, hotY } = shape;
  return [rectHeader({ x: hotX, y: hotY, width, height }, PSEUDO[form.name]), form.body(shape, format)];
};
