// Rectangles of the guest against what they have to lie in.

import { invalidParameter } from './faults';
import type { Rect } from './wire-types';

/** @throws CommandFault unless a rectangle is not empty and lies inside of a size */
export const checkWithin = (
  field: string,
  { x, y, width, height }: Rect,
  size: { width: number; height: number },
): void => {
  const isInside = x + width <= size.width && y + height <= size.height;
  if (width > 0 && height > 0 && isInside) return;
  throw invalidParameter(
    field,
    `a rectangle inside of ${size.width}x${size.height}`,
    `${width}x${height} at ${x},${y}`,
  );
};
