// Pixels: areas of them, and into files and back.

export { decodePng, encodePng, type Image } from './png';
export { bounds, type CursorImage, intersection, isEmptyRect, type Rect, type Size, wholeOf } from './shapes';
