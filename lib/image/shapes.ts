// Areas of pixels, and what is to be known of a pointer: the same for guests, displays and viewers.

/** A size in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** A rectangle of pixels; `x` and `y` count from the top left. */
export interface Rect extends Size {
  x: number;
  y: number;
}

/** A mouse pointer that is not part of the picture. */
export interface CursorImage extends Size {
  /** The pixel of the picture that points. */
  hotX: number;
  hotY: number;
  /** Tight rows from top to bottom, four bytes a pixel: blue, green, red, alpha, not premultiplied. */
  pixels: Uint8Array;
  /** Where its first pixel is on the display. */
  x: number;
  y: number;
  visible: boolean;
}

/** Whether nothing is in it. */
export const isEmptyRect = ({ width, height }: Size): boolean => width <= 0 || height <= 0;

/** What is in both; maybe empty. */
export const intersection = (a: Rect, b: Rect): Rect => {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(0, Math.min(a.x + a.width, b.x + b.width) - x),
    height: Math.max(0, Math.min(a.y + a.height, b.y + b.height) - y),
  };
};

/** The smallest rectangle around both. */
export const bounds = (a: Rect, b: Rect): Rect => {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
};

/** All of a picture. */
export const wholeOf = ({ width, height }: Size): Rect => ({ x: 0, y: 0, width, height });
